"""The usual call of a usual step: what all requests have in common is made once.

A step whose calls differ by a few texts has a `Runway`, made for a plan and the sources
that serve it. A call that leaves on it is a `Dash`: `swift` in fewer steps, which makes
what only an unhappy end needs when there is one. Wherever anything is not as usual the
step goes the way of all others. Must never do what `sending` and `swift` would not.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING

from gateway.clock import Deadline
from gateway.connectors.base import Reply
from gateway.connectors.hearing import Lane
from gateway.execution.attempt import Prepared, Tally, inputs_of
from gateway.execution.calls.caching import audience_of
from gateway.execution.calls.calling import Calling
from gateway.execution.calls.hedging import Attempt
from gateway.execution.calls.sharing import Flight, Landed
from gateway.execution.calls.swift import Swift
from gateway.execution.calls.way import patience
from gateway.execution.upstream import Upstream
from gateway.lapses import Lapses
from gateway.plan.model import PlannedStep
from gateway.profile.model import Sharing
from gateway.values import StepId

if TYPE_CHECKING:
    from gateway.execution.at_work import AtWork

_NONE: Mapping[str, object] = {}


class Runway:
    """Where the calls of one planned step leave, under one generation.

    ``alone``: no other step of its plan can make an equal call.
    """

    __slots__ = (
        "_lapses",
        "_patience",
        "_scope",
        "alone",
        "lane",
        "planned",
        "step",
        "upstream",
    )

    def __init__(
        self, planned: PlannedStep, upstream: Upstream, lane: Lane, *, alone: bool
    ) -> None:
        self.planned, self.upstream = planned, upstream
        self.step, self.lane, self.alone = planned.step, lane, alone
        step = planned.step
        self._patience = patience(step)
        told = step.select is not None or step.success_if is not None
        self._scope = planned.scope if told or step.on_status else None
        self._lapses: Lapses | None = None

    def start(self, work: AtWork, tally: Tally) -> tuple[Flight[Landed], bool] | None:
        """The step's call under way, and whether it is another's.

        None: it is not as usual, and nothing has happened.
        """
        planned, reader = self.planned, work.reader
        address = self.lane.address(reader.bindings.get(planned.scope.root, _NONE))
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
    ) -> tuple[Flight[Landed], bool] | None:
        """The call to an address of its lane, for a parent where the step has some.

        Whoever else asks for it is joined: other steps, and other requests. None: it
        cannot leave here and now, and nothing has happened.
        """
        step, abroad = self.step, work.engine.abroad
        asked = (self.lane.family, address), None, self._patience, False
        asked_here = step.share is not Sharing.NONE and not self.alone
        flight: Flight[Landed] | None = None
        wide = None
        if asked_here:
            flight = work.sending.flights.known((step.source, asked))
            if flight is not None:
                tally.flight = flight
                return flight, True
        if abroad is not None and step.share is Sharing.ALL:
            who = audience_of(None, work.request)
            wide = id(self.upstream.source), asked, who
            flight = abroad.commons.in_flight.known(wide)
        shared = flight is not None
        if flight is None:
            flight = dash = Dash(self, work, tally, address, parent)
            if not dash.begins():
                return None
            if abroad is not None and wide is not None:
                abroad.commons.in_flight.keep(wide, flight)
        if asked_here:
            work.sending.flights.keep((step.source, asked), flight)
        tally.flight = flight
        return flight, shared

    def lapses(self, loop: asyncio.AbstractEventLoop) -> Lapses:
        """What watches the time of its attempts."""
        found = self._lapses
        if found is None or found.loop is not loop:
            found = self._lapses = self.upstream.lapses(self.step.timeout, loop)
        return found


class Dash(Swift):
    """A flight on a runway, with one attempt under way."""

    __slots__ = (
        "_address",
        "_parent",
        "_runway",
        "_tally",
        "_unfolded",
        "_until",
        "_work",
    )

    def __init__(
        self,
        runway: Runway,
        work: AtWork,
        tally: Tally,
        address: str,
        parent: object,
    ) -> None:
        Flight.__init__(self, work.deadlines[runway.planned.root])
        self._runway, self._work, self._tally = runway, work, tally
        self._address, self._parent = address, parent
        self._give_up = None
        self._unfolded = False

    def begins(self) -> bool:
        """Send it now. False: nothing has happened."""
        runway, work = self._runway, self._work
        upstream, step = runway.upstream, runway.step
        self._breaker = breaker = upstream.breakers.of(step.endpoint)
        if breaker is not None and breaker.since is not None:
            return False
        bulkhead = upstream.bulkhead
        if not bulkhead.enter_at_once():
            return False
        form = work.forms.get(runway.planned.id)
        try:
            self._give_up = runway.lane.begin(self._address, self, form)
        except BaseException:
            bulkhead.leave()  # a bug costs one step, and no slot for good
            raise
        if self._give_up is None:
            bulkhead.leave()
            return False
        tally = self._tally
        self._began = tally.started
        self._until = until = tally.started + step.timeout
        upstream.budget.earn()
        tally.sent += 1
        self._timer = runway.lapses(asyncio.get_running_loop()).begin(until, self._late)
        self._end = self._given_up
        return True

    def came(self, reply: Reply) -> None:
        if self._give_up is None:
            return
        runway = self._runway
        if runway.step.retry is not None:  # then replies are looked into
            self._unfold()
            super().came(reply)
            return
        self._give_up = None
        self._timer.cancel()
        upstream = runway.upstream
        upstream.bulkhead.leave()
        now = self._work.engine.clock.now()
        upstream.latencies.of(runway.step.endpoint).add(now - self._began, now)
        if self._breaker is not None:
            self._breaker.works(now)
        self.land(Landed(reply))

    def failed(self, error: Exception) -> None:
        if self._give_up is not None:
            self._unfold()
        super().failed(error)

    def _late(self) -> None:
        self._unfold()
        super()._late()

    def _given_up(self) -> None:
        self._unfold()
        super()._given_up()

    def _unfold(self) -> None:
        """What the long way has of a call whose first attempt has left."""
        runway, work = self._runway, self._work
        planned, step = runway.planned, runway.step
        scope = work.reader.scope(planned.scope, self._parent)
        inputs = inputs_of(step, scope) if isinstance(scope, dict) else None
        assert isinstance(scope, dict), "a runway's step needs no other"  # noqa: S101
        assert isinstance(inputs, dict), "its address was made of them"  # noqa: S101
        form = work.forms.get(planned.id)
        sending = work.sending
        way = sending.way_of(step.name, step, inputs, self.until, form)
        prepared = Prepared(inputs, scope)
        setting = sending.setting
        self._calling = Calling(step, prepared, self._tally, setting, way, way, 1)
        self._attempt = Attempt(Deadline(self._until), number=1)
        self._unfolded = True

    def _forget(self) -> None:
        if self._unfolded:
            super()._forget()
        self._end = None
        del self._work, self._tally, self._parent


NO_RUNWAYS: Mapping[StepId, Runway] = {}
"""Those of a plan of which every step goes the long way."""
