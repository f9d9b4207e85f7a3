"""Runs a plan: each step the moment its own dependencies have settled, no waves.

A slow step holds back its dependents, never its neighbours (dask's words: waiting,
running, settled). Every planned step settles exactly once, by its own result, by the
failure of a required step, or by the operation's deadline.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple, TypeAlias

from gateway.clock import Clock
from gateway.execution.calls.allowing import Allowance
from gateway.execution.calls.asked import Flights
from gateway.execution.calls.caching import Abroad, audience_of
from gateway.execution.calls.runway import NO_RUNWAYS, Runway
from gateway.execution.calls.runways import runways_of
from gateway.execution.calls.sending import Ear, Sending
from gateway.execution.calls.sharing import InFlight
from gateway.execution.calls.trail import Trail
from gateway.execution.course import Course
from gateway.execution.model import ResultStore
from gateway.execution.reading import Reader
from gateway.execution.run import Run
from gateway.execution.series import perform
from gateway.execution.sprint import Sprint, Track
from gateway.execution.upstream import Upstreams
from gateway.execution.watching import watched
from gateway.plan.model import Plan
from gateway.profile.model import Sharing, Step
from gateway.record import replace
from gateway.request.model import Bindings, RequestContext, Trace
from gateway.telemetry.events import Observer
from gateway.telemetry.releasing import Mark
from gateway.typed import NO_FORMS, Form
from gateway.values import StepId

_MOST_COURSES = 1_000

HeardOn: TypeAlias = Callable[[Course], Mapping[StepId, Runway]]
"""The runways of a plan on which an ear hears of what leaves."""


class _Ways(NamedTuple):
    """What was decided of a course under these sources."""

    course: Course
    runways: Mapping[StepId, Runway]
    track: Track | None


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
    holds_calls: bool = True
    """Whether calls beyond those are not made; else they are only told of."""
    exceeded: Callable[[RequestContext, int], None] | None = None
    """Told of a request that wants more calls than it may make, and how many."""
    quiet: bool = False
    """Whether nobody wants to hear of a step that was answered, as most are."""
    _ways: dict[int, _Ways] = field(default_factory=dict)
    """By the identity of a course, which is kept with them."""

    def allowance(self, request: RequestContext) -> Allowance | None:
        """What counts the calls of a request; None: nothing does."""
        if self.most_calls is None:
            return None
        tell = self.exceeded
        beyond = None if tell is None else partial(tell, request)
        return Allowance(self.most_calls, held=self.holds_calls, beyond=beyond)

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
    ) -> Run | Sprint:
        """Run a plan to its end, and tell `done` with a reader of what came.

        Not for the series of a mutation, which waits between its roots. ``forms`` says
        which steps may have `TypedRows` as their answers. Ends at the latest at the
        operations' deadlines.
        """
        reader = Reader(ResultStore(), bindings, request.surroundings)
        trace = request.trace
        heard = self.ear is not None or (trace is not None and trace.sampled)
        if not heard and (track := self._ways_of(course).track) is not None:
            abroad, audience = self.abroad, audience_of(None, request)
            air = None if abroad is None else abroad.commons.in_flight
            also = forms, air, audience, done
            sprint = Sprint(self, request, reader, course, track, *also)
            if sprint.begins():
                return sprint
        run = self.run(course, request, reader, forms)
        run.begin(done)
        return run

    def run(
        self,
        course: Course,
        request: RequestContext,
        reader: Reader,
        forms: Mapping[StepId, Form],
    ) -> Run:
        """What runs a plan whatever happens; nothing of it has begun."""
        return Run(
            self,
            request,
            reader,
            course=course,
            forms=forms,
            runways=self._runways_of(course, request.trace),
            air=self._air,
            audience=audience_of(None, request),
            alarms=course.alarmed,
        )

    def waits_for_others(self, step: Step) -> bool:
        """Whether the keys of a batch wait for those of other requests."""
        if self.abroad is None or self.abroad.commons.window is None:
            return False
        return step.share is not Sharing.NONE

    @property
    def _air(self) -> InFlight | None:
        return None if self.abroad is None else self.abroad.commons.in_flight

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
            ear=self.ear_of(request),
        )

    def ear_of(self, request: RequestContext) -> Ear | None:
        """Who hears of a request's calls: of one that is traced, its trail."""
        trace = request.trace
        if trace is None or not trace.sampled:
            return self.ear
        return Trail(trace, self.ear)

    def looking(self) -> Engine:
        """The same for a request whose every attempt is recorded."""
        return replace(self, ear=Trail(None, self.ear), heard=None)

    def _runways_of(
        self, course: Course, trace: Trace | None
    ) -> Mapping[StepId, Runway]:
        """Those of a plan that was run before are known. What is traced takes none."""
        if trace is not None and trace.sampled:
            return NO_RUNWAYS
        if self.ear is not None:
            return NO_RUNWAYS if self.heard is None else self.heard(course)
        return self._ways_of(course).runways

    def _ways_of(self, course: Course) -> _Ways:
        known = self._ways.get(id(course))
        if known is None:
            if len(self._ways) >= _MOST_COURSES:
                self._ways.clear()
            found = runways_of(course.plan, self.upstreams)
            made = _Ways(course, found, Track.of(course, found))
            known = self._ways[id(course)] = made
        return known

    def alarm(self, course: Course, store: ResultStore, request_id: str) -> None:
        """Tell of steps that somebody wants to be told of."""
        if course.alarmed:
            for seen in watched(course.plan, store, request_id):
                self.observe(seen)
