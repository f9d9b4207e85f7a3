"""Tools that call no source: what there is, what a type has, what a query would do."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.doors.agents.outcome import (
    Outcome,
    Refusal,
    answered,
    nearest,
    said,
    shown,
)
from gateway.doors.agents.search import Index
from gateway.doors.agents.tool import Described, Visit
from gateway.doors.agents.visible import Visible
from gateway.errors import Code
from gateway.persisted.judging import judge
from gateway.plan.explain import as_text
from gateway.record import Model, replace
from gateway.request.model import Asking, PlanWish
from gateway.schema.asking import read_members
from gateway.values import JsonValue

_USUAL, _MOST = 10, 50
_LONGEST_QUERY = 500
_NOT_ALLOWED = 405
"""The status of a mutation where only queries may be."""
_TEXT: Mapping[str, JsonValue] = {"type": "string"}
_VARIABLES: Mapping[str, JsonValue] = {
    "type": "object",
    "description": "Values of the document's variables, by name.",
}


def _input(
    required: str, **properties: Mapping[str, JsonValue]
) -> dict[str, JsonValue]:
    return {
        "type": "object",
        "properties": properties,
        "required": [required],
        "additionalProperties": False,
    }


_SEARCH = Described(
    name="search_schema",
    title="Search the schema",
    description="Find operations, types and fields by name or by what is said of"
    " them. Gives the best matches first, each as one line of SDL; an operation"
    " that is a tool says which.",
    input=_input(
        "query",
        query={**_TEXT, "description": "A few words: customer risk score."},
        limit={
            "type": "integer",
            "minimum": 1,
            "maximum": _MOST,
            "default": _USUAL,
            "description": "How many matches at most.",
        },
    ),
    arguments={"query": True, "limit": False},
)

_DESCRIBE = Described(
    name="describe_type",
    title="Describe a type",
    description="A type of the schema as SDL: its fields, their arguments, types"
    " and descriptions.",
    input=_input("name", name={**_TEXT, "description": "The type's name."}),
    arguments={"name": True},
)

_PLAN = Described(
    name="plan",
    title="Plan a query",
    description="Which calls a GraphQL query would make, in which order, and what"
    " is left out and why. Calls nothing.",
    input=_input(
        "query",
        query={**_TEXT, "description": "A GraphQL document with one operation."},
        variables=_VARIABLES,
    ),
    arguments={"query": True, "variables": False},
)

_QUERY = Described(
    name="query",
    title="Run a query",
    description="Run a GraphQL document with one operation. Use search_schema and"
    " describe_type first, select only what is needed, and give values as"
    " variables.",
    input=_input(
        "query",
        query={**_TEXT, "description": "A GraphQL document with one operation."},
        variables=_VARIABLES,
    ),
    arguments={"query": True, "variables": False},
)


class SearchTool(Model, frozen=True):
    """Finds operations, types and fields by a few words."""

    index: Index
    described: Described = _SEARCH

    def offered(self, visit: Visit) -> bool:
        return visit.settings.explores

    async def call(self, visit: Visit, arguments: Mapping[str, JsonValue]) -> Outcome:
        query = text_of(arguments, "query")
        if len(query) > _LONGEST_QUERY:
            raise Refusal(f"'query' is longer than {_LONGEST_QUERY} characters.")
        limit = arguments.get("limit") or _USUAL
        if type(limit) is not int or not 1 <= limit <= _MOST:
            raise Refusal(f"'limit' is no number from 1 to {_MOST}.")
        found = [one.as_json() for one in self.index.find(query, limit)]
        return said({"matches": found}, visit.settings.result)


class DescribeTool(Model, frozen=True):
    """One type as SDL."""

    visible: Visible
    described: Described = _DESCRIBE

    def offered(self, visit: Visit) -> bool:
        return visit.settings.explores

    async def call(self, visit: Visit, arguments: Mapping[str, JsonValue]) -> Outcome:
        name = text_of(arguments, "name")
        known = self.visible.types
        if name not in known:
            near = nearest(name, known)
            raise Refusal(f"There is no type '{name[:100]}'.{near}")
        sdl = self.visible.sdl(known[name])
        return shown(sdl, {"name": name, "sdl": sdl}, visit.settings.result)


class PlanTool(Model, frozen=True):
    """What a query would call, for those who may see plans."""

    described: Described = _PLAN

    def offered(self, visit: Visit) -> bool:
        return visit.request.explain

    async def call(self, visit: Visit, arguments: Mapping[str, JsonValue]) -> Outcome:
        asking = listed(visit, arguments)
        dry = replace(visit, request=visit.request._replace(plan=PlanWish.DRY_RUN))
        answer = await dry.answer(asking)
        if answer.errors:
            return answered(answer, visit.settings.result)
        made = visit.pipeline.prepare(visit.generation, asking, dry.request).plan
        plan = {"plan": answer.extensions["plan"]}
        return shown(as_text(made), plan, visit.settings.result)


class QueryTool(Model, frozen=True):
    """Any GraphQL that an agent writes, where the deployment allows it."""

    described: Described = _QUERY

    def offered(self, visit: Visit) -> bool:
        return visit.settings.query

    async def call(self, visit: Visit, arguments: Mapping[str, JsonValue]) -> Outcome:
        asking = listed(visit, arguments)
        answer = await visit.answer(asking)
        if answer.status == _NOT_ALLOWED:
            raise Refusal("Agents may only read here.", Code.FORBIDDEN)
        return answered(answer, visit.settings.result)


def listed(visit: Visit, arguments: Mapping[str, JsonValue]) -> Asking:
    """The request, where the safelist has its document or does not count.

    Raises:
        RequestError: it is none, or may not be asked.
    """
    asking, generation = asking_of(visit, arguments), visit.generation
    if generation.guards:
        judge(generation.persisted, asking, visit.request, visit.pipeline.observe)
    return asking


def asking_of(visit: Visit, arguments: Mapping[str, JsonValue]) -> Asking:
    """The request in ``query`` and ``variables``; it only reads where all may only.

    Raises:
        RequestError: they are none.
    """
    members = {key: arguments.get(key) for key in ("query", "variables")}
    return read_members(members, read_only=not visit.settings.mutations)


def text_of(arguments: Mapping[str, JsonValue], name: str) -> str:
    """An argument that is a text with something in it.

    Raises:
        Refusal: it is not.
    """
    found = arguments[name]
    if not isinstance(found, str) or not found.strip():
        raise Refusal(
            f"'{name}' is not a text with something in it.", Code.BAD_USER_INPUT
        )
    return found.strip()
