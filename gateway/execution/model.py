"""What came: the result of every step, written once each.

Failures are values here. `ResultStore` is the one mutable value of a request.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import TypeAlias

from gateway.cache.base import Entry
from gateway.errors import Code, InternalError
from gateway.execution.tries import Try
from gateway.profile.model import Fixed
from gateway.record import Model, Record, Struct, field
from gateway.values import StepId


class Provenance(Enum):
    """Where a value came from."""

    UPSTREAM = "upstream"
    CACHE = "cache"
    STALE = "stale"
    STATIC = "static"
    SHARED = "shared"
    FALLBACK = "fallback"


class SkipReason(Enum):
    """Why a planned step did not run. Only CONDITION and ANSWERED are no failures."""

    CONDITION = "condition"
    ANSWERED = "answered"
    DEPENDENCY = "dependency"
    INPUT = "input"
    BUDGET = "budget"
    HELD = "held"


class Failure(Model, frozen=True):
    """Why a step has no value, for the client (``message``) and for us (``detail``).

    ``attempts`` counts calls that were sent; ``status`` is an HTTP status;
    ``upstream_code`` is what the source itself calls it.
    """

    code: Code
    message: str
    attempts: int = 0
    status: int | None = None
    detail: str | None = None
    upstream_code: str | None = None


class PagesRead(Model, frozen=True):
    """How much of a list that comes in pages was read.

    ``cut``: the list goes on, and no more pages were allowed.
    """

    asked: int
    rows: int
    cut: bool = False


class Ok(Record, frozen=True):
    """The step answered: JSON or exact SQL values; a `Join` for an entity step.

    ``because`` is what it had come to before its ladder held, ``by`` the step that a
    rung named. ``pages`` is set where the answer came in pages.
    """

    value: object
    provenance: Provenance = Provenance.UPSTREAM
    because: StepResult | None = None
    by: StepId | None = None
    pages: PagesRead | None = None


class Failed(Model, frozen=True):
    failure: Failure


class Skipped(Model, frozen=True):
    """The step did not run.

    ``because_of`` is the step at fault, where there is one; ``stands_in`` is what
    readers see instead of an answer (``on_skip``).
    """

    reason: SkipReason
    because_of: StepId | None = None
    stands_in: Fixed | None = None

    @property
    def is_failure(self) -> bool:
        return self.reason not in (SkipReason.CONDITION, SkipReason.ANSWERED)


StepResult: TypeAlias = Ok | Failed | Skipped


def is_failure(result: StepResult) -> bool:
    """Whether a step has nothing to give; skipped by its own condition it has."""
    return isinstance(result, Failed) or (
        isinstance(result, Skipped) and result.is_failure
    )


def is_callers(result: StepResult) -> bool:
    """Whether the caller is at fault: no source is, and nothing may stand in."""
    return isinstance(result, Failed) and result.failure.code is Code.BAD_USER_INPUT


Kept: TypeAlias = "tuple[Entry, Mapping[str, object]]"
"""An expired answer that may stand in, and the scope in which it is read."""


class Counts(Struct):
    """What an entity step asked.

    ``asked`` are the keys of all parents, ``unique`` the different ones, ``calls`` what
    was made for them; ``shared`` keys were asked by another step or request as well,
    ``cached`` ones were known from before. Parents without a batch have a call as key.
    """

    asked: int = 0
    unique: int = 0
    calls: int = 0
    shared: int = 0
    cached: int = 0


class Join(Struct):
    """What an entity step came to for each parent, by the parent's identity.

    Parents are kept alive here, so an identity never names two objects.
    """

    outcomes: dict[int, StepResult] = field(default_factory=dict)
    kept: dict[int, Kept] = field(default_factory=dict)
    parents: list[object] = field(default_factory=list)
    counts: Counts = field(default_factory=Counts)
    awaited: list[object] = field(default_factory=list)
    """The parents that calls are made for; all settle, or are given up."""

    def give_up(self, result: StepResult) -> None:
        """Whoever has no outcome yet gets this one."""
        for parent in self.awaited:
            if id(parent) not in self.outcomes:
                self.settle(parent, result)

    def settle(self, parent: object, result: StepResult) -> None:
        self.parents.append(parent)
        self.outcomes[id(parent)] = result

    def of(self, parent: object) -> StepResult | None:
        return self.outcomes.get(id(parent))


class Timing(Record, frozen=True):
    """When a step ran, in seconds on the gateway's clock, and the calls it sent.

    ``tries`` are those attempts that are recorded (`tries`), None: there is none.
    """

    started: float
    ended: float
    attempts: int = 0
    tries: Sequence[Try] | None = None


class ResultStore(Struct):
    """What every step came to. See Note [write once]."""

    results: dict[StepId, StepResult] = field(default_factory=dict)
    timings: dict[StepId, Timing] = field(default_factory=dict)
    broken: dict[str, StepId] = field(default_factory=dict)
    """Root fields that a required step broke, with that step."""
    memo: dict[object, object] = field(default_factory=dict)
    """Values that reading computed, so that they are computed once."""
    all_own: bool = False
    """Whether it is known that every step came to what one call of its own answered:
    nothing failed, stood in, was shared, made twice or left out."""

    # Note [write once]
    # A second write would mean two owners of one answer, and a reader may already
    # have seen the first. So `settle` refuses it instead of picking one.
    def settle(self, step: StepId, result: StepResult, timing: Timing) -> None:
        """Record what a step came to.

        Raises:
            InternalError: the step has settled before.
        """
        if step in self.results:
            raise InternalError(f"step {step} settled twice")
        self.results[step] = result
        self.timings[step] = timing

    def __getitem__(self, step: StepId) -> StepResult:
        return self.results[step]

    def get(self, step: StepId) -> StepResult | None:
        return self.results.get(step)

    def __repr__(self) -> str:
        states = " ".join(f"{k}={_state(v)}" for k, v in self.results.items())
        return f"<ResultStore {states}>"


def _state(result: StepResult) -> str:
    match result:
        case Ok(_, provenance):
            return f"Ok({provenance.name})"
        case Failed(failure):
            return f"Failed({failure.code.name})"
        case Skipped(reason=reason):
            return f"Skipped({reason.name})"
