"""A plan of which some steps have settled before it runs: an event is one of them.

In charge of putting such results where the steps would have put theirs. Everything
else is as in every plan.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from gateway.execution.attempt import Tally
from gateway.execution.course import Course
from gateway.execution.model import ResultStore, StepResult
from gateway.execution.reading import Reader
from gateway.execution.run import Run
from gateway.plan.model import PlannedStep
from gateway.request.model import Bindings, RequestContext
from gateway.typed import NO_FORMS, Form
from gateway.values import StepId

if TYPE_CHECKING:
    from gateway.execution.engine import Engine

Seeds = Mapping[StepId, StepResult]
"""What steps have come to already."""


class Sown(NamedTuple):
    """A plan with what has settled of it."""

    course: Course
    seeds: Seeds
    forms: Mapping[StepId, Form] = NO_FORMS


class _Seeded(Run, eq=False, kw_only=True):
    """A run of which some steps are over the moment they begin."""

    seeds: Seeds

    def go(self, step: PlannedStep) -> None:
        seed = self.seeds.get(step.id)
        if seed is None:
            super().go(step)
            return
        self.tallies[step.id] = Tally(self.engine.clock.now())
        self.ended(step, seed)


async def execute_sown(
    engine: Engine, sown: Sown, request: RequestContext, bindings: Bindings
) -> Reader:
    """Run a plan to its end, as `Engine.execute` does, from its seeds onwards."""
    course, surroundings = sown.course, request.surroundings
    reader = Reader(ResultStore(), bindings, surroundings)
    begun = engine, request, reader
    run = _Seeded(*begun, course=course, forms=sown.forms, seeds=sown.seeds)
    run.alarms = course.alarmed
    await run.finish()
    return reader
