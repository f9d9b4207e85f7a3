"""The happy path of a call, without a coroutine: sent now, heard when it is there.

In charge of one first attempt that waits for nothing but its slot: a closed breaker, a
connection that is open. Whatever is not so, and whatever comes of it but an answer
that stands, goes the long way, `calling`, which is the one meaning of a call. Must
never do what `calling` would not.
"""

from __future__ import annotations

import asyncio
from typing import Any, cast

from gateway.clock import Deadline
from gateway.connectors.base import Call, Reply
from gateway.connectors.hearing import GiveUp, NeverArrivedError
from gateway.errors import ErrorClass, UpstreamError
from gateway.execution.calls.calling import Calling
from gateway.execution.calls.hedging import Attempt
from gateway.execution.calls.noting import note
from gateway.execution.calls.sayings import failed
from gateway.execution.calls.sharing import Flight, Landed
from gateway.execution.calls.verdicts import no_answer, verdict
from gateway.execution.guards.breaker import Breaker, Leave, Outcome
from gateway.lapses import Lapse


def fly(calling: Calling, until: Deadline) -> Flight[Landed]:
    """A call's flight: the short way where that is open, else the long one."""
    flight = Swift(until, _calling=calling)
    if not flight.begins():
        flight.run(calling.landed(flight))
    return flight


class Swift(Flight[Landed], eq=False, kw_only=True):
    """A flight with one attempt under way, which it hears of itself.

    ``_give_up`` is None as long as the attempt waits in line for its slot. ``_calling``
    and what the attempt is made of are there while it is under way, and not after.
    """

    _calling: Calling = cast("Calling", None)
    _attempt: Attempt = cast("Attempt", None)
    timer: Lapse | asyncio.TimerHandle = cast("Lapse", None)
    _breaker: Breaker | None = None
    _give_up: GiveUp | None = None
    began: float = 0.0

    def begins(self) -> bool:
        """Send it now, or in its turn. False: nothing has happened."""
        calling = self._calling
        step, way = calling.step, calling.way
        upstream = way.upstream
        if step.hedge is not None or step.skips_late or calling.trail is not None:
            return False
        self._breaker = breaker = upstream.breakers.of(way.endpoint)
        if breaker is not None and breaker.since is not None:
            return False
        now = calling.setting.clock.now()
        until = now + step.timeout
        at_once = upstream.bulkhead.enter_at_once()
        if not (self._sends(now, until) if at_once else self._lines_up()):
            return False
        self._attempt = attempt = Attempt(Deadline(until))
        if at_once:
            calling.count(attempt)
        loop = asyncio.get_running_loop()
        self.timer = upstream.lapses(step.timeout, loop).begin(until, self._late)
        self._end = self._given_up
        return True

    def _lines_up(self) -> bool:
        upstream = self._calling.way.upstream
        return hasattr(upstream.source, "begin") and upstream.bulkhead.line_up(self)

    def _sends(self, now: float, until: float) -> bool:
        """Use the slot that it has; where that cannot be, give it back."""
        upstream = self._calling.way.upstream
        begin = getattr(upstream.source, "begin", None)
        try:
            sent = begin(self._call(now, until), self) if begin else None
        except UpstreamError:
            sent = None  # the long way fails in the same way, and tells of it
        except BaseException:
            upstream.bulkhead.leave()  # a bug costs one step, and no slot for good
            raise
        if sent is None:
            upstream.bulkhead.leave()
            return False
        self._give_up, self.began = sent, now
        return True

    def _call(self, now: float, until: float) -> Call[object]:
        """The call as this attempt makes it."""
        way = self._calling.way
        call, end, wire = way.call, Deadline(until), way.wire
        passing = call.passing
        if way.upstream.deadline_header is not None:
            passing = way.upstream.timing_headers(min(self.until.at, until) - now)
        return call._replace(deadline=end, passing=passing, wire=wire)

    # What is said to who waits in line.

    def done(self) -> bool:
        return self.given_up or self.is_over

    def set_result(self, _: None, /) -> None:
        """It is its turn: it has a slot."""
        calling, until = self._calling, self._attempt.until
        now = calling.setting.clock.now()
        works = self._breaker is None or self._breaker.since is None
        if not works:
            calling.way.upstream.bulkhead.leave()
        else:
            try:
                sent = self._sends(now, until.at)
            except Exception as error:  # noqa: BLE001 - who gave the slot is not to blame
                self.timer.cancel()
                asyncio.get_running_loop().call_soon(self.crash, error)
                return
            if sent:
                calling.count(self._attempt)
                return
        self.timer.cancel()
        calling.first_until = until
        self.run(calling.landed(self))

    # What the source says.

    def came(self, reply: Reply) -> None:
        if self._give_up is None:
            return
        calling = self._calling
        now = self._over_now()
        calling.timed(self.began, now)
        if self._breaker is not None:
            self._breaker.works(now)
        if calling.step.retry is None:  # then no reply is looked into
            self.land(Landed(reply, calling.sent))
            return
        try:
            stands = calling.stands(reply)
        except Exception as error:  # noqa: BLE001 - whoever waits tells of our own bugs
            self.crash(error)
            return
        if stands:
            self.land(Landed(reply, calling.sent))
        else:
            self._go_on(reply)

    def failed(self, error: Exception) -> None:
        if self._give_up is None:
            return
        now = self._over_now()
        if isinstance(error, NeverArrivedError):
            self._never_arrived(now)
        elif isinstance(error, UpstreamError):
            self._failed(error, now)
        else:
            self._record(Outcome.UNKNOWN, now)
            self.crash(error)

    # What ends it before.

    def _late(self) -> None:
        """The attempt's time is up."""
        late = no_answer(self._calling.step.timeout)
        if self._give_up is None:
            self._calling.way.upstream.bulkhead.step_out(self)
            self.land(Landed(failed(late, 0), 0))
            return
        self._give_up()
        now = self._over_now()
        self._failed(late, now)

    def _given_up(self) -> None:
        """Nobody waits any more: by their deadline, or because they have gone."""
        if self._give_up is None:
            self.timer.cancel()
            self._calling.way.upstream.bulkhead.step_out(self)
            return
        self._give_up()
        now = self._over_now()
        until = self.until.earlier(self._attempt.until.at)
        note(self._calling, self._attempt, self.began, None)
        fair = now >= until.at and self._calling.is_fair(self.began, until)
        self._record(Outcome.FAILS if fair else Outcome.UNKNOWN, now)

    def _forget(self) -> None:
        self._end = None
        self._calling = self._attempt = cast("Any", None)

    def _over_now(self) -> float:
        """Give back what the attempt held; the time. What comes now is nobody's."""
        self._give_up = None
        self.timer.cancel()
        calling = self._calling
        calling.way.upstream.bulkhead.leave()
        return calling.setting.clock.now()

    def _failed(self, error: UpstreamError, now: float) -> None:
        timed_out = error.kind is ErrorClass.TIMEOUT
        fair = self._calling.is_fair(self.began, self._attempt.until)
        unfair = timed_out and not fair
        self._record(Outcome.UNKNOWN if unfair else verdict(error), now)
        self._go_on(error)

    def _never_arrived(self, now: float) -> None:
        """The kept connection was closed already: the attempt is made anew."""
        self._record(Outcome.UNKNOWN, now)
        self._calling.uncount()
        self._calling.first_until = self._attempt.until  # one attempt has one time
        self.run(self._calling.landed(self))

    def _go_on(self, came: object) -> None:
        note(self._calling, self._attempt, self.began, came)
        ended = (self._attempt, came)
        self.run(self._calling.landed(self, ended))  # type: ignore[arg-type]

    def _record(self, outcome: Outcome, now: float) -> None:
        if self._breaker is not None:
            self._breaker.record(Leave.GO, outcome, now)
