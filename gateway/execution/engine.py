"""Runs a plan: each step the moment its own dependencies have settled, no waves.

A slow step holds back its dependents, never its neighbours (dask's words: waiting,
running, settled). Every planned step settles exactly once, by its own result, by the
failure of a required step, or by the operation's deadline.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import NamedTuple, cast

from gateway.clock import Clock, Deadline
from gateway.errors import Code
from gateway.execution.attempt import Prepared, Sent, Tally, concluded, prepare
from gateway.execution.batching import Batching
from gateway.execution.caching import Abroad
from gateway.execution.join import Joining
from gateway.execution.ladder import NOT_REACHED, Falling, Sleepers
from gateway.execution.model import (
    Failed,
    Failure,
    Join,
    Ok,
    Provenance,
    ResultStore,
    Skipped,
    SkipReason,
    StepResult,
    Timing,
    is_failure,
)
from gateway.execution.paging import Paging
from gateway.execution.reading import Reader
from gateway.execution.sending import Sending, sent
from gateway.execution.sharing import Flight, Flights, Landed
from gateway.execution.upstream import Upstreams
from gateway.execution.watching import watched
from gateway.plan.model import Plan, PlannedRoot, PlannedStep
from gateway.profile.model import Role
from gateway.request.model import Bindings, OperationKind, RequestContext
from gateway.telemetry.events import Crashed, Observer, StepSettled
from gateway.values import StepId


@dataclass(frozen=True, slots=True)
class Engine:
    """What execution needs besides a plan and a request.

    ``abroad`` is what requests may share; None where each is on its own.
    """

    upstreams: Upstreams
    clock: Clock
    observe: Observer
    abroad: Abroad | None = None

    async def execute(
        self, plan: Plan, request: RequestContext, bindings: Bindings
    ) -> Reader:
        """Run a plan to its end and give a reader of what came.

        Ends at the latest at the operations' deadlines. If the caller is cancelled,
        every call still running is cancelled with it.
        """
        surroundings: Mapping[str, object] = {
            "request": request.scope(),
            "flags": request.flags,
        }
        reader = Reader(ResultStore(), bindings, surroundings)
        shared, series = Flights(), plan.kind is OperationKind.MUTATION
        sending = {
            # Each root of a mutation is an act of its own: asked twice is done twice.
            root.field.key: Sending(
                request,
                surroundings,
                self.upstreams,
                Flights() if series else shared,
                self.clock,
                None if series else self.abroad,
                self.observe,
            )
            for root in plan.roots
        }
        try:
            await _Run(self, plan, request, reader, sending).finish()
        finally:
            for seen in watched(plan, reader.store, request.request_id):
                self.observe(seen)
        return reader


class Wait(NamedTuple):
    """A step that waits for a flight, and how it hears of it."""

    flight: Flight[Landed]
    heard: Callable[[Flight[Landed]], None]


@dataclass(slots=True)
class _Run:
    """One plan at work. Every change of state happens in a plain function."""

    engine: Engine
    plan: Plan
    request: RequestContext
    reader: Reader
    sending: Mapping[str, Sending]
    done: asyncio.Event = field(default_factory=asyncio.Event)
    waiting: dict[StepId, int] = field(default_factory=dict)
    dependents: dict[StepId, list[PlannedStep]] = field(default_factory=dict)
    tasks: dict[StepId, asyncio.Task[None]] = field(default_factory=dict)
    waits: dict[StepId, Wait] = field(default_factory=dict)
    ended: set[str] = field(default_factory=set)
    sleepers: Sleepers = field(default_factory=Sleepers)
    arrivals: dict[StepId, asyncio.Event] = field(default_factory=dict)
    tallies: dict[StepId, Tally] = field(default_factory=dict)
    deadlines: dict[str, Deadline] = field(default_factory=dict)

    async def finish(self) -> None:
        """Start what can start, and wait until everything has settled."""
        steps = self.plan.steps
        for step in steps:
            self.waiting[step.id] = len(step.depends_on)
            for dependency in step.depends_on:
                self.dependents.setdefault(dependency, []).append(step)
        self.sleepers = Sleepers.among(steps)
        timers = [self._arm(root) for root in self.plan.roots if root.steps]
        self._share_time()
        try:
            for step in steps:
                if not step.depends_on and step.id not in self.sleepers:
                    self._start(step)
            if self.waiting:
                await self.done.wait()
        finally:
            for timer in timers:
                timer.cancel()
            for id_ in tuple(self.waits):
                self._leave(id_)
            for task in self.tasks.values():
                task.cancel()

    def _arm(self, root: PlannedRoot) -> asyncio.TimerHandle:
        deadline = Deadline(self.request.started + root.deadline)
        self.deadlines[root.field.key] = deadline
        loop = asyncio.get_running_loop()
        return loop.call_at(deadline.at, self._expire, root)

    def _share_time(self) -> None:
        """A call that roots share ends with the last of them; each leaves by itself."""
        if self.plan.kind is OperationKind.QUERY and self.deadlines:
            latest = max(self.deadlines.values())
            self.deadlines = dict.fromkeys(self.deadlines, latest)

    # -- life of a step: waiting, running, settled --------------------------------

    def _start(self, step: PlannedStep) -> None:
        """Settle a step that needs no call at once; else let it run."""
        decided = self._decided(step)
        if decided is not None:
            self._settle(step, decided)
        elif step.parents is None and step.step.pages is None:
            self._begin(step)
        else:
            self.tasks[step.id] = asyncio.create_task(self._run(step))

    def _decided(self, step: PlannedStep) -> StepResult | None:
        if step.gate is not None:
            return Skipped(SkipReason.CONDITION, stands_in=step.step.on_skip)
        if any(self._answered(other) for other in step.unless):
            return Skipped(SkipReason.ANSWERED)
        return None

    def _answered(self, step: StepId) -> bool:
        result = self.reader.store[step]
        return isinstance(result, Ok) and result.value is not None

    # A step of the operation runs without a task: its call is begun here, and heard of
    # when its flight is over. What cannot go so (a step of many objects, a fall down
    # the ladder) is a task.

    def _begin(self, step: PlannedStep) -> None:
        """Make a step's call, or settle it where there is none to make."""
        tally = self.tallies[step.id] = Tally(self.engine.clock.now())
        try:
            begun = self._begun(step, tally)
        except Exception as error:  # noqa: BLE001 - a bug of ours must not hang a request
            self._settle(step, self._crashed(step, error))
            return
        if not isinstance(begun, tuple):
            self._finish(step, begun, tally)
            return
        flight, shared = begun
        wait = self.waits[step.id] = Wait(flight, partial(self._heard, step, shared))
        flight.join(self.deadlines[step.root], wait.heard)

    def _begun(
        self, step: PlannedStep, tally: Tally
    ) -> StepResult | tuple[Flight[Landed], bool]:
        """A step's call under way, and whether it is another's; or its result."""
        scope = self.reader.scope(step.scope, None)
        if isinstance(scope, Skipped):
            return scope
        ready = prepare(step.step, scope)
        if not isinstance(ready, Prepared):
            return ready
        tally.scope = scope
        deadline, sending = self.deadlines[step.root], self.sending[step.root]
        begun = sending.begin(step.step, ready, deadline, tally)
        return concluded(step.step, begun, scope) if isinstance(begun, Sent) else begun

    def _heard(self, step: PlannedStep, shared: bool, flight: Flight[Landed]) -> None:  # noqa: FBT001 - bound by `_begin`
        """The flight that a step waited for is over."""
        self.waits.pop(step.id, None)
        tally = self.tallies[step.id]
        try:
            if flight.error is not None:
                raise flight.error
            landed = cast("Landed", flight.value)
            came = sent(landed, shared=shared)
            result = concluded(step.step, came, tally.scope)
        except Exception as error:  # noqa: BLE001 - as above
            result = self._crashed(step, error)
        self._finish(step, result, tally)

    def _finish(self, step: PlannedStep, result: StepResult, tally: Tally) -> None:
        """Settle a step that has come to something; one that failed may fall."""
        if step.rungs and is_failure(result):
            self.tasks[step.id] = asyncio.create_task(self._run(step, result))
        else:
            self._settle(step, result)

    async def _run(self, step: PlannedStep, result: StepResult | None = None) -> None:
        tally = self.tallies.setdefault(step.id, Tally(self.engine.clock.now()))
        try:
            came = result or await self._result(step, tally)
            came = await self._fall(step, came, tally)
        except Exception as error:  # noqa: BLE001 - as above
            came = self._crashed(step, error)
        self._settle(step, came)

    def _crashed(self, step: PlannedStep, error: BaseException) -> Failed:
        self.engine.observe(Crashed(self.request.request_id, str(step.id), error))
        return Failed(Failure(Code.INTERNAL_SERVER_ERROR, "Internal error."))

    def _leave(self, id_: StepId) -> None:
        """Wait no more for what a step's call comes to."""
        wait = self.waits.pop(id_, None)
        if wait is not None:
            wait.flight.leave(wait.heard)

    async def _fall(
        self, step: PlannedStep, result: StepResult, tally: Tally
    ) -> StepResult:
        """The first rung of the ladder that holds; the failure where none does."""
        falling = Falling(step, self.reader, self.engine.clock.wall().timestamp())
        if isinstance(result, Ok) and isinstance(result.value, Join):
            falling.each(result.value)
            return result
        for rung in step.rungs if is_failure(result) else ():
            came = (
                await self._reach(rung)
                if isinstance(rung, StepId)
                else falling.on(rung, tally)
            )
            if isinstance(came, Ok):
                return replace(came, because=result)
        return result

    async def _reach(self, id_: StepId) -> StepResult:
        """Wake a step that only failures need, and wait for what it comes to."""
        for woken in self.sleepers.wake(id_):
            if not self.waiting[woken.id]:
                self._start(woken)
        if id_ in self.waiting:
            await self.arrivals.setdefault(id_, asyncio.Event()).wait()
        came = self.reader.store[id_]
        if isinstance(came, Ok):
            return replace(came, provenance=Provenance.FALLBACK, by=id_)
        return came

    async def _result(self, step: PlannedStep, tally: Tally) -> StepResult:
        """What a step comes to that makes more calls than one."""
        if step.parents is not None:
            return await self._for_parents(step, tally)
        scope = self.reader.scope(step.scope, None)
        if isinstance(scope, Skipped):
            return scope
        ready = prepare(step.step, scope)
        if not isinstance(ready, Prepared) or step.step.pages is None:
            return cast("StepResult", ready)
        tally.scope = scope
        deadline, sending = self.deadlines[step.root], self.sending[step.root]
        paging = Paging(step.step, step.step.pages, sending, deadline, tally)
        return await paging.result(ready)

    async def _for_parents(self, step: PlannedStep, tally: Tally) -> StepResult:
        deadline, sending = self.deadlines[step.root], self.sending[step.root]
        reader, batch = self.reader, step.step.batch
        if batch is not None:
            batching = Batching(step, batch, reader, sending, deadline, tally)
            return await batching.outcome()
        return await Joining(step, reader, sending, deadline, tally).outcome()

    def _settle(self, step: PlannedStep, result: StepResult) -> None:
        if step.id not in self.waiting:
            return  # the deadline or a required step settled it already
        del self.waiting[step.id]
        now = self.engine.clock.now()
        tally = self.tallies.get(step.id) or Tally(now)
        timing = Timing(tally.started, now, tally.sent)
        self.reader.store.settle(step.id, result, timing)
        self._tell(step, result, timing)
        if _breaks(step, result):
            self._break(step)
        for dependent in self.dependents.get(step.id, ()):
            if dependent.id in self.waiting:
                self.waiting[dependent.id] -= 1
                asleep = dependent.id in self.sleepers
                over = dependent.root in self.ended
                if not self.waiting[dependent.id] and not asleep and not over:
                    self._start(dependent)
        if step.id in self.arrivals:
            self.arrivals[step.id].set()
        for sleeper in self.sleepers.settled(step):
            self._settle(sleeper, NOT_REACHED)
        if not self.waiting:
            self.done.set()

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
        self.ended.add(root)
        for step in self.plan.steps:
            if step.root == root and step.id in self.waiting:
                task = self.tasks.get(step.id)
                if task is not None:
                    task.cancel()
                self._leave(step.id)
                asleep = step.id in self.sleepers
                came = NOT_REACHED if asleep else self._cut_short(step, result)
                self._settle(step, came)

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
        return Falling(step, self.reader, now).last_resort(result, tally)

    def _tell(self, step: PlannedStep, result: StepResult, timing: Timing) -> None:
        failure = result.failure if isinstance(result, Failed) else None
        self.engine.observe(
            StepSettled(
                request_id=self.request.request_id,
                step=step.id,
                source=step.step.source,
                status=type(result).__name__.lower(),
                seconds=timing.ended - timing.started,
                code=failure.code if failure else None,
                detail=failure.detail if failure else None,
            )
        )


def _breaks(step: PlannedStep, result: StepResult) -> bool:
    """Whether a result breaks its root field.

    A required entity step concerns failed calls, never keys without an answer.
    """
    if step.step.role is not Role.REQUIRED:
        return False
    if isinstance(result, Ok) and isinstance(result.value, Join):
        return any(isinstance(o, Failed) for o in result.value.outcomes.values())
    return is_failure(result)
