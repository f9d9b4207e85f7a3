"""What one GraphQL step asks, and the request that it makes of inputs. Pure.

In charge of the document's text, which depends on the plan, and of its variables, which
depend on the request. Must never do I/O and never know which host answers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from gateway.connectors.base import Slot
from gateway.connectors.graphql.literals import literal_of
from gateway.connectors.graphql.selection import selection_text, variables_of
from gateway.connectors.graphql.upstream import Upstream
from gateway.connectors.rest_request import filled
from gateway.held import Fields, Held, Holding
from gateway.record import Model, field, replace
from gateway.wanted import SELECTED, Selecting, Wanted

Given: TypeAlias = object
"""A constant of the profile, or a `Slot` that the request fills."""
REPRESENTATIONS = "representations"


class Argument(Model, frozen=True):
    """An argument of the asked field.

    Where its ``type`` is not known, the value stands in the document itself.
    """

    name: str
    value: Given
    type: str | None = None


class Entity(Model, frozen=True):
    """The type of a subgraph's entity and the fields that it is asked for by.

    ``needs`` is what is sent of an object: its key, and with ``further`` more.
    """

    type: str
    needs: Fields
    further: bool = False


class GraphqlTarget(Model, Selecting, Holding, frozen=True):
    """One operation asked of a GraphQL source.

    ``parts`` are the document: text, and slots whose values stand in it. ``root`` is
    the key of `data` that is the answer; None where that is all of it. ``selects``: the
    document is made for a plan, of the ``arguments`` and of what is wanted; ``also`` is
    asked for besides. ``keys`` are then those of the answer that are wanted, and
    ``nested`` whether fields below have arguments. ``upstream`` is the source's own
    schema, None where it has none.
    """

    name: str
    root: str | None
    parts: tuple[str | Slot, ...] = ()
    variables: Mapping[str, Given] = field(default_factory=dict)
    mutation: bool = False
    exact: bool = False
    arguments: tuple[Argument, ...] = ()
    entity: Entity | None = None
    also: str = ""
    selects: bool = False
    nested: bool = False
    keys: tuple[str, ...] = ()
    upstream: Upstream | None = None

    @property
    def held(self) -> Held | None:
        """What its source's objects have, where the source has a schema."""
        return self.upstream.held if self.upstream is not None else None

    @property
    def finds(self) -> str:
        """The type that it finds by nothing but a key; empty where there is none."""
        return "" if self.entity is None or self.entity.further else self.entity.type

    @property
    def needs(self) -> Fields:
        """What is read of an object to ask for it."""
        return self.entity.needs if self.entity is not None else {}

    @property
    def besides(self) -> Fields:
        """What the objects that its root field answers with have besides."""
        if self.upstream is None or self.root is None:
            return {}
        return self.upstream.besides(self.root, mutation=self.mutation)

    @property
    def document(self) -> str:
        """The document, where values stand in it with the place they come from."""
        shown = (p if isinstance(p, str) else f"<{p.name}>" for p in self.parts)
        return " ".join("".join(shown).split())

    @property
    def keyed(self) -> bool:
        """Whether rows have the keys that they were asked for by in any case."""
        return self.entity is not None

    def selecting(self, wanted: Wanted) -> GraphqlTarget:
        """The operation that asks for what is wanted of the field."""
        if self.upstream is not None:
            wanted = self.upstream.fitted(wanted, self._asked_type())
        own = variables_of(wanted)
        keys = tuple(key for _, key in wanted.fields)
        made = replace(self, nested=bool(own), keys=keys)
        if self.entity is not None:
            return replace(made, parts=(self._of_entities(wanted, own),))
        return replace(made, parts=self._of_field(wanted, own))

    def _asked_type(self) -> str:
        """The type of what is asked for, as its source names it."""
        if self.entity is not None:
            return self.entity.type
        assert self.upstream is not None, "asked for where there is one"  # noqa: S101
        return self.upstream.answers(self.root, mutation=self.mutation)

    def _of_field(self, wanted: Wanted, own: Sequence[str]) -> tuple[str | Slot, ...]:
        inner = "" if wanted.is_leaf else f" {selection_text(wanted, self.also)}"
        declared = [f"${a.name}: {a.type}" for a in self.arguments if a.type]
        head = self._head([*declared, *own])
        parts: list[str | Slot] = [f"{head} {{ {self.root}"]
        for number, argument in enumerate(self.arguments):
            parts.append("(" if not number else ", ")
            parts += self._argument(argument)
        parts.append(f"{')' if self.arguments else ''}{inner} }}")
        return _joined(parts)

    def _argument(self, argument: Argument) -> list[str | Slot]:
        if argument.type:
            return [f"{argument.name}: ${argument.name}"]
        if isinstance(argument.value, Slot):
            return [f"{argument.name}: ", argument.value]
        return [f"{argument.name}: {literal_of(argument.value)}"]

    def _of_entities(self, wanted: Wanted, own: Sequence[str]) -> str:
        assert self.entity is not None, "only entities are asked for so"  # noqa: S101
        head = self._head([f"${REPRESENTATIONS}: [_Any!]!", *own])
        inner = selection_text(wanted, self.also)
        return (
            f"{head} {{ _entities({REPRESENTATIONS}: ${REPRESENTATIONS}) "
            f"{{ ... on {self.entity.type} {inner} }} }}"
        )

    def _head(self, declared: Sequence[str]) -> str:
        kind = "mutation" if self.mutation else "query"
        return f"{kind} {self.name}" + (f"({', '.join(declared)})" if declared else "")


def request_body(
    target: GraphqlTarget, inputs: Mapping[str, object]
) -> dict[str, object]:
    """The body of one call.

    Raises:
        UpstreamError: rejected, where a value cannot stand in a document.
        InternalError: an input is missing.
    """
    texts = (
        part if isinstance(part, str) else literal_of(filled(part, inputs))
        for part in target.parts
    )
    variables = {name: filled(v, inputs) for name, v in target.variables.items()}
    variables = {n: v for n, v in variables.items() if v is not None}
    if target.entity is not None:
        keys = inputs.get(REPRESENTATIONS)
        rows = keys if isinstance(keys, list | tuple) else []
        variables = {REPRESENTATIONS: [represented(target.entity, k) for k in rows]}
    if target.nested:
        own = inputs.get(SELECTED)
        variables |= own if isinstance(own, dict) else {}
    query = "".join(texts)
    named = {"operationName": target.name} if target.name else {}
    return {"query": query, "variables": variables, **named}


def represented(entity: Entity, key: object) -> dict[str, object]:
    """A key as the subgraph takes it."""
    return {**parts_of(entity, key), "__typename": entity.type}


def parts_of(entity: Entity, key: object) -> Mapping[str, object]:
    """The fields of a key."""
    return key if isinstance(key, Mapping) else {next(iter(entity.needs)): key}


def _joined(parts: Sequence[str | Slot]) -> tuple[str | Slot, ...]:
    """Texts that follow each other are one."""
    joined: list[str | Slot] = []
    for part in parts:
        if isinstance(part, str) and joined and isinstance(joined[-1], str):
            joined[-1] += part
        else:
            joined.append(part)
    return tuple(joined)
