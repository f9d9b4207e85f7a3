"""What is compared, and what comes of it. All frozen.

In charge of the words: a configuration is parts with keys, a change is one key of one
part that is otherwise, or a part that only one side has. Must never judge a request.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from graphql import GraphQLSchema

from gateway.record import Model, field
from gateway.values import JsonValue, SourceSpan


class Level(StrEnum):
    """How much a change can do to those who ask.

    BREAKING: documents that were valid are refused, or an operation is gone.
    DANGEROUS: answers, or who is given them, can be others. SAFE: the same answers to
    the same callers while the sources do their part.
    """

    BREAKING = "breaking"
    DANGEROUS = "dangerous"
    SAFE = "safe"


LEVELS = tuple(Level)
"""The worst first."""


class Kind(StrEnum):
    """What a part is."""

    SCHEMA = "schema"
    OPERATION = "operation"
    STEP = "step"
    ENTITY = "entity"
    SAVED = "saved operation"
    LISTED = "listed document"
    SOURCE = "source"
    POLICY = "policy"


KINDS = tuple(Kind)
"""In the order in which they are told."""


class Fact(NamedTuple):
    """A key as it is: its value for people, and where it is written.

    One that is ``sealed`` may be a secret: that it changed is told, and no more.
    """

    text: str
    span: SourceSpan
    sealed: bool = False


class Part(Model, frozen=True):
    """One thing with keys. ``name`` is the same on both sides where it is the same.

    ``of`` is the operation or type that it belongs to, ``variant`` the profile of it
    that is not everybody's. ``grave``: that it is there at all can change answers.
    """

    kind: Kind
    name: str
    span: SourceSpan
    facts: Mapping[str, Fact] = field(default_factory=dict)
    of: str = ""
    variant: str = ""
    grave: bool = False

    @property
    def key(self) -> tuple[Kind, str, str]:
        """What it is known again by."""
        return self.kind, self.name, self.variant


class Link(NamedTuple):
    """A step of the longest chain, and the seconds that it takes at most."""

    step: str
    seconds: float


class Course(Model, frozen=True):
    """How long an operation can take: its slowest chain of steps, in seconds."""

    links: tuple[Link, ...]
    seconds: float
    deadline: float


class Node(NamedTuple):
    """A step as it is drawn."""

    name: str
    source: str
    required: bool


class Graph(Model, frozen=True):
    """Who waits for whom. ``edges`` are data and order, ``falls`` what stands in."""

    nodes: tuple[Node, ...]
    edges: frozenset[tuple[str, str]]
    falls: frozenset[tuple[str, str]]


class Operation(Model, frozen=True):
    """One profile of an operation: its course and its graph."""

    name: str
    span: SourceSpan
    course: Course
    graph: Graph


class Side(Model, frozen=True):
    """One configuration, ready to be held against another.

    ``name`` is what people call it. ``schemas`` are by audience: `EVERYBODY`, and
    those for whom some profile is. ``declared`` has the places of coordinates that no
    SDL has.
    """

    name: str
    parts: tuple[Part, ...]
    schemas: Mapping[str, GraphQLSchema]
    operations: Mapping[str, Operation]
    declared: Mapping[str, SourceSpan] = field(default_factory=dict)


EVERYBODY = ""
"""The audience that is not one tenant: the schema with all that anybody is offered."""


class Harm(Model, frozen=True):
    """Who used what a change takes away: one client's operation, and how often."""

    operation: str
    client: str
    tenant: str
    count: int
    last: str

    def as_json(self) -> dict[str, JsonValue]:
        """For programs."""
        return {
            "operation": self.operation,
            "client": self.client,
            "tenant": self.tenant,
            "count": self.count,
            "last_seen": self.last,
        }


class Change(Model, frozen=True):
    """One thing that is otherwise.

    ``key`` is what of the subject, ``added`` or ``removed`` for the whole of it.
    ``before`` and ``after`` are its values; None where it has none. ``was`` and ``now``
    are the places on both sides; None where there is no such thing on that side.
    ``audiences`` are those it is for: tenants, clients, flags; none: everybody.
    ``variants`` are further profiles with the same change. ``coordinate`` is that of
    the schema.
    ``harms`` is None where use was not looked at.
    """

    level: Level
    kind: Kind
    subject: str
    key: str
    message: str
    was: SourceSpan | None
    now: SourceSpan | None
    before: str | None = None
    after: str | None = None
    audiences: tuple[str, ...] = ()
    variants: tuple[str, ...] = ()
    coordinate: str | None = None
    harms: tuple[Harm, ...] | None = None

    def as_json(self) -> dict[str, JsonValue]:
        """For programs; places are ``file:line:column``."""
        found: dict[str, JsonValue] = {
            "level": self.level.value,
            "kind": self.kind.value,
            "subject": self.subject,
            "key": self.key,
            "message": self.message,
            "before": self.before,
            "after": self.after,
            "was_at": str(self.was) if self.was else None,
            "now_at": str(self.now) if self.now else None,
            "audiences": list(self.audiences),
            "variants": list(self.variants),
        }
        if self.coordinate is not None:
            found["coordinate"] = self.coordinate
        if self.harms is not None:
            found["used_by"] = [one.as_json() for one in self.harms]
        return found


class Redrawn(Model, frozen=True):
    """An operation whose graph or slowest chain is otherwise; None: not there."""

    operation: str
    before: Operation | None
    after: Operation | None


class Comparison(Model, frozen=True):
    """Everything that is otherwise, the worst first."""

    before: str
    after: str
    changes: tuple[Change, ...]
    redrawn: tuple[Redrawn, ...] = ()

    def at(self, level: Level) -> tuple[Change, ...]:
        """The changes of one level."""
        return tuple(one for one in self.changes if one.level is level)

    @property
    def worst(self) -> Level | None:
        """None where nothing changes."""
        return self.changes[0].level if self.changes else None
