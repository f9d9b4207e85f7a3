"""The usual call of a usual step: what all requests have in common is made once.

A step whose calls differ by a few texts has a `Runway`, made for a plan and the sources
that serve it. A call that leaves on it is a `Dash`: `swift` in fewer steps, which makes
what only an unhappy end needs when there is one. Wherever anything is not as usual the
step goes the way of all others. Must never do what `sending` and `swift` would not.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from gateway.clock import Deadline
from gateway.connectors.hearing import Carrier, Lane
from gateway.errors import UpstreamError
from gateway.execution.attempt import Prepared, Tally, inputs_of
from gateway.execution.calls.calling import Calling
from gateway.execution.calls.hedging import Attempt
from gateway.execution.calls.sharing import Flight, Landed
from gateway.execution.calls.swift import Swift
from gateway.execution.calls.way import patience
from gateway.execution.upstream import Upstream
from gateway.lapses import Lapses
from gateway.plan.model import PlannedStep
from gateway.profile.model import Sharing
from gateway.typed import Form
from gateway.values import StepId

if TYPE_CHECKING:
    from gateway.execution.at_work import AtWork

_NONE: Mapping[str, object] = {}
Flying: TypeAlias = tuple[Flight[Landed], bool]
"""A call's flight, and whether it is another's."""


class Runway:
    """Where the calls of one planned step leave, under one generation.

    ``alone``: no other step of its plan can make an equal call. What never changes
    for its calls, down to the breaker of their endpoint, is looked up once.
    """

    __slots__ = (
        "_for_all",
        "_lapses",
        "_patience",
        "_scope",
        "_shares",
        "alone",
        "breaker",
        "is_told",
        "lane",
        "planned",
        "step",
        "times",
        "upstream",
    )

    def __init__(
        self, planned: PlannedStep, upstream: Upstream, lane: Lane, *, alone: bool
    ) -> None:
        self.planned, self.upstream = planned, upstream
        self.step, self.lane, self.alone = planned.step, lane, alone
        step = planned.step
        self.breaker = upstream.breakers.of(step.endpoint)
        self.times = upstream.latencies.of(step.endpoint)
        self._patience = patience(step)
        self._for_all = step.share is Sharing.ALL
        self._shares = step.share is not Sharing.NONE and not alone
        told = step.select is not None or step.success_if is not None
        self._scope = planned.scope if told or step.on_status else None
        retry = step.retry
        looked_into = step.success_if is not None
        self.is_told = retry is not None and (looked_into or bool(retry.condition))
        """Whether it depends on what a reply says if the call is made again."""
        self._lapses: Lapses | None = None

    def start(self, work: AtWork, tally: Tally) -> Flying | None:
        """The step's call under way, and whether it is another's.

        None: it is not as usual, and nothing has happened.
        """
        reader = work.reader
        address = self.lane.address(reader.bindings.get(self.planned.scope.root, _NONE))
        if address is None:
            return None
        if self._scope is not None:
            scope = reader.scope(self._scope, None)
            if not isinstance(scope, dict):
                return None
            tally.scope = scope
        return self.to(address, work, tally)

    def to(
        self, address: str, work: AtWork, tally: Tally, parent: object = None
    ) -> Flying | None:
        """The call to an address of its lane, for a parent where the step has some.

        Whoever else asks for it is joined: other steps, and other requests. None: it
        cannot leave here and now, and nothing has happened.
        """
        asked = (self.lane.family, address), None, self._patience, False
        if self._shares:
            known = work.sending.flights.known((self.step.source, asked))
            if known is not None:
                tally.flight = known
                return known, True
        air, wide = work.air if self._for_all else None, None
        flight: Flight[Landed] | None = None
        if air is not None:
            wide = id(self.upstream.source), asked, work.audience
            flight = air.known(wide)
        shared = flight is not None
        if flight is None:
            flight = self.dash(address, work, tally, parent)
            if flight is None:
                return None
            if air is not None:
                air.keep(wide, flight)
        if self._shares:
            work.sending.flights.keep((self.step.source, asked), flight)
        tally.flight = flight
        return flight, shared

    def dash(
        self,
        address: str,
        work: AtWork,
        tally: Tally,
        parent: object,
        kind: type[Dash] | None = None,
    ) -> Dash | None:
        """A call that leaves now; None, and nothing has happened, where none can."""
        breaker, bulkhead = self.breaker, self.upstream.bulkhead
        if (breaker is not None and breaker.since is not None) or (
            not bulkhead.enter_at_once()
        ):
            return None
        planned = self.planned
        dash = (kind or Dash)(
            work.deadlines[planned.root],
            runway=self,
            work=work,
            tally=tally,
            parent=parent,
            form=work.forms.get(planned.id),
        )
        try:
            carrier = self.lane.begin(address, dash)
        except BaseException:
            bulkhead.leave()  # a bug costs one step, and no slot for good
            raise
        if carrier is None:
            bulkhead.leave()
            return None
        dash.left(carrier)
        return dash

    def lapses(self, loop: asyncio.AbstractEventLoop) -> Lapses:
        """What watches the time of its attempts."""
        found = self._lapses
        if found is None or found.loop is not loop:
            found = self._lapses = self.upstream.lapses(self.step.timeout, loop)
        return found


class Dash(Swift, eq=False, kw_only=True):
    """A flight on a runway, with one attempt under way: the ear of its lane.

    ``_carrier`` is None once the attempt is over.
    """

    runway: Runway
    work: AtWork
    tally: Tally
    parent: object = None
    form: Form | None = None
    _carrier: Carrier | None = None

    def left(self, carrier: Carrier) -> None:
        """It is under way."""
        runway, tally = self.runway, self.tally
        upstream, self._carrier = runway.upstream, carrier
        self._began = began = tally.started
        upstream.budget.earn()
        tally.sent += 1
        lapses = runway.lapses(asyncio.get_running_loop())
        self._timer = lapses.begin(began + runway.step.timeout, self._late)

    # What the lane says.

    def done(self) -> bool:
        return self._carrier is None

    def set_result(self, raw: object, /) -> None:
        """What the call brought."""
        if self._carrier is None:
            return
        runway, self._carrier = self.runway, None
        runway.lane.over()
        try:
            reply = runway.lane.read(raw, self.form)
        except Exception as error:  # noqa: BLE001 - whoever waits tells of our own bugs
            self._unfold()
            self.failed(error)
            return
        if runway.is_told:
            self._unfold()
            self.came(reply)
            return
        self._timer.cancel()
        runway.upstream.bulkhead.leave()
        now = self.work.engine.clock.now()
        runway.times.add(now - self._began, now)
        if runway.breaker is not None:
            runway.breaker.works(now)
        self.land(Landed(reply))

    def set_exception(self, error: UpstreamError, /) -> None:
        """What ended the call."""
        if self._carrier is not None:
            self._carrier, lane = None, self.runway.lane
            lane.over()
            self._unfold()
            self.failed(lane.why(error))

    # What ends it before.

    def _late(self) -> None:
        self._unfold()
        super()._late()

    def _quit(self) -> None:
        if self._carrier is None:
            super()._quit()
            return
        self._unfold()
        self._given_up()

    def _leaves(self) -> None:
        """Nobody waits for what is under way."""
        carrier, self._carrier = self._carrier, None
        if carrier is not None:
            self.runway.lane.over()
            carrier.leave(self)

    def _unfold(self) -> None:
        """What the long way has of a call whose first attempt has left."""
        runway, work = self.runway, self.work
        planned, step = runway.planned, runway.step
        scope = work.reader.scope(planned.scope, self.parent)
        inputs = inputs_of(step, scope) if isinstance(scope, dict) else None
        assert isinstance(scope, dict), "a runway's step needs no other"  # noqa: S101
        assert isinstance(inputs, dict), "its address was made of them"  # noqa: S101
        sending = work.sending
        way = sending.way_of(step.name, step, inputs, self.until, self.form)
        prepared = Prepared(inputs, scope)
        setting = sending.setting
        self._calling = Calling(step, prepared, self.tally, setting, way, way, 1)
        self._attempt = Attempt(Deadline(self._began + step.timeout), number=1)
        self._breaker, self._give_up = runway.breaker, self._leaves

    def _forget(self) -> None:
        super()._forget()
        self.work = self.tally = self.parent = cast("Any", None)


NO_RUNWAYS: Mapping[StepId, Runway] = {}
"""Those of a plan of which every step goes the long way."""
