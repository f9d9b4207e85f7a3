"""The happy path of a call, without a coroutine: sent now, heard when it is there.

In charge of one first attempt that need not wait for anything: a free slot, a closed
breaker, a connection that is open. Whatever is not so, and whatever comes of it but an
answer that stands, goes the long way, `calling`, which is the one meaning of a call.
Must never do what `calling` would not.
"""

from __future__ import annotations

import asyncio

from gateway.clock import Deadline
from gateway.connectors.base import Begun, Call, NeverArrivedError
from gateway.errors import ErrorClass, UpstreamError
from gateway.execution.calls.calling import Calling
from gateway.execution.calls.hedging import Attempt
from gateway.execution.calls.sharing import Flight, Landed
from gateway.execution.calls.verdicts import no_answer, verdict
from gateway.execution.guards.breaker import Leave, Outcome


def fly(calling: Calling, until: Deadline) -> Flight[Landed]:
    """A call's flight: the short way where that is open, else the long one."""
    flight: Flight[Landed] = Flight(until)
    if not _Swift(calling, flight).begins():
        flight.run(calling.landed(flight.trip))
    return flight


class _Swift:
    """One attempt under way."""

    __slots__ = (
        "_attempt",
        "_began",
        "_begun",
        "_breaker",
        "_calling",
        "_ended",
        "_flight",
        "_timer",
    )

    def __init__(self, calling: Calling, flight: Flight[Landed]) -> None:
        self._calling = calling
        self._flight = flight
        self._ended = False

    def begins(self) -> bool:
        """Send it, if nothing has to be waited for. False: nothing has happened."""
        calling = self._calling
        step, way = calling.step, calling.way
        upstream = way.upstream
        begin = getattr(upstream.source, "begin", None)
        if begin is None or step.hedge is not None or step.skips_late:
            return False
        breaker = upstream.breakers.of(way.endpoint)
        if breaker is not None and breaker.since is not None:
            return False
        if not upstream.bulkhead.enter_at_once():
            return False
        now = calling.setting.clock.now()
        until = Deadline(now + step.timeout)
        left = self._flight.trip.until.earlier(until.at).at - now
        passing = upstream.timing_headers(left)
        name, target, inputs, _, headers, _, wire = way.call
        call = Call(name, target, inputs, until, headers, passing, wire)
        try:
            begun: Begun | None = begin(call)
        except UpstreamError:
            begun = None  # the long way fails in the same way, and tells of it
        except BaseException:
            upstream.bulkhead.leave()  # a bug costs one step, and no slot for good
            raise
        if begun is None:
            upstream.bulkhead.leave()
            return False
        self._begun, self._breaker, self._began = begun, breaker, now
        self._attempt = Attempt(until)
        calling.count(self._attempt)
        loop = asyncio.get_running_loop()
        self._timer = loop.call_at(until.at, self._late)
        self._flight.flown_by(self._given_up)
        begun.future.add_done_callback(self._came)
        return True

    def _came(self, future: asyncio.Future[object]) -> None:
        """The source has said something, before anybody gave up."""
        if self._ended:
            return
        calling = self._calling
        now = self._over()
        try:
            reply = self._begun.read(future)
        except NeverArrivedError:
            self._never_arrived(now)
            return
        except UpstreamError as error:
            self._failed(error, now)
            return
        except Exception as error:  # noqa: BLE001 - whoever waits tells of our own bugs
            self._record(Outcome.UNKNOWN, now)
            self._flight.crash(error)
            return
        calling.timed(self._began, now)
        self._record(Outcome.WORKS, now)
        try:
            stands = calling.stands(reply)
        except Exception as error:  # noqa: BLE001 - as above
            self._flight.crash(error)
            return
        if stands:
            self._flight.land(Landed(reply, calling.sent))
        else:
            self._go_on(reply)

    def _late(self) -> None:
        """The attempt's time is up."""
        self._begun.leave()
        now = self._over()
        self._failed(no_answer(self._calling.step.timeout), now)

    def _given_up(self) -> None:
        """Nobody waits any more: by their deadline, or because they have gone."""
        self._begun.leave()
        now = self._over()
        until = self._flight.trip.until.earlier(self._attempt.until.at)
        fair = now >= until.at and self._calling.is_fair(self._began, until)
        self._record(Outcome.FAILS if fair else Outcome.UNKNOWN, now)

    def _over(self) -> float:
        """Give back what the attempt held; the time."""
        self._ended = True
        self._timer.cancel()
        self._calling.way.upstream.bulkhead.leave()
        return self._calling.setting.clock.now()

    def _failed(self, error: UpstreamError, now: float) -> None:
        timed_out = error.kind is ErrorClass.TIMEOUT
        fair = self._calling.is_fair(self._began, self._attempt.until)
        unfair = timed_out and not fair
        self._record(Outcome.UNKNOWN if unfair else verdict(error), now)
        self._go_on(error)

    def _never_arrived(self, now: float) -> None:
        """The kept connection was closed already: the attempt is made anew."""
        self._record(Outcome.UNKNOWN, now)
        self._calling.uncount()
        self._flight.run(self._calling.landed(self._flight.trip))

    def _go_on(self, came: object) -> None:
        ended = (self._attempt, came)
        self._flight.run(self._calling.landed(self._flight.trip, ended))  # type: ignore[arg-type]

    def _record(self, outcome: Outcome, now: float) -> None:
        if self._breaker is not None:
            self._breaker.record(Leave.GO, outcome, now)
