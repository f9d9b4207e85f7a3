"""Runs a plan: each step the moment its own dependencies have settled, no waves.

A slow step holds back its dependents, never its neighbours (dask's words: waiting,
running, settled). Every planned step settles exactly once, by its own result, by the
failure of a required step, or by the operation's deadline.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.clock import Clock
from gateway.execution.at_work import AtWork
from gateway.execution.calls.caching import Abroad
from gateway.execution.calls.sending import Sending
from gateway.execution.calls.sharing import Flights
from gateway.execution.course import Course
from gateway.execution.model import ResultStore
from gateway.execution.objects.gathering import Pots
from gateway.execution.reading import Reader
from gateway.execution.run import Run
from gateway.execution.series import perform
from gateway.execution.upstream import Upstreams
from gateway.execution.watching import watched
from gateway.plan.model import Plan
from gateway.request.model import Bindings, RequestContext
from gateway.telemetry.events import Observer
from gateway.typed import NO_FORMS, Form
from gateway.values import StepId


@dataclass(slots=True)
class Engine:
    """What execution needs besides a plan and a request.

    ``abroad`` is what requests may share; None where each is on its own.
    """

    upstreams: Upstreams
    clock: Clock
    observe: Observer
    abroad: Abroad | None = None

    async def execute(
        self,
        plan: Plan | Course,
        request: RequestContext,
        bindings: Bindings,
        forms: Mapping[StepId, Form] = NO_FORMS,
    ) -> Reader:
        """Run a plan to its end and give a reader of what came.

        A plan that runs more than once is given with its course. ``forms`` says which
        steps may have `TypedRows` as their answers. Ends at the latest at
        the operations' deadlines. If the caller is cancelled, every call still running
        is cancelled with it.
        """
        course = plan if isinstance(plan, Course) else Course.of(plan)
        if course.series:
            return await perform(self, course, request, bindings, forms)
        plan = course.plan
        surroundings = request.surroundings
        reader = Reader(ResultStore(), bindings, surroundings)
        flights, pots = Flights(), Pots()
        sending = {
            root.field.key: Sending(
                request,
                surroundings,
                self.upstreams,
                flights,
                self.clock,
                self.abroad,
                self.observe,
                pots,
            )
            for root in plan.roots
        }
        try:
            at_work = AtWork(self, request, reader, sending, forms)
            await Run(course, at_work).finish()
        finally:
            if course.alarmed:
                for seen in watched(plan, reader.store, request.request_id):
                    self.observe(seen)
        return reader
