"""How long a plan will take, by what its steps took in this process.

In charge of telling apart what was measured from what is only bounded. Must never make
up a time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from gateway.drawing.model import Estimate, Measured
from gateway.values import JsonValue, StepId
from gateway.watching.counting import Counted
from gateway.watching.quantiles import usual

if TYPE_CHECKING:
    from gateway.plan.model import Plan, PlannedRoot, PlannedStep


def estimate_of(plan: Plan, counted: Counted | None = None) -> Estimate:
    """Times of each step that would run, and of the slowest chain of them.

    ``counted`` is what was measured. All of it is known where all steps are; else the
    whole has its bound alone: timeouts with all retries, and the deadline.
    """
    steps: dict[StepId, Measured] = {}
    for root in plan.roots:
        for step in root.steps:
            if step.gate is None and not step.dormant:
                steps[step.id] = _step(step, root, counted)
    shown = {str(id_): one for id_, one in steps.items()}
    deadline = max((root.deadline for root in plan.roots), default=0.0) * 1000
    bound = min(_longest(plan, steps, lambda one: one.bound or 0.0), deadline)
    if any(one.p50 is None for one in steps.values()):
        return Estimate(shown, Measured(bound=bound))
    whole = Measured(
        _longest(plan, steps, lambda one: one.p50 or 0.0),
        _longest(plan, steps, lambda one: one.p95 or 0.0),
        min((one.times for one in steps.values() if one.times), default=0),
        bound,
    )
    return Estimate(shown, whole)


def as_json(estimate: Estimate) -> dict[str, JsonValue]:
    """The same for the page; times that are not known are left out."""
    return {
        "whole": _told(estimate.whole),
        "steps": {id_: _told(one) for id_, one in estimate.steps.items()},
    }


def _told(measured: Measured) -> dict[str, JsonValue]:
    told: Mapping[str, float | None] = {
        "p50_ms": measured.p50,
        "p95_ms": measured.p95,
        "at_most_ms": measured.bound,
    }
    found: dict[str, JsonValue] = {
        name: round(value, 3) for name, value in told.items() if value is not None
    }
    return {**found, "times": measured.times}


def _step(step: PlannedStep, root: PlannedRoot, counted: Counted | None) -> Measured:
    bound = min(_bound(step), root.deadline) * 1000
    own = step.step
    if own.source is None:
        return Measured(0.0, 0.0, bound=0.0)
    labels = (own.origin, own.name, own.source)
    series = counted.steps.found.get(labels) if counted else None
    known = usual(series) if series else None
    if known is None:
        return Measured(bound=bound)
    return Measured(known.p50 * 1000, known.p95 * 1000, known.times, bound)


def _bound(step: PlannedStep) -> float:
    """Seconds that it may take: all attempts, and the pauses between them.

    One that makes several calls is bounded by its operation's deadline alone.
    """
    own = step.step
    if step.parents is not None or own.pages is not None:
        return float("inf")
    attempts = own.retry.attempts if own.retry else 1
    pauses = (
        sum(own.retry.longest_pause(n) for n in range(1, attempts)) if own.retry else 0
    )
    return own.timeout * attempts + pauses


def _longest(
    plan: Plan, steps: Mapping[StepId, Measured], time: Callable[[Measured], float]
) -> float:
    """The slowest chain of steps, of which each begins when what it needs has come."""
    reached: dict[StepId, float] = {}
    for step in plan.steps:
        if step.id in steps:
            before = max((reached.get(d, 0.0) for d in step.depends_on), default=0.0)
            reached[step.id] = before + time(steps[step.id])
    return max(reached.values(), default=0.0)
