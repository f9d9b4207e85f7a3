"""A call that leaves on a runway: `swift` in fewer steps.

What only an unhappy end needs is made when there is one. Must never do what `sending`
and `swift` would not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from gateway.clock import Deadline
from gateway.connectors.hearing import Carrier
from gateway.errors import UpstreamError
from gateway.execution.attempt import Prepared, Tally
from gateway.execution.calls.calling import Calling
from gateway.execution.calls.hedging import Attempt
from gateway.execution.calls.sharing import Landed
from gateway.execution.calls.swift import Swift
from gateway.typed import Form

if TYPE_CHECKING:
    from gateway.execution.at_work import AtWork
    from gateway.execution.calls.runway import Runway
    from gateway.execution.sprint import Sprint


class Dash(Swift, eq=False, kw_only=True):
    """A flight on a runway, with one attempt under way: the ear of its lane.

    ``carrier`` is None once the attempt is over.
    """

    runway: Runway
    work: AtWork | Sprint
    tally: Tally = cast("Tally", None)
    parent: object = None
    form: Form | None = None
    carrier: Carrier | None = None

    # What the lane says.

    def done(self) -> bool:
        return self.carrier is None

    def set_result(self, raw: object, /) -> None:
        """What the call brought."""
        if self.carrier is None:
            return
        runway, self.carrier = self.runway, None
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
        self.timer.cancel()
        runway.upstream.bulkhead.leave()
        now = self.work.engine.clock.now()
        runway.times.add(now - self.began, now)
        if runway.breaker is not None:
            runway.breaker.works(now)
        self.land(Landed(reply))

    def set_exception(self, error: UpstreamError, /) -> None:
        """What ended the call."""
        if self.carrier is not None:
            self.carrier, lane = None, self.runway.lane
            lane.over()
            self._unfold()
            self.failed(lane.why(error))

    # What ends it before.

    def late(self) -> None:
        """Its attempt has no more time."""
        self._unfold()
        self._late()

    def _quit(self) -> None:
        if self.carrier is None:
            super()._quit()
            return
        self._unfold()
        self._given_up()

    def _leaves(self) -> None:
        """Nobody waits for what is under way."""
        carrier, self.carrier = self.carrier, None
        if carrier is not None:
            self.runway.lane.over()
            carrier.leave(self)

    def _unfold(self) -> None:
        """What the long way has of a call whose first attempt has left."""
        runway = self.runway
        self.work = work = self.work.long_way()
        planned, step = runway.planned, runway.step
        prepared = self._prepared(work)
        whole = work.tallies.get(planned.id)
        if whole is not self.tally:
            self.tally.whole = whole
        sending = work.sending
        inputs = prepared.inputs
        way = sending.way_of(step.name, step, inputs, self.until, self.form)
        setting = sending.setting
        self._calling = Calling(step, prepared, self.tally, setting, way, way, 1)
        self._attempt = Attempt(Deadline(self.began + step.timeout), number=1)
        self._breaker, self._give_up = runway.breaker, self._leaves

    def _prepared(self, work: AtWork) -> Prepared:
        return self.runway.prepared(work.reader, self.parent)

    def _forget(self) -> None:
        super()._forget()
        self.work = self.tally = self.parent = cast("Any", None)
