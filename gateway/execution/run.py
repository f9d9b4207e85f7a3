"""A plan from its first step to its last: what waits, what runs, what has settled.

In charge of order and of ends before the end. Every change of state happens in a plain
function; each step settles exactly once.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING

from gateway.clock import Deadline
from gateway.errors import Code
from gateway.execution.at_work import AtWork
from gateway.execution.attempt import Tally
from gateway.execution.course import Course
from gateway.execution.ladder import NOT_REACHED, Falling, Sleepers
from gateway.execution.model import (
    Failed,
    Failure,
    Join,
    Ok,
    Provenance,
    Skipped,
    SkipReason,
    StepResult,
    Timing,
    is_failure,
)
from gateway.execution.reading import Reader
from gateway.execution.settled import settled
from gateway.lapses import Lapse
from gateway.plan.model import Plan, PlannedRoot, PlannedStep
from gateway.profile.model import Role
from gateway.record import field, replace
from gateway.request.model import OperationKind
from gateway.values import StepId

if TYPE_CHECKING:
    from gateway.execution.legs import Leg, Ride

_REQUIRED = Role.REQUIRED  # looking it up is a call on Python 3.11


class Run(AtWork, eq=False, kw_only=True):
    """One plan at work, whose steps are under way as `AtWork` has them.

    ``waiting`` has the steps that have not settled, with how many others each still
    waits for; ``ready`` those that wait for none and have not begun. ``sleepers`` is
    None where all steps start by themselves, as in most plans. ``alarms``: who wants to
    be told of some that fail is told when it is over, or left.
    """

    course: Course
    waiting: dict[StepId, int] = field(default_factory=dict)
    ready: deque[PlannedStep] = field(default_factory=deque)
    sleepers: Sleepers | None = None
    starting: bool = False
    ended_roots: set[str] = field(default_factory=set)
    arrivals: dict[StepId, asyncio.Event] = field(default_factory=dict)
    timers: list[Lapse | asyncio.TimerHandle] = field(default_factory=list)
    alarms: bool = False
    done: Callable[[Reader], None] | None = None

    @property
    def plan(self) -> Plan:
        return self.course.plan

    async def finish(self) -> None:
        """Start what can start, and wait until everything has settled."""
        came: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        try:
            self.begin(lambda _: None if came.done() else came.set_result(None))
            await came
        finally:
            self.leave()

    def begin(self, done: Callable[[Reader], None]) -> None:
        """Start what can start; `done` is told when everything has settled.

        That is before this returns where nothing has to be waited for.
        """
        course = self.course
        self.waiting = dict(course.waiting)
        self.ready.extend(course.first)
        if course.sleeps:
            self.sleepers = Sleepers.among(course.plan.steps)
        self._set_out(done)

    def go_on(
        self, done: Callable[[Reader], None] | None, legs: Iterable[Leg | Ride]
    ) -> None:
        """The same of a plan that a sprint has begun, whose ``legs`` are under way."""
        settled = self.reader.store.results
        self.ahead = len(settled)
        gone = {leg.runway.planned.id for leg in legs}
        for step in self.plan.steps:
            if step.id not in settled:
                left = len(step.depends_on - settled.keys())
                self.waiting[step.id] = left
                if not left and step.id not in gone:
                    self.ready.append(step)
        self._set_out(done, legs)

    def _set_out(
        self, done: Callable[[Reader], None] | None, legs: Iterable[Leg | Ride] = ()
    ) -> None:
        try:
            for root in self.course.plan.roots:
                if root.steps:
                    self.timers.append(self._arm(root))
            if len(self.timers) > 1:
                self._share_time()
            for leg in legs:
                leg.hand_over(self)
            self._start_ready()
        except BaseException:
            self.leave()
            raise
        self.done = done
        if not self.waiting:
            self._over()

    def leave(self) -> None:
        """Nobody wants to know of it any more, or there is no more to know."""
        self.done = None
        for timer in self.timers:
            timer.cancel()
        self.end()
        if self.alarms:
            self.alarms = False
            self.engine.alarm(self.course, self.reader.store, self.request.request_id)

    def _over(self) -> None:
        done = self.done
        self.leave()
        if done is not None:
            done(self.reader)

    def _arm(self, root: PlannedRoot) -> Lapse | asyncio.TimerHandle:
        deadline = Deadline(self.request.started + root.deadline)
        self.deadlines[root.field.key] = deadline
        loop, abroad = asyncio.get_running_loop(), self.engine.abroad
        if abroad is None:
            return loop.call_at(deadline.at, self._expire, root)
        spans = abroad.commons.deadlines(root.deadline, loop)
        return spans.begin(deadline.at, partial(self._expire, root))

    def _share_time(self) -> None:
        """A call that roots share ends with the last of them; each leaves by itself."""
        deadlines = self.deadlines
        if self.plan.kind is OperationKind.QUERY:
            latest = max(deadlines.values())
            self.deadlines = dict.fromkeys(deadlines, latest)

    # -- life of a step: waiting, running, settled --------------------------------

    def _start_ready(self) -> None:
        """Start what is ready, and what gets ready by that: in turn, not in depth."""
        if self.starting:
            return
        self.starting = True
        try:
            while self.ready:
                step = self.ready.popleft()
                if step.id in self.waiting and step.root not in self.ended_roots:
                    if step.gate is None and not step.unless:
                        self.go(step)
                    else:
                        self._start(step)
        finally:
            self.starting = False

    def _start(self, step: PlannedStep) -> None:
        """Settle a step that needs no call at once; else let it run."""
        decided = self._decided(step)
        if decided is not None:
            self.ended(step, decided)
        else:
            self.go(step)

    def _decided(self, step: PlannedStep) -> StepResult | None:
        if step.gate is not None:
            return Skipped(SkipReason.CONDITION, stands_in=step.step.on_skip)
        if step.unless and any(self._answered(other) for other in step.unless):
            return Skipped(SkipReason.ANSWERED)
        return None

    def _answered(self, step: StepId) -> bool:
        result = self.reader.store[step]
        return isinstance(result, Ok) and result.value is not None

    async def reach(self, id_: StepId) -> StepResult:
        """Wake a step that only failures need, and wait for what it comes to."""
        woken = self.sleepers.wake(id_) if self.sleepers else ()
        self.ready.extend(step for step in woken if not self.waiting[step.id])
        self._start_ready()
        if id_ in self.waiting:
            await self.arrivals.setdefault(id_, asyncio.Event()).wait()
        came = self.reader.store[id_]
        if isinstance(came, Ok):
            return came._replace(provenance=Provenance.FALLBACK, by=id_)
        return came

    def ended(self, step: PlannedStep, result: StepResult) -> None:
        """A step has settled: whoever waits for it may begin."""
        id_, waiting = step.id, self.waiting
        if id_ not in waiting:
            return  # the deadline or a required step settled it already
        del waiting[id_]
        engine = self.engine
        now = engine.clock.now()
        tally = self.tallies.get(id_) or Tally(now)
        started = tally.started
        timing = Timing(started, now, tally.sent, tally.tries)
        self.reader.store.settle(id_, result, timing)
        if result.__class__ is not Ok or not engine.quiet:
            asked, mark = self.request.request_id, engine.mark
            engine.observe(settled(asked, step, result, now - started, mark))
        if step.step.role is _REQUIRED and _breaks(result):
            self._break(step)
        if self.course.dependents or self.sleepers is not None or self.arrivals:
            self._wake(step)
        if self.ready:
            self._start_ready()
        if not waiting and self.done is not None:
            self._over()

    def _wake(self, step: PlannedStep) -> None:
        """Those who wait for a step that has settled."""
        for dependent in self.course.dependents.get(step.id, ()):
            self._wait_less(dependent)
        if step.id in self.arrivals:
            self.arrivals[step.id].set()
        for sleeper in self.sleepers.settled(step) if self.sleepers else ():
            self.ended(sleeper, NOT_REACHED)

    def _wait_less(self, dependent: PlannedStep) -> None:
        """One of the steps that it waits for has settled."""
        left = self.waiting.get(dependent.id)
        if left is None:
            return
        self.waiting[dependent.id] = left = left - 1
        if not left and not self._sleeps(dependent.id):
            self.ready.append(dependent)

    def _sleeps(self, step: StepId) -> bool:
        return self.sleepers is not None and step in self.sleepers

    # -- ends before the end --------------------------------------------------------

    def _break(self, step: PlannedStep) -> None:
        """A required step failed for good: nothing of its root is wanted any more."""
        self.reader.store.broken.setdefault(step.root, step.id)
        self._end(step.root, Skipped(SkipReason.DEPENDENCY, because_of=step.id))

    def _expire(self, root: PlannedRoot) -> None:
        """The deadline: what is ready is the answer, the rest has failed."""
        message = f"The operation's deadline of {root.deadline * 1000:g} ms passed."
        self._end(root.field.key, Failed(Failure(Code.DEADLINE_EXCEEDED, message)))

    def _end(self, root: str, result: StepResult) -> None:
        self.ended_roots.add(root)
        for step in self.plan.steps:
            if step.root == root and step.id in self.waiting:
                self.leave_step(step.id)
                asleep = self._sleeps(step.id)
                came = NOT_REACHED if asleep else self._cut_short(step, result)
                self.ended(step, came)

    def _cut_short(self, step: PlannedStep, result: StepResult) -> StepResult:
        """At the deadline there is no time for a call, but for a value there is.

        The failure tells the calls that were sent till then.
        """
        tally = self.tallies.get(step.id)
        if not isinstance(result, Failed):
            return result
        if tally is not None:
            result = Failed(replace(result.failure, attempts=tally.sent))
        now = self.engine.clock.wall().timestamp()
        try:
            return Falling(step, self.reader, now).last_resort(result, tally)
        except Exception as error:  # noqa: BLE001 - a timer's bug must not hang a request
            return self.crashed(step, error)


def _breaks(result: StepResult) -> bool:
    """Whether a required step's result breaks its root field.

    A required entity step concerns failed calls, never keys without an answer.
    """
    if isinstance(result, Ok) and isinstance(result.value, Join):
        return any(isinstance(o, Failed) for o in result.value.outcomes.values())
    return is_failure(result)
