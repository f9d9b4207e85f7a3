"""A plan's JSON, as `extensions.plan` has it, believed in nothing until it is read.

In charge of form and bounds: whoever posts a plan may have made it up. Must never draw.
"""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter
from typing import Annotated, Final, Literal, TypeAlias

import msgspec
from msgspec import Meta

from gateway.record import Record, field
from gateway.values import JsonValue

MOST_STEPS: Final = 1_000
MOST_EDGES: Final = 10_000

Name: TypeAlias = Annotated[str, Meta(max_length=100_000)]
Names: TypeAlias = Annotated[list[Name], Meta(max_length=MOST_STEPS)]
Time: TypeAlias = Annotated[float, Meta(ge=0, le=1e12)]
Count: TypeAlias = Annotated[int, Meta(ge=0, le=2**53)]


class UnreadableError(Exception):
    """It is no plan; the text says why, for whoever sent it."""


class BatchShown(Record, frozen=True):
    """How many keys go in a call, and what is waited for."""

    max: Count
    wait: Name | None = None
    window_ms: Time | None = None


class HitsShown(Record, frozen=True):
    """Keys that were known from elsewhere."""

    shared: Count = 0
    cache: Count = 0


class KeysShown(Record, frozen=True):
    """What a step of objects asked, and what came of it."""

    parents: Count = 0
    asked: Count = 0
    unique: Count = 0
    calls: Count = 0
    hits: HitsShown = HitsShown()
    ok: Count = 0
    failed: Count = 0
    skipped: Count = 0


class PagesShown(Record, frozen=True):
    """How much of a list in pages was read."""

    asked: Count = 0
    rows: Count = 0
    cut: bool = False


class TryShown(Record, frozen=True):
    """One attempt at a call, in milliseconds since the run began."""

    n: Count = 0
    at: Time = 0.0
    ms: Time | None = None
    came: Name = ""
    queue: Time | None = None
    connect: Time | None = None
    wait: Time | None = None
    read: Time | None = None
    decode: Time | None = None
    status: Count | None = None
    hedge: bool = False
    pause: Time | None = None


Status: TypeAlias = Literal["planned", "conditional", "held", "ok", "failed", "skipped"]


class StepShown(Record, frozen=True):
    """One step; what became of it where it ran. Keys of later versions are let be."""

    id: Name
    type: Name = ""
    source: Name | None = None
    role: Literal["required", "optional"] = "optional"
    depends_on: Names = field(default_factory=list)
    reads: Annotated[dict[Name, Names], Meta(max_length=MOST_STEPS)] = field(
        default_factory=dict
    )
    timeout_ms: Time | None = None
    defined_at: Name = ""
    parents: Name | None = None
    batch: BatchShown | None = None
    fallback: Names = field(default_factory=list)
    status: Status = "planned"
    provenance: Name | None = None
    by: Name | None = None
    reason: Name | None = None
    because_of: Name | None = None
    code: Name | None = None
    attempts: Count | None = None
    started_ms: Time | None = None
    elapsed_ms: Time | None = None
    keys: KeysShown | Literal["unknown"] | None = None
    pages: PagesShown | None = None
    tries: Annotated[list[TryShown], Meta(max_length=MOST_STEPS)] = field(
        default_factory=list
    )

    @property
    def ran(self) -> bool:
        return self.status in ("ok", "failed", "skipped")


class TimesShown(Record, frozen=True):
    """Where a request's time went, in milliseconds."""

    before: Time = 0.0
    steps: Time = 0.0
    answer: Time = 0.0


class PlanShown(Record, frozen=True):
    """A plan: its steps, and those that it does without."""

    steps: Annotated[list[StepShown], Meta(max_length=MOST_STEPS)]
    left_out: Annotated[dict[Name, Name], Meta(max_length=MOST_STEPS)] = field(
        default_factory=dict
    )
    critical_path: Names = field(default_factory=list)
    digest: Name = ""
    times: TimesShown | None = None

    @property
    def ran(self) -> bool:
        return any(step.ran for step in self.steps)


def plan_shown(plan: JsonValue) -> PlanShown:
    """A plan of its JSON.

    Raises:
        UnreadableError: it is none, or larger than anything that is drawn.
    """
    try:
        found = msgspec.convert(plan, PlanShown)
    except msgspec.ValidationError as error:
        raise UnreadableError(f"This is not a plan: {error}.") from None
    _check(found)
    return found


def _check(plan: PlanShown) -> None:
    known = {step.id for step in plan.steps}
    if len(known) < len(plan.steps):
        raise UnreadableError("This is not a plan: two steps have one id.")
    if sum(len(step.depends_on) for step in plan.steps) > MOST_EDGES:
        raise UnreadableError(f"The plan has more than {MOST_EDGES:,} edges.")
    for step in plan.steps:
        if not known.issuperset(step.depends_on):
            raise UnreadableError(
                "This is not a plan: a step waits for one that is not there."
            )
    try:
        TopologicalSorter({s.id: s.depends_on for s in plan.steps}).prepare()
    except CycleError:
        raise UnreadableError(
            "This is not a plan: some of its steps wait for each other."
        ) from None
