"""The steps of a request that are under way, and what each comes to.

In charge of making one step's call: as a flight that is heard of when it is over, or
as a task where there is more to it (many objects, a fall down the ladder). Knows
nothing of the order of steps: that is `run`'s, which is told of each end by `ended`.
"""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Self, TypeAlias

from gateway.clock import Deadline
from gateway.connectors.base import Reply
from gateway.errors import Code
from gateway.execution.attempt import Prepared, Sent, Tally, concluded, prepare
from gateway.execution.calls.allowing import Allowance, unbounded
from gateway.execution.calls.runway import NO_RUNWAYS, Flying, Runway
from gateway.execution.calls.sending import Sending, sent
from gateway.execution.calls.sharing import Flight, InFlight, Landed
from gateway.execution.ladder import Falling
from gateway.execution.longer import fallen, paged
from gateway.execution.model import (
    Failed,
    Failure,
    Join,
    Ok,
    Skipped,
    StepResult,
    is_failure,
)
from gateway.execution.objects.awaiting import Awaiting
from gateway.execution.objects.batching import Batching
from gateway.execution.objects.joining import Joining
from gateway.execution.reading import Reader
from gateway.plan.model import PlannedStep
from gateway.record import Struct, field
from gateway.request.model import RequestContext
from gateway.telemetry.events import Crashed
from gateway.typed import NO_FORMS, Form
from gateway.values import StepId

if TYPE_CHECKING:
    from gateway.execution.engine import Engine
    from gateway.execution.legs import Leg, Ride

_CRASHED = Failed(Failure(Code.INTERNAL_SERVER_ERROR, "Internal error."))


Wait: TypeAlias = tuple[Flight[Landed], Callable[[Flight[Landed]], None]]
"""The flight that a step waits for, and how it hears of it."""


class AtWork(Struct, eq=False):
    """One request's steps under way. ``forms`` are those that read rows in them.

    ``runways`` are those of steps that have one, ``deadlines`` those of the roots.
    ``air`` has the calls that others make now, and ``audience`` says whose count.
    ``allows`` counts calls for objects and for pages; ``ahead`` are steps that had
    settled before it took over.
    """

    engine: Engine
    request: RequestContext
    reader: Reader
    sends: Sending | None = None
    forms: Mapping[StepId, Form] = NO_FORMS
    runways: Mapping[StepId, Runway] = NO_RUNWAYS
    deadlines: dict[str, Deadline] = field(default_factory=dict)
    tallies: dict[StepId, Tally] = field(default_factory=dict)
    _tasks: dict[StepId, asyncio.Task[None]] = field(default_factory=dict)
    _waits: dict[StepId, Wait] = field(default_factory=dict)
    air: InFlight | None = None
    audience: tuple[str, ...] = ()
    _joins: dict[StepId, Awaiting] = field(default_factory=dict)
    allows: Allowance | None = None
    ahead: int = 0

    @abstractmethod
    def ended(self, step: PlannedStep, result: StepResult) -> None:
        """A step has come to something; said once of each."""

    @abstractmethod
    async def reach(self, id_: StepId) -> StepResult:
        """What another step comes to, which may have to be woken first."""

    @property
    def sending(self) -> Sending:
        """What sends its calls; made when a step goes the usual way of calls."""
        if self.sends is None:
            request, surroundings = self.request, self.reader.surroundings
            self.sends = self.engine.sending(request, surroundings)
            self.sends.allows = self.allowing() or unbounded
        return self.sends

    def long_way(self) -> Self:
        """Who has all that an unusual end needs."""
        return self

    def allowed(self, wanted: int) -> int:
        """How many of so many calls may be made, besides one for each step."""
        allows = self.allowing()
        return wanted if allows is None else allows(wanted)

    def allowing(self) -> Allowance | None:
        """What counts its calls besides those of steps; None: nothing does."""
        if self.allows is None and self.engine.most_calls is not None:
            self.allows = self.engine.allowance(self.request)
        if self.allows is not None:
            self.allows.steps = len(self.tallies) + self.ahead
        return self.allows

    def go(self, step: PlannedStep) -> None:
        """Let a step run whose dependencies have settled."""
        tally = self.tallies[step.id] = Tally(self.engine.clock.now())
        if step.parents is not None:
            self._join(step, tally)
            return
        if step.step.pages is not None:
            self._tasks[step.id] = asyncio.create_task(self._run(step))
            return
        runway = self.runways.get(step.id)
        begun: StepResult | Flying | None = None
        try:
            if runway is not None:
                begun = runway.start(self, tally)
            if begun is None:
                begun = self._begun(step, tally, self.forms.get(step.id))
        except Exception as error:  # noqa: BLE001 - a bug of ours must not hang a request
            begun = self.crashed(step, error)
        if not isinstance(begun, tuple):
            self._finish(step, begun)
            return
        self.waits_for(step, *begun)

    def waits_for(
        self,
        step: PlannedStep,
        flight: Flight[Landed],
        shared: bool,  # noqa: FBT001 - as a source's and a runway's answers have it
    ) -> None:
        """Hear of a flight when it is over, for a step."""
        heard = partial(self._came, step, shared)
        self._waits[step.id] = flight, heard
        flight.join(self.deadlines[step.root], heard)

    def leave_step(self, id_: StepId) -> None:
        """Nobody wants to know any more what a step comes to."""
        task = self._tasks.pop(id_, None)
        if task is not None:
            task.cancel()
        wait = self._waits.pop(id_, None)
        if wait is not None:
            flight, heard = wait
            flight.leave(heard)
        joining = self._joins.pop(id_, None)
        if joining is not None:
            joining.leave()

    def end(self) -> None:
        """Nobody wants to know of any step any more."""
        if self._tasks or self._waits or self._joins:
            for id_ in (*self._tasks, *self._waits, *self._joins):
                self.leave_step(id_)

    # -- a step of the operation: one call, heard of when it is over ------------------

    def _begun(
        self, step: PlannedStep, tally: Tally, form: Form | None
    ) -> StepResult | Flying:
        """A step's call under way, and whether it is another's; or its result."""
        scope = self.reader.scope(step.scope, None)
        if isinstance(scope, Skipped):
            return scope
        ready = prepare(step.step, scope)
        if not isinstance(ready, Prepared):
            return ready
        tally.scope = scope
        deadline, sending = self.deadlines[step.root], self.sending
        begun = sending.begin(step.step, ready, deadline, tally, form)
        return concluded(step.step, begun, scope) if isinstance(begun, Sent) else begun

    def _came(
        self,
        step: PlannedStep,
        shared: bool,  # noqa: FBT001 - of a partial, which is quicker by place
        flight: Flight[Landed],
    ) -> None:
        """The flight that a step waited for is over."""
        self._waits.pop(step.id, None)
        if flight.error is not None:
            self._finish(step, self.crashed(step, flight.error))
            return
        landed, own = flight.value, step.step
        assert landed is not None, "a flight that is over came to something"  # noqa: S101
        reply = landed.reply
        if (
            not shared
            and own.select is None
            and own.success_if is None
            and not own.on_status
            and reply.__class__ is Reply
        ):
            self.ended(step, Ok(reply.body, landed.provenance))
            return
        came = sent(landed, shared=shared, form=self.forms.get(step.id))
        try:
            result = concluded(own, came, self.tallies[step.id].scope)
        except Exception as error:  # noqa: BLE001 - as above
            result = self.crashed(step, error)
        self._finish(step, result)

    def _finish(self, step: PlannedStep, result: StepResult) -> None:
        """Settle a step that has come to something; one that failed may fall."""
        if step.rungs and is_failure(result):
            self._tasks[step.id] = asyncio.create_task(self._run(step, result))
        else:
            self.ended(step, result)

    # -- a step of objects: a call for each, told of when all are over ----------------

    def _join(self, step: PlannedStep, tally: Tally) -> None:
        awaiting = self._joins[step.id] = self._awaiting(step, tally)
        try:
            awaiting.begin()
        except Exception as error:  # noqa: BLE001 - as above
            awaiting.end(self.crashed(step, error))
        else:
            awaiting.tell()

    def _awaiting(self, step: PlannedStep, tally: Tally) -> Awaiting:
        over, batch = partial(self._joined, step), step.step.batch
        runway = self.runways.get(step.id)
        if batch is None:
            return Joining(step, self, tally, over, runway=runway)
        self.allowing()
        return Batching(step, self, tally, over, batch=batch, runway=runway)

    def waits_for_objects(
        self, leg: Leg | Ride, tally: Tally, flight: Flight[Landed], *, shared: bool
    ) -> None:
        """Hear of the one call of a step of objects: of one, or of a batch's."""
        step = leg.runway.planned
        if leg.pack is not None:
            self.tallies[step.id] = tally
            batching = self._joins[step.id] = self._awaiting(step, tally)
            assert isinstance(batching, Batching), "it has a batch"  # noqa: S101
            batching.takes(leg.pack, flight, shared=shared)
            return
        whole = self.tallies[step.id] = Tally(leg.began)
        joining = self._joins[step.id] = self._awaiting(step, whole)
        assert isinstance(joining, Joining), "it has a runway"  # noqa: S101
        joining.takes(leg.parent, tally, flight, shared=shared)

    def _joined(self, step: PlannedStep, result: StepResult) -> None:
        """All parents of a step have come to something, or our own code has failed."""
        self._joins.pop(step.id, None)
        if step.rungs and isinstance(result, Ok) and isinstance(result.value, Join):
            now = self.engine.clock.wall().timestamp()
            Falling(step, self.reader, now).each(result.value)
        if isinstance(result, Skipped):
            self._finish(step, result)
        else:
            self.ended(step, result)

    # -- what is more than a call -----------------------------------------------------

    async def _run(self, step: PlannedStep, result: StepResult | None = None) -> None:
        tally = self.tallies[step.id]
        try:
            came = result or await paged(self, step, tally)
            came = await fallen(self, step, came, tally)
        except Exception as error:  # noqa: BLE001 - as above
            came = self.crashed(step, error)
        self._tasks.pop(step.id, None)
        self.ended(step, came)

    def crashed(self, step: PlannedStep, error: BaseException) -> Failed:
        """What a step comes to where our own code failed; we are told how."""
        id_, engine = self.request.request_id, self.engine
        engine.observe(Crashed(id_, str(step.id), error, engine.mark))
        return _CRASHED
