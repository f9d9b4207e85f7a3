"""The degradation ladder: what stands in for a step that has failed.

Decides and never waits: whoever needs a call waits in the engine. `Sleepers` knows
the steps that only a rung needs: they start when their rung is reached, and are given
up when nobody can reach it any more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from gateway.cache.base import Entry
from gateway.execution.attempt import Sent, Tally, concluded
from gateway.execution.model import (
    Failed,
    Join,
    Kept,
    Ok,
    Provenance,
    Skipped,
    SkipReason,
    StepResult,
    is_callers,
    is_failure,
)
from gateway.execution.objects.rows import outcome_of
from gateway.execution.reading import Reader, evaluated
from gateway.expression import Template
from gateway.plan.model import PlannedStep
from gateway.profile.model import Stale
from gateway.record import Model
from gateway.values import StepId

NOT_REACHED = Skipped(SkipReason.ANSWERED)
"""What a step comes to that only a rung needed which was not reached."""


class Falling(Model, frozen=True):
    """One step's fall: what its rungs come to that need no call.

    ``now`` is the time of day in unix seconds, by which an answer's age is told.
    """

    step: PlannedStep
    reader: Reader
    now: float

    def on(self, rung: Template | Stale, tally: Tally | None) -> StepResult | None:
        """What a rung comes to; None where there is nothing to stand on."""
        if isinstance(rung, Template):
            return self._value(rung)
        if tally is None or tally.flight is None:
            return None
        return self._stale(rung, tally.flight.kept, tally.scope)

    def last_resort(self, result: Failed, tally: Tally | None) -> StepResult:
        """The first rung that holds without a call; the failure where none does."""
        if self.step.parents is not None:
            return self._given_up(result, tally.join if tally else None)
        for rung in self.step.rungs:
            came = None if isinstance(rung, StepId) else self.on(rung, tally)
            if isinstance(came, Ok):
                return came._replace(because=result)
        return result

    def _given_up(self, result: Failed, join: Join | None) -> StepResult:
        """Parents that have an outcome keep it; the others fall each for itself."""
        if join is None:
            return result
        join.give_up(result)
        self.each(join)
        return Ok(join, Provenance.UPSTREAM)

    def each(self, join: Join) -> None:
        """Parents of an entity step fall for themselves, where no call is needed."""
        if not self.step.rungs:
            return
        for parent, outcome in join.outcomes.items():
            if is_failure(outcome) and not is_callers(outcome):
                join.outcomes[parent] = self._fallen(outcome, join.kept.get(parent))

    def _fallen(self, outcome: StepResult, kept: Kept | None) -> StepResult:
        for rung in self.step.rungs:
            came: StepResult | None = None
            if isinstance(rung, Template):
                came = self._value(rung)
            elif isinstance(rung, Stale) and kept is not None:
                came = self._stale(rung, *kept)
            if isinstance(came, Ok):
                return came._replace(because=outcome)
        return outcome

    def _value(self, rung: Template) -> StepResult:
        """A rung that is a value, over the arguments and the request."""
        arguments = self.reader.bindings.get(self.step.scope.root, {})
        value = evaluated(rung, {**arguments, **self.reader.surroundings})
        return value if isinstance(value, Failed) else Ok(value, Provenance.STATIC)

    def _stale(
        self, rung: Stale, kept: Entry | None, scope: Mapping[str, object]
    ) -> StepResult | None:
        """An expired answer, read as the step reads any, if it is young enough."""
        if kept is None or self.now - kept.stored > rung.age:
            return None
        batch = self.step.step.batch
        if batch is not None:  # what is kept are the rows of one key
            return outcome_of(kept.reply.body, batch, Provenance.STALE)
        sent = Sent(kept.reply, Provenance.STALE, 0)
        return concluded(self.step.step, sent, scope)


@dataclass(slots=True)
class Sleepers:
    """The dormant steps of a run, and how many others each root still waits for."""

    asleep: dict[StepId, PlannedStep] = field(default_factory=dict)
    open: Counter[str] = field(default_factory=Counter)

    @classmethod
    def among(cls, steps: Sequence[PlannedStep]) -> Sleepers:
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
