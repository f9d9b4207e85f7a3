"""Runs a plan: each step the moment its own dependencies have settled, no waves.

A slow step holds back its dependents, never its neighbours (dask's words: waiting,
running, settled). Every planned step settles exactly once, by its own result, by the
failure of a required step, or by the operation's deadline.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from gateway.clock import Clock
from gateway.execution.calls.caching import Abroad, audience_of
from gateway.execution.calls.dash import NO_RUNWAYS, Runway
from gateway.execution.calls.runways import runways_of
from gateway.execution.calls.sending import Ear, Sending
from gateway.execution.calls.sharing import Flights
from gateway.execution.course import Course
from gateway.execution.model import ResultStore
from gateway.execution.reading import Reader
from gateway.execution.run import Run
from gateway.execution.series import perform
from gateway.execution.upstream import Upstreams
from gateway.execution.watching import watched
from gateway.plan.model import Plan
from gateway.request.model import Bindings, RequestContext
from gateway.telemetry.events import Observer
from gateway.telemetry.releasing import Mark
from gateway.typed import NO_FORMS, Form
from gateway.values import StepId

_MOST_COURSES = 1_000

HeardOn: TypeAlias = Callable[[Course], Mapping[StepId, Runway]]
"""The runways of a plan on which an ear hears of what leaves."""


@dataclass(slots=True)
class Engine:
    """What execution needs besides a plan and a request.

    ``abroad`` is what requests may share; None where each is on its own. ``ear`` hears
    of every call of one request; ``heard`` gives runways on which it does, too.
    ``mark`` says of which configuration the plans are, to those who are told of a step.
    ``most_calls`` is how many one request may make; None: any number.
    """

    upstreams: Upstreams
    clock: Clock
    observe: Observer
    abroad: Abroad | None = None
    ear: Ear | None = None
    heard: HeardOn | None = None
    mark: Mark | None = None
    most_calls: int | None = None
    _runways: dict[int, tuple[Course, Mapping[StepId, Runway]]] = field(
        default_factory=dict
    )
    """By the identity of a course, which is kept with them."""

    async def execute(
        self,
        plan: Plan | Course,
        request: RequestContext,
        bindings: Bindings,
        forms: Mapping[StepId, Form] = NO_FORMS,
    ) -> Reader:
        """The same as `begin`, waited for.

        A plan that runs more than once is given with its course. If the caller is
        cancelled, every call still running is cancelled with it.
        """
        course = plan if isinstance(plan, Course) else Course.of(plan)
        if course.series:
            return await perform(self, course, request, bindings, forms)
        came: asyncio.Future[Reader] = asyncio.get_running_loop().create_future()

        def done(reader: Reader) -> None:
            if not came.done():
                came.set_result(reader)

        running = self.begin(course, request, bindings, done, forms)
        try:
            return await came
        except asyncio.CancelledError:
            running.leave()
            raise

    def begin(
        self,
        course: Course,
        request: RequestContext,
        bindings: Bindings,
        done: Callable[[Reader], None],
        forms: Mapping[StepId, Form] = NO_FORMS,
    ) -> Run:
        """Run a plan to its end, and tell `done` with a reader of what came.

        Not for the series of a mutation, which waits between its roots. ``forms`` says
        which steps may have `TypedRows` as their answers. Ends at the latest at the
        operations' deadlines.
        """
        reader = Reader(ResultStore(), bindings, request.surroundings)
        abroad = self.abroad
        run = Run(
            self,
            request,
            reader,
            course=course,
            forms=forms,
            runways=self._runways_of(course),
            air=None if abroad is None else abroad.commons.in_flight,
            audience=audience_of(None, request),
            alarms=course.alarmed,
        )
        run.begin(done)
        return run

    def sending(
        self,
        request: RequestContext,
        surroundings: Mapping[str, object],
    ) -> Sending:
        """What sends the calls of a request; a call that several steps make is one."""
        return Sending(
            request,
            surroundings,
            self.upstreams,
            Flights(),
            self.clock,
            self.abroad,
            self.observe,
            ear=self.ear,
        )

    def _runways_of(self, course: Course) -> Mapping[StepId, Runway]:
        """Those of a plan that was run before are known."""
        if self.ear is not None:
            return NO_RUNWAYS if self.heard is None else self.heard(course)
        known = self._runways.get(id(course))
        if known is None:
            if len(self._runways) >= _MOST_COURSES:
                self._runways.clear()
            found = runways_of(course.plan, self.upstreams)
            known = self._runways[id(course)] = course, found
        return known[1]

    def alarm(self, course: Course, store: ResultStore, request_id: str) -> None:
        """Tell of steps that somebody wants to be told of."""
        if course.alarmed:
            for seen in watched(course.plan, store, request_id):
                self.observe(seen)
