"""What a finished request says about the steps of which somebody wants to be told.

In charge of what counts as a step's failure. A request counts once for a step, however
many aliases and parents it has it for. Must never decide whether anybody is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain

from gateway.errors import Code
from gateway.execution.model import (
    Failed,
    Failure,
    Join,
    Ok,
    Provenance,
    ResultStore,
    StepResult,
    is_callers,
)
from gateway.plan.model import Plan, PlannedStep
from gateway.telemetry.events import StepWatched

_FRESH = (Provenance.UPSTREAM, Provenance.SHARED)
"""Where an answer comes from that says the source answers: no cache and no fallback."""


def watched(plan: Plan, store: ResultStore, request_id: str) -> Iterator[StepWatched]:
    """An event for each step with an alarm that failed or answered in a request.

    Skipped steps, fallbacks and what never began say nothing of a step.
    """
    found: dict[str, list[PlannedStep]] = {}
    for root in plan.roots:
        for step in root.steps:
            alarm = step.step.escalate  # None for most, and nothing more is asked then
            if alarm is not None and store.get(step.id) is not None:
                found.setdefault(alarm.key, []).append(step)
    for key, steps in found.items():
        results = tuple(chain.from_iterable(_results(s, store) for s in steps))
        failures = [r.failure for r in results if isinstance(r, Failed)]
        troubles = [failure for failure in failures if _is_trouble(failure)]
        if troubles:
            yield _failed(request_id, key, troubles[-1])
        elif failures or any(_is_fresh(result) for result in results):
            yield StepWatched(request_id, key)


def _results(step: PlannedStep, store: ResultStore) -> Iterable[StepResult]:
    """The step's result; of one that runs for objects, that for each of them."""
    result, timing = store[step.id], store.timings[step.id]
    if isinstance(result, Ok) and isinstance(result.value, Join):
        outcomes: Mapping[int, StepResult] = result.value.outcomes
        return [one for one in outcomes.values() if not is_callers(one)]
    late = isinstance(result, Failed) and result.failure.code is Code.DEADLINE_EXCEEDED
    never_began = late and timing.started == timing.ended
    return () if never_began or is_callers(result) else (result,)


def _is_trouble(failure: Failure) -> bool:
    """A key that a source has no row for is an answer, whatever the profile makes."""
    return failure.code is not Code.UPSTREAM_MISSING


def _is_fresh(result: StepResult) -> bool:
    return isinstance(result, Ok) and result.provenance in _FRESH


def _failed(request_id: str, key: str, failure: Failure) -> StepWatched:
    return StepWatched(
        request_id, key, str(failure.code), failure.message, failure.status
    )
