"""The degradation ladder: what stands in for a step that has failed.

Decides and never waits. `Sleepers` knows the steps that only a rung needs: they start
when their rung is reached, and are given up when nobody can reach it any more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from gateway.execution.model import (
    Failed,
    Join,
    Ok,
    Provenance,
    Skipped,
    SkipReason,
    StepResult,
    is_failure,
)
from gateway.execution.reading import Reader, evaluated
from gateway.expression import Template
from gateway.plan.model import PlannedStep
from gateway.values import StepId

NOT_REACHED = Skipped(SkipReason.ANSWERED)
"""What a step comes to that only a rung needed which was not reached."""


def value_of(step: PlannedStep, rung: Template, reader: Reader) -> StepResult:
    """A rung that is a value, over the arguments and the request."""
    arguments = reader.bindings.get(step.scope.root, {})
    value = evaluated(rung, {**arguments, **reader.surroundings})
    return value if isinstance(value, Failed) else Ok(value, Provenance.STATIC)


def fall_each(step: PlannedStep, join: Join, reader: Reader) -> None:
    """Parents of an entity step fall for themselves, on values."""
    for rung in step.rungs:
        if not isinstance(rung, Template):
            continue
        value = value_of(step, rung, reader)
        for parent, outcome in join.outcomes.items():
            if is_failure(outcome) and isinstance(value, Ok):
                join.outcomes[parent] = value


def last_resort(step: PlannedStep, result: StepResult, reader: Reader) -> StepResult:
    """At the deadline there is no time for a call, but for a value there is."""
    if not isinstance(result, Failed) or step.parents is not None:
        return result
    values = (value_of(step, r, reader) for r in step.rungs if isinstance(r, Template))
    return next((value for value in values if isinstance(value, Ok)), result)


@dataclass(slots=True)
class Sleepers:
    """The dormant steps of a run, and how many others each root still waits for."""

    asleep: dict[StepId, PlannedStep] = field(default_factory=dict)
    open: Counter[str] = field(default_factory=Counter)

    @classmethod
    def among(cls, steps: Iterable[PlannedStep]) -> Sleepers:
        sleepers = cls()
        for step in steps:
            if step.dormant:
                sleepers.asleep[step.id] = step
            else:
                sleepers.open[step.root] += 1
        return sleepers

    def __contains__(self, step: StepId) -> bool:
        return step in self.asleep

    def wake(self, id_: StepId) -> list[PlannedStep]:
        """The step and all it needs that still slept, needs first."""
        step = self.asleep.pop(id_, None)
        if step is None:
            return []
        self.open[step.root] += 1
        before = [woken for needed in step.depends_on for woken in self.wake(needed)]
        return [*before, step]

    def settled(self, step: PlannedStep) -> list[PlannedStep]:
        """The sleepers of its root that nobody can wake any more."""
        if self.asleep.pop(step.id, None) is None:
            self.open[step.root] -= 1
        if self.open[step.root]:
            return []
        return [
            sleeper for sleeper in self.asleep.values() if sleeper.root == step.root
        ]
