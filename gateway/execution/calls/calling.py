"""One call with all its attempts: slot → source → once more, or done.

In charge of waiting, and of counting what was really sent; whether to try again is
decided by `retrying`, who wins of two attempts by `hedging`. Must never let a source's
failure out as an exception.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from gateway.clock import Clock, Deadline
from gateway.connectors.base import Reply
from gateway.errors import ErrorClass, UpstreamError
from gateway.execution.calls.hedging import Attempt, Came, Due, Ended, Race
from gateway.execution.calls.noting import leaves, made, spanned, tell
from gateway.execution.calls.retrying import Trouble, decide, trouble_with
from gateway.execution.calls.revalidating import renewed, revalidating
from gateway.execution.calls.sayings import failed, settled
from gateway.execution.calls.sharing import Landed, Trip
from gateway.execution.calls.verdicts import (
    HELD,
    LATE,
    OVERLOADED,
    UNAVAILABLE,
    no_answer,
    verdict,
)
from gateway.execution.calls.way import Setting, Way
from gateway.execution.guards.breaker import Breaker, Leave, Outcome
from gateway.execution.model import Failed
from gateway.profile.model import Step

if TYPE_CHECKING:
    from gateway.execution.attempt import Prepared, Tally
    from gateway.execution.calls.trail import Trail

_HALF = 50.0


@dataclass(slots=True)
class Calling:
    """One prepared call at work.

    ``way`` is that of its attempts, ``further`` that of the next ones; None where
    there is none to take. ``sent`` counts the attempts that left the gateway. ``late``:
    whoever asks has less time than it takes, so that no attempt is made. The first one
    ends at ``first_until`` where it has waited for its turn already.
    ``kept`` is an expired reply that the source may say is still true. ``trail`` is
    what it carries of a request that is traced.
    """

    step: Step
    prepared: Prepared
    tally: Tally
    setting: Setting
    way: Way
    further: Way | None
    sent: int = 0
    late: bool = False
    first_until: Deadline | None = None
    kept: Reply | None = None
    trail: Trail | None = None

    async def landed(self, trip: Trip, ended: Ended | None = None) -> Landed:
        """The reply or the last failure, after as many attempts as were allowed.

        ``ended`` is a first attempt that was made already.

        Attempts end by the step's timeout; by a deadline whoever waits leaves, and
        the last to leave ends this.
        """
        if ended is None and self.late:
            return Landed(HELD if self.step.held else LATE, 0)
        last: Landed | None = None
        first, made = self.way, 0
        while True:
            made += 1
            attempt, came = ended or await self._round(trip)
            ended = None
            if isinstance(came, Failed):
                return last or Landed(came, self.sent)
            own = self.way.upstream is first.upstream  # others have their own words
            reply = settled(came, self.sent, self.step.says if own else None)
            instead = self.way is not first
            last = Landed(
                reply, self.sent, instead=instead, span=spanned(self, attempt)
            )
            trouble = trouble_with(self.step, came, self.prepared.scope)
            if trouble is None:
                return last
            pause = self._pause(trouble, made, trip)
            tell(self, attempt, trouble, pause)
            if pause is None or self.further is None:
                return last
            await asyncio.sleep(pause)
            self.way = self.further

    @property
    def _clock(self) -> Clock:
        return self.setting.clock

    def is_late(self, until: Deadline) -> bool:
        """Whether it usually takes longer than whoever asks can wait, or is held."""
        if self.step.held is not None:
            return True
        usual = self._usual(_HALF) if self.step.skips_late else None
        return usual is not None and usual > until.left(self._clock)

    def _usual(self, percent: float) -> float | None:
        """The time that so many of a hundred answers do not exceed, if known."""
        times = self.way.upstream.latencies.of(self.way.endpoint)
        return times.percentile(percent, self._clock.now())

    def _pause(self, trouble: Trouble, made: int, trip: Trip) -> float | None:
        """Seconds until the next attempt, where both step and source have one left."""
        if self.further is None:
            return None
        upstream = self.further.upstream
        pause = decide(
            self.step.retry,
            trouble,
            made,
            left=trip.until.left(self._clock),
            jitter=upstream.jitter(),
        )
        # A source that only further attempts call is not the one that rejected.
        free = trouble.is_rejection and upstream is self.way.upstream
        if pause is None or free or upstream.budget.take():
            return pause
        return None

    async def _round(self, trip: Trip) -> Ended:
        """One attempt, with another beside it where it is slow and may have one."""
        until = self.first_until or Deadline.after(self.step.timeout, self._clock)
        self.first_until = None
        first, after = Attempt(until), self._hedge_after()
        if after is None:
            return first, await made(self, self._attempt, trip, first)
        first.due = Due(after, asyncio.get_running_loop().create_future())
        making = partial(made, self, self._attempt, trip)
        race = Race(making, self.stands, self._beaten)
        return await race.between(first, Attempt(until, hedge=True))

    def _hedge_after(self) -> float | None:
        """Seconds after which a second call is made; None where none may be."""
        hedge = self.step.hedge
        if hedge is None or self.way.upstream.metered:
            return None
        return self._usual(hedge.percent) if hedge.after is None else hedge.after

    def stands(self, came: Came) -> bool:
        """Whether it is an answer that needs no further attempt."""
        return isinstance(came, Reply) and self._trouble(came) is None

    def _beaten(self, attempt: Attempt, came: Came) -> None:
        trouble = None if isinstance(came, Failed) else self._trouble(came)
        if trouble is not None:
            tell(self, attempt, trouble, None)

    def _trouble(self, came: Reply | UpstreamError) -> Trouble | None:
        return trouble_with(self.step, came, self.prepared.scope)

    async def _attempt(self, trip: Trip, attempt: Attempt) -> Came:
        """What the source says to one attempt; a `Failed` where it was not asked."""
        upstream = self.way.upstream
        breaker = upstream.breakers.of(self.way.endpoint)
        refused = self._refused(attempt, breaker, trip)
        if refused is not None:
            return refused
        slot = upstream.bulkhead.slot(
            self.way.endpoint, lambda: trip.until.earlier(attempt.until.at).at
        )
        try:
            async with asyncio.timeout_at(attempt.until.at), slot:
                if breaker is None:
                    return await self._send(attempt, trip)
                return await self._watched(breaker, attempt, trip)
        except TimeoutError:
            late = no_answer(self.step.timeout)
            return late if attempt.number else failed(late, self.sent)
        except UpstreamError as error:
            return error

    def _refused(
        self, attempt: Attempt, breaker: Breaker | None, trip: Trip
    ) -> Failed | None:
        """Why an attempt is not made; None where it may be.

        One beside another never waits for its turn, and is one that the source has
        to afford.
        """
        upstream = self.way.upstream
        if breaker is not None and breaker.stays(self._clock.now()):
            return UNAVAILABLE
        if attempt.hedge:
            goes = upstream.bulkhead.free and upstream.budget.take()
            return None if goes else OVERLOADED
        left = trip.until.earlier(attempt.until.at).left(self._clock)
        return OVERLOADED if upstream.bulkhead.sheds(left) else None

    async def _watched(
        self, breaker: Breaker, attempt: Attempt, trip: Trip
    ) -> Reply | Failed:
        """Send, if the endpoint works as far as is known, and remember whether it does.

        A call that is cut short counts as failed where it had its fair time. One that
        nobody wants any more says nothing.
        """
        began, until = self._clock.now(), attempt.until
        leave, outcome = breaker.decide(began), Outcome.UNKNOWN
        if leave is Leave.STAY:
            return UNAVAILABLE
        try:
            reply = await self._send(attempt, trip)
            outcome = Outcome.WORKS
        except UpstreamError as error:
            if error.kind is not ErrorClass.TIMEOUT or self.is_fair(began, until):
                outcome = verdict(error)
            raise
        except asyncio.CancelledError:
            until = trip.until.earlier(until.at)
            if self._clock.now() >= until.at and self.is_fair(began, until):
                outcome = Outcome.FAILS
            raise
        finally:
            breaker.record(leave, outcome, self._clock.now())
        return reply

    def is_fair(self, began: float, until: Deadline) -> bool:
        """Whether a source had half the time that a step or an operation gives it.

        What was spent in the queue or by other steps is no fault of the source.
        """
        whole = min(self.step.timeout, until.at - self.setting.started)
        return until.at - began >= whole / 2

    async def _send(self, attempt: Attempt, trip: Trip) -> Reply:
        """The source's reply, and how long it took is remembered.

        An attempt that was given up for a quicker one took so long at least: without
        it the slow ones would be missing from what is slow.
        """
        way, began = self.way, self._clock.now()
        left = trip.until.earlier(attempt.until.at).left(self._clock)
        passing = leaves(self, attempt, began, way.upstream.timing_headers(left))
        end, wire = attempt.until, way.wire
        call = way.call._replace(deadline=end, passing=passing, wire=wire)
        call, asks = revalidating(way.upstream.source, call, self.kept)
        self.count(attempt)
        try:
            reply = await way.upstream.source.call(call)
        except asyncio.CancelledError:
            if not attempt.lost or attempt.hedge:
                raise
            self.timed(began, self._clock.now())
            raise
        self.timed(began, self._clock.now())
        return renewed(self.kept, reply) if asks and self.kept else reply

    def timed(self, began: float, now: float) -> None:
        """An attempt that began then was answered now."""
        self.way.upstream.latencies.of(self.way.endpoint).add(now - began, now)

    def uncount(self) -> None:
        """The attempt that was counted last never arrived."""
        self.sent -= 1
        self.tally.sent -= 1

    def count(self, attempt: Attempt) -> None:
        """An attempt leaves; first ones earn their sources further ones."""
        if not self.sent:
            self.way.upstream.budget.earn()
            if self.further and self.further.upstream is not self.way.upstream:
                self.further.upstream.budget.earn()
        self.sent += 1
        self.tally.sent += 1
        attempt.number = self.sent
        if attempt.due is not None:
            attempt.due.count()
