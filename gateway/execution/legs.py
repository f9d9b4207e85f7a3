"""The steps of a sprint under way: a call of its own, or another request's.

In charge of what a step comes to where its call is answered. Whatever else happens, a
`Run` takes over by `hand_over`. Must never do what that would not.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, cast

from gateway.connectors.base import Reply
from gateway.execution.attempt import Prepared, Sent, Tally
from gateway.execution.calls.dash import Dash
from gateway.execution.calls.keyed import Keyed
from gateway.execution.calls.runway import Runway
from gateway.execution.calls.sending import sent
from gateway.execution.calls.sharing import Flight, Landed
from gateway.execution.model import Counts, Join, Ok, Provenance, StepResult, Timing
from gateway.execution.objects.packing import Pack
from gateway.plan.model import PlannedStep
from gateway.record import Struct
from gateway.typed import Form

if TYPE_CHECKING:
    from gateway.execution.at_work import AtWork
    from gateway.execution.run import Run
    from gateway.execution.sprint import Sprint

_UPSTREAM = Provenance.UPSTREAM  # looking it up is a call on Python 3.11
_NOBODY = cast("Any", None)


class Leg(Dash, eq=False, kw_only=True):
    """The call of one step of a sprint, to an address of its lane.

    ``parent`` is the one object that it asks for, ``pack`` are those of a batch.
    """

    to: str
    pack: Pack | None = None

    @property
    def has_left(self) -> bool:
        """Whether its attempt is under way, or has just brought something."""
        return bool(self._heard) and not self.is_over

    def leaves(self, sprint: Sprint, now: float) -> bool:
        """Let it leave, or wait for another request's equal call. False: it cannot."""
        runway, to, air = self.runway, self.to, sprint.air
        if air is not None and runway.for_all:
            other = air.claim(runway.spot(to, sprint.audience), self)
            if other is not None:
                return self._joins(sprint, other, now)
        try:
            left = runway.leaves(self, to, now)
        except BaseException:
            self.vanish()  # or whoever asks for the same would wait for ever
            raise
        if left:
            self._heard.append(_sprinting)
        else:
            self.vanish()
        return left

    def _joins(self, sprint: Sprint, other: Flight[Landed], now: float) -> bool:
        ride = Ride(sprint, self.runway, other, now, self.form, self.parent, self.pack)
        sprint.rides.append(ride)
        sprint.keep_time()
        other.join(self.until, ride.heard)
        return True

    def hand_over(self, run: Run) -> None:
        """Have a run hear of it, and a sprint no more."""
        runway, began = self.runway, self.began
        self.timer = runway.lapses().begin(began + runway.step.timeout, self.late)
        self.tally = Tally(began, sent=1, flight=self)
        _handed(run, self, self.tally, shared=False)
        self.replace(_sprinting)

    def _prepared(self, work: AtWork) -> Prepared:
        pack, runway = self.pack, self.runway
        if pack is None:
            return super()._prepared(work)
        base = work.reader.common(runway.planned.scope)
        assert isinstance(base, dict), "a runway's step needs no other"  # noqa: S101
        made = Keyed(runway.step, base, pack.keys.values()).prepared()
        assert isinstance(made, Prepared), "its address was made so"  # noqa: S101
        return made

    def set_result(self, raw: object, /) -> None:
        """What the call brought: that of a dash, for a sprint whose time it has."""
        if self.tally is not None:  # a run waits for it
            super().set_result(raw)
            return
        if self.carrier is None:
            return
        sprint: Sprint = self.work
        runway, self.carrier = self.runway, None
        runway.lane.over()
        try:
            reply = runway.lane.read(raw, self.form)
        except Exception as error:  # noqa: BLE001 - whoever waits tells of our own bugs
            self._unfold()
            self.failed(error)
            return
        runway.upstream.bulkhead.leave()
        now, began = sprint.engine.clock.now(), self.began
        runway.times.add(now - began, now)
        if runway.breaker is not None:
            runway.breaker.works(now)
        result: StepResult | None
        if runway.reads is None and self.parent is None and self.pack is None:
            result = Ok(reply.body, _UPSTREAM)
        else:
            result = _result(self, sprint, Sent(reply, _UPSTREAM))
            if result is None:
                sprint.long_way()
                self.timer.cancel()
                self.land(Landed(reply))
                return
        timing = Timing(began, now, 1)
        if len(self._heard) > 1 or self.after is not None:
            # It hears first, as a run would, and others' bugs are none of its own.
            self._heard[0] = partial(_goes_on, sprint, runway.planned, result, timing)
            self.land(Landed(reply))
            return
        # What that does, for the one who knows already.
        self.value, self.is_over, self.work = Landed(reply), True, _NOBODY
        air, self.air = self.air, None
        if air is not None and air.get(self.spot) is self:
            del air[self.spot]
        sprint.came(runway.planned, result, timing)


class Ride(Struct, eq=False):
    """One step of a sprint that waits for the call of another request."""

    sprint: Sprint
    runway: Runway
    flight: Flight[Landed]
    began: float
    form: Form | None
    parent: object
    pack: Pack | None

    def heard(self, flight: Flight[Landed]) -> None:
        """The call is over."""
        sprint, landed = self.sprint, flight.value
        if sprint is _NOBODY:
            return
        result = None
        if landed is not None and landed.reply.__class__ is Reply:
            came = sent(landed, shared=True, form=self.form)
            result = _result(self, sprint, came)
        if result is None:
            sprint.long_way()
            return
        now, planned = sprint.engine.clock.now(), self.runway.planned
        sprint.rides.remove(self)
        self.sprint, sprint.all_own = _NOBODY, False
        sprint.came(planned, result, Timing(self.began, now, 0))

    def hand_over(self, run: Run) -> None:
        """Have a run hear of it, and a sprint no more."""
        flight = self.flight
        _handed(run, self, Tally(self.began, flight=flight), shared=True)
        flight.replace(self.heard)
        self.sprint = _NOBODY


def _handed(run: Run, leg: Leg | Ride, tally: Tally, *, shared: bool) -> None:
    step = leg.runway.planned
    flight = cast("Flight[Landed]", tally.flight)
    if step.parents is not None:
        run.waits_for_objects(leg, tally, flight, shared=shared)
        return
    scope = run.reader.scope(step.scope, None)
    assert isinstance(scope, dict), "a runway's step needs no other"  # noqa: S101
    tally.scope = scope
    run.tallies[step.id] = tally
    run.waits_for(step, flight, shared)


def _result(leg: Leg | Ride, sprint: Sprint, came: Sent) -> StepResult | None:
    """What a step's answered call comes to; None where that is not as usual."""
    runway, reply = leg.runway, cast("Reply", came.reply)
    try:
        if leg.pack is not None:
            join = leg.pack.joined(runway.planned, came)
            return None if join is None else Ok(join)
        if leg.parent is not None:
            return Ok(_of_one(leg.parent, Ok(reply.body, came.provenance)))
        if runway.reads is None:
            return Ok(reply.body, came.provenance)
        result = sprint.read(runway.planned, came)
    except Exception:  # noqa: BLE001 - the long way meets it too, and tells of it
        return None
    return result if result.__class__ is Ok else None


def _of_one(parent: object, result: Ok) -> Join:
    """What a step of objects came to that has one; another's call is none of its."""
    own = 1 if result.provenance is _UPSTREAM else 0
    counts = Counts(asked=1, unique=1, calls=own, shared=1 - own)
    return Join({id(parent): result}, parents=[parent], counts=counts, awaited=[parent])


def _sprinting(_: Flight[Landed]) -> None:
    """What a sprint hears, before anybody else: it knows already."""


def _goes_on(
    sprint: Sprint,
    planned: PlannedStep,
    result: StepResult,
    timing: Timing,
    _: Flight[Landed],
) -> None:
    """The same where others hear of it, too: what waits for it may begin."""
    sprint.came(planned, result, timing)
