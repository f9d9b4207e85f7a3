"""What operations and steps are held to, and how often they kept it.

In charge of good and bad: rates of them are Prometheus' to work out, which sees all
processes, and those that were there before. Must never know a window.
"""

from __future__ import annotations

from collections.abc import Mapping

from gateway.execution.model import Failed, Ok, StepResult, Timing
from gateway.record import Model, Struct, field
from gateway.record import field as own
from gateway.watching.model import Ended

_FAILED, _REFUSED = "failed", "refused"


class Objective(Model, frozen=True):
    """Shares that must be good: of all requests, and of those with an answer.

    A share is from 0 to 1. ``availability`` and ``within`` are None where nothing is
    promised; ``latency`` is in seconds.
    """

    availability: float | None = None
    latency: float | None = None
    within: float | None = None

    def judged(self, *, answered: bool, seconds: float) -> Mapping[str, bool]:
        """Whether one request was good, by objective."""
        found = {}
        if self.availability is not None:
            found["availability"] = answered
        if self.latency is not None and answered:
            found["latency"] = seconds <= self.latency
        return found

    @property
    def shares(self) -> Mapping[str, float]:
        """What is promised, by objective."""
        told = {"availability": self.availability, "latency": self.within}
        # 99.9 % is no number that a float can hold: nobody wants to see what is.
        return {n: round(share, 9) for n, share in told.items() if share is not None}


class Objectives(Model, frozen=True):
    """Those of a deployment: of operations by name, of steps by ``operation.step``.

    ``window`` is how long, in seconds, a budget of what may be bad has to last.
    """

    operations: Mapping[str, Objective] = field(default_factory=dict)
    steps: Mapping[tuple[str, str], Objective] = field(default_factory=dict)
    window: float = 30 * 86_400.0


class Kept(Struct, eq=False):
    """How often: by operation, step (empty: the operation itself) and objective."""

    counts: dict[tuple[str, str, str, str], int] = own(default_factory=dict)

    def over(self, objectives: Objectives, ended: Ended) -> None:
        """A request has ended that had a plan. What is the caller's fault is none."""
        plan, verdict = ended.plan, ended.verdict
        if plan is None or verdict == _REFUSED:
            return
        for name in dict.fromkeys(root.field.name for root in plan.roots):
            objective = objectives.operations.get(name)
            if objective is not None:
                answered = verdict != _FAILED
                judged = objective.judged(answered=answered, seconds=ended.seconds)
                self._count((name, ""), judged)
        store = ended.store
        if store is None or not objectives.steps:
            return
        for planned in plan.steps:
            key = planned.step.origin, planned.step.name
            objective, result = objectives.steps.get(key), store.get(planned.id)
            if objective is not None and result is not None:
                timing = store.timings[planned.id]
                self._count(key, _of_step(objective, result, timing))

    def _count(self, key: tuple[str, str], judged: Mapping[str, bool]) -> None:
        for name, good in judged.items():
            told = (*key, name, "good" if good else "bad")
            self.counts[told] = self.counts.get(told, 0) + 1


def _of_step(
    objective: Objective, result: StepResult, timing: Timing
) -> Mapping[str, bool]:
    """What a step's result says of it; one that did not run says nothing."""
    took = timing.ended - timing.started
    if isinstance(result, Ok):
        # What stands in for an answer is not the step's.
        return objective.judged(answered=result.because is None, seconds=took)
    if isinstance(result, Failed):
        return objective.judged(answered=False, seconds=took)
    return {}
