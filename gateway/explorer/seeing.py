"""`POST /explorer/schema` and `POST /explorer/compare`: what somebody sees, or two do.

In charge of what is asked and of the form of the answer. Must never run an operation.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from starlette.routing import Route

from gateway.comparing.plans import Difference, Mark, Planned, differences, otherwise
from gateway.comparing.schemas import felt, place_in
from gateway.drawing.compared import side_of
from gateway.errors import RequestError
from gateway.explorer.asked import Act, Place, Question, inspects
from gateway.record import Model
from gateway.request.model import RequestContext
from gateway.schema.asking import read_members
from gateway.schema.seen import introspection_for, schema_of, sdl_for
from gateway.schema.serving import Serving
from gateway.values import JsonValue
from gateway.workbench.bench import Bench
from gateway.workbench.lacking import told
from gateway.workbench.view import View, view

SERVING = "serving"
_MOST = 1_000
"""Differences of two schemas that are told."""


def seeing_routes(serving: Serving, bench: Bench) -> list[Route]:
    """Both, for those who may see plans."""
    seeing = Seeing(serving, bench)
    table: Mapping[str, Act] = {"schema": seeing.schema, "compare": seeing.compare}
    return [
        Route(f"/explorer/{name}", Place(serving, {"POST": act}))
        for name, act in table.items()
    ]


class Seeing(Model, frozen=True):
    """The answers of one gateway."""

    serving: Serving
    bench: Bench

    async def schema(self, question: Question) -> JsonValue:
        """The schema of who asks, or of somebody else, as SDL or introspection."""
        who, generation = question.somebody(), question.generation
        form = question.said.get("form", "sdl")
        if form == "sdl":
            return {"sdl": await asyncio.to_thread(sdl_for, generation, who)}
        if form == "introspection":
            found = await asyncio.to_thread(introspection_for, generation, who)
            return {"data": found}
        raise RequestError("'form' is neither 'sdl' nor 'introspection'.")

    async def compare(self, question: Question) -> JsonValue:
        """One query as two would have it planned, and what differs for them."""
        read_members(dict(question.said))
        left, right = [await self._side(question, name) for name in ("left", "right")]
        both = await asyncio.to_thread(compared, left.view, right.view)
        both["schema"] = await asyncio.to_thread(_schemas, question, left, right)
        both["problems"] = [*left.problems, *right.problems]
        return both

    async def _side(self, question: Question, name: str) -> _Side:
        """The query under what serves, or under what `of` names."""
        asked = question.said.get(name)
        if asked is not None and not isinstance(asked, dict):
            raise RequestError(f"'{name}' is not an object.")
        side = asked or {}
        of = side.get("of", SERVING)
        if not isinstance(of, str):
            raise RequestError(f"'{name}.of' is no text.")
        asking = question.said
        if of == SERVING:
            who = question.as_said(side.get("as"))
            query = read_members(dict(asking))
            made = view(self.serving.pipeline, question.generation, query, who)
            files = inspects(question.generation.admission, question.request)
            said = told(made, question.generation, query.document, files=files)
            return _Side(said, who)
        question.require_inspection()
        names = ("query", "variables", "operationName")
        wanted = {key: asking.get(key) for key in names}
        found = await self.bench.ask(
            {"kind": "plan", **wanted, "as": side.get("as"), "of": of, "sdl": True}
        )
        assert isinstance(found, dict), "so it answers"  # noqa: S101
        return _aside(found)


class _Side(Model, frozen=True):
    """One of two. Without ``who`` it is another configuration, with its ``sdl``."""

    view: View
    who: RequestContext | None = None
    sdl: str | None = None
    problems: tuple[JsonValue, ...] = ()


def _aside(found: Mapping[str, JsonValue]) -> _Side:
    plan, errors, sdl = found.get("plan"), found.get("errors"), found.get("sdl")
    steps, problems = found.get("steps"), found.get("problems")
    made = View(
        plan if isinstance(plan, dict) else None,
        tuple(errors) if isinstance(errors, list) else (),
        steps if isinstance(steps, dict) else {},
    )
    listed = tuple(problems) if isinstance(problems, list) else ()
    return _Side(made, None, sdl if isinstance(sdl, str) else None, listed)


def compared(left: View, right: View) -> dict[str, JsonValue]:
    """Both sides with what is otherwise; without steps where one has no plan."""
    steps: tuple[Difference, ...] = ()
    more: list[JsonValue] = []
    if left.plan is not None and right.plan is not None:
        steps = differences(
            Planned(left.plan, left.steps), Planned(right.plan, right.steps)
        )
        more = [one.as_json() for one in otherwise(left.plan, right.plan)]
    marks = {one.id: one.mark.value for one in steps}
    return {
        "left": _shown(left, marks, "Left"),
        "right": _shown(right, marks, "Right"),
        "steps": [one.as_json() for one in steps],
        "otherwise": more,
    }


def _shown(one: View, marks: Mapping[str, str], title: str) -> JsonValue:
    drawing = None if one.plan is None else side_of(dict(one.plan), marks, title)
    return {"plan": one.plan, "errors": list(one.errors), "drawing": drawing}


def _schemas(question: Question, left: _Side, right: _Side) -> JsonValue:
    """What of the schema only one of them sees, or sees otherwise."""
    generation = question.generation
    if left.who is not None and right.who is not None:
        first, second = generation.offered(left.who), generation.offered(right.who)
        if first.hidden == second.hidden:
            return []
        found = felt(generation.visible(first), generation.visible(second))
    else:
        texts = [_sdl(question, one) for one in (left, right)]
        if None in texts:
            return []
        found = felt(*(schema_of(text or "") for text in texts))
    listed: list[JsonValue] = []
    for one in found:
        at = place_in(generation.schema, one.coordinate)
        listed.append(
            {
                "coordinate": one.coordinate,
                "mark": _mark(one.key),
                "message": one.message,
                "at": str(at) if at else None,
            }
        )
    return listed[:_MOST]


def _sdl(question: Question, side: _Side) -> str | None:
    return side.sdl if side.who is None else sdl_for(question.generation, side.who)


def _mark(key: str) -> str:
    words = key.split("_")
    found = (mark for mark in (Mark.ADDED, Mark.REMOVED) if mark in words)
    return next(found, Mark.CHANGED).value
