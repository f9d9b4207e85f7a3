"""What is drawn: boxes, lines between them, what is said of each. All frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from gateway.record import Model, field


class Role(Enum):
    """What a step is for; each has a form of its own."""

    REQUIRED = "required"
    OPTIONAL = "optional"
    FALLBACK = "fallback"


class State(Enum):
    """How a step stands, before it runs and after."""

    PLANNED = "planned"
    CONDITIONAL = "conditional"
    HELD = "held"
    LEFT_OUT = "left-out"
    OK = "ok"
    CACHED = "cached"
    STALE = "stale"
    FALLBACK = "fallback"
    SKIPPED = "skipped"
    FAILED = "failed"


class Box(Model, frozen=True):
    """One step. ``says`` is its last line, ``facts`` what pointing at it tells."""

    id: str
    name: str
    source: str | None = None
    kind: str = ""
    role: Role = Role.OPTIONAL
    state: State = State.PLANNED
    parents: str | None = None
    says: str = ""
    facts: tuple[str, ...] = ()
    critical: bool = False
    mark: str | None = None
    """What a comparison says of it: ``gone``, ``new``, ``changed``."""


class Kind(Enum):
    """Why one box comes after another."""

    READS = "reads"
    ON_FAILURE = "on failure"


@dataclass(frozen=True, slots=True)
class Line:
    """From one box to another, by what is read."""

    start: str
    end: str
    kind: Kind = Kind.READS
    words: tuple[str, ...] = ()
    critical: bool = False
    mark: str | None = None


class Graph(Model, frozen=True):
    """Everything of one picture. ``aside`` are boxes that no line leads to."""

    boxes: tuple[Box, ...]
    aside: tuple[Box, ...] = ()
    lines: tuple[Line, ...] = ()
    title: str = "Plan"
    notes: tuple[str, ...] = ()


class Measured(Model, frozen=True):
    """How long a step takes, in milliseconds, of so many times; or at most."""

    p50: float | None = None
    p95: float | None = None
    times: int = 0
    bound: float | None = None


class Estimate(Model, frozen=True):
    """How long a plan takes: of each step by its id, and of all of it.

    Nothing here is a guess: what was not measured has its bound alone.
    """

    steps: Mapping[str, Measured] = field(default_factory=dict)
    whole: Measured = field(default_factory=Measured)
