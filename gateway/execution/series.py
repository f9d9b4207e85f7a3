"""The roots of a mutation, one after the other: each is an act of its own.

In charge of what a mutation is besides its steps: a root begins when the one before it
has settled, has the whole of its deadline from then on, shares nothing with the others
and with no other request, and reads nothing that is older than what it wrote. Must
never start a root for which nobody waits any more.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gateway.execution.calls.acting import Acting
from gateway.execution.calls.asked import Flights
from gateway.execution.course import Course
from gateway.execution.invalidating import Invalidating
from gateway.execution.model import ResultStore, StepResult, Timing
from gateway.execution.objects.gathering import Pots
from gateway.execution.reading import Reader
from gateway.execution.run import Run
from gateway.plan.model import PlannedStep
from gateway.request.model import Bindings, RequestContext
from gateway.typed import Form
from gateway.values import StepId

if TYPE_CHECKING:
    from gateway.execution.engine import Engine


def _unheard(_step: StepId, _result: StepResult, _timing: Timing) -> None:
    """No root has begun."""


class ActStore(ResultStore):
    """Results of acts: whoever runs one hears of each step as it settles."""

    heard: Callable[[StepId, StepResult, Timing], None] = _unheard

    def settle(self, step: StepId, result: StepResult, timing: Timing) -> None:
        """As the store's own."""
        super().settle(step, result, timing)
        self.heard(step, result, timing)


async def perform(
    engine: Engine,
    course: Course,
    request: RequestContext,
    bindings: Bindings,
    forms: Mapping[StepId, Form],
) -> Reader:
    """Run a mutation's roots in order, and give a reader of what came."""
    store = ActStore()
    reader = Reader(store, bindings, request.surroundings)
    try:
        for own in course.series:
            # The deadline of a root counts from its own beginning.
            begun = request._replace(started=engine.clock.now())
            act = Act.of(engine, own, begun, reader)
            store.heard = act.heard
            await act.done(forms)
    finally:
        store.heard = _unheard
        engine.alarm(course, store, request.request_id)
    return reader


@dataclass(slots=True)
class Act:
    """One root of a mutation at work."""

    engine: Engine
    course: Course
    request: RequestContext
    reader: Reader
    sending: Acting
    invalidating: Invalidating
    steps: Mapping[StepId, PlannedStep] = field(init=False)

    def __post_init__(self) -> None:
        self.steps = {step.id: step for step in self.course.plan.steps}

    @classmethod
    def of(
        cls, engine: Engine, course: Course, request: RequestContext, reader: Reader
    ) -> Act:
        (root,) = course.plan.roots
        sending = Acting(
            request,
            reader.surroundings,
            engine.upstreams,
            Flights(),
            engine.clock,
            None,  # it must not read what was true before it
            engine.observe,
            Pots(),
            engine.ear_of(request),
        )
        arguments = reader.bindings.get((root.field.key,), {})
        scope = {**arguments, **reader.surroundings}
        sending.writes(root, scope)
        observe, abroad = engine.observe, engine.abroad
        invalidating = Invalidating(request.request_id, scope, abroad, observe)
        return cls(engine, course, request, reader, sending, invalidating)

    async def done(self, forms: Mapping[StepId, Form]) -> None:
        """Everything of it has settled, and nobody is given what it made untrue."""
        asked = self.engine, self.request, self.reader, self.sending, forms
        await Run(*asked, course=self.course).finish()
        await self.invalidating.done()

    def heard(self, id_: StepId, result: StepResult, timing: Timing) -> None:
        """A step has settled; what it may have changed is asked anew from here on."""
        planned = self.steps[id_]
        step = planned.step
        if step.writes and timing.attempts:
            self.sending.flights, self.sending.pots = Flights(), Pots()
            abroad = self.engine.abroad
            if abroad is not None:
                abroad.commons.in_flight.part()
        if step.invalidates is not None:
            self.invalidating.heard(step, result, sent=bool(timing.attempts))
