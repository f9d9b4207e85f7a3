"""One call with all its attempts: slot → source → once more, or done.

In charge of waiting, and of counting what was really sent; whether to try again is
decided by `retrying`. Must never let a source's failure out as an exception.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gateway.clock import Clock, Deadline
from gateway.connectors.base import Call, Reply
from gateway.errors import Code, ErrorClass, UpstreamError
from gateway.execution.breaker import Breaker, Leave, Outcome
from gateway.execution.model import Failed, Failure
from gateway.execution.retrying import Trouble, decide, failed, trouble_with
from gateway.execution.sharing import Landed, Trip
from gateway.execution.upstream import Upstream
from gateway.profile.model import Step

if TYPE_CHECKING:
    from gateway.execution.attempt import Prepared, Tally

_BUSY = (408, 429)
_SERVER_ERRORS = 500


@dataclass(slots=True)
class Calling:
    """One prepared call at work. ``started`` is when its request did.

    ``sent`` counts its attempts that left the gateway.
    """

    step: Step
    prepared: Prepared
    upstream: Upstream
    clock: Clock
    tally: Tally
    started: float
    call: Call[object]
    sent: int = 0

    async def landed(self, trip: Trip) -> Landed:
        """The reply or the last failure, after as many attempts as were allowed.

        Attempts end by the step's timeout; by a deadline whoever waits leaves, and
        the last to leave ends this.
        """
        last: Landed | None = None
        while True:
            came = await self._attempt(trip)
            if isinstance(came, Failed):
                return last or Landed(came, self.sent)
            reply = failed(came, self.sent) if isinstance(came, UpstreamError) else came
            last = Landed(reply, self.sent)
            trouble = trouble_with(self.step, came, self.prepared.scope)
            pause = None if trouble is None else self._pause(trouble, trip)
            if pause is None:
                return last
            await asyncio.sleep(pause)

    def _pause(self, trouble: Trouble, trip: Trip) -> float | None:
        """Seconds until the next attempt, where both step and source have one left."""
        pause = decide(
            self.step.retry,
            trouble,
            self.sent,
            left=trip.until.left(self.clock),
            jitter=self.upstream.jitter(),
        )
        if pause is None or trouble.is_rejection or self.upstream.budget.take():
            return pause
        return None

    async def _attempt(self, trip: Trip) -> Reply | UpstreamError | Failed:
        """What the source says to one attempt; a `Failed` where it was not asked."""
        before, bulkhead = self.sent, self.upstream.bulkhead
        breaker = self.upstream.breakers.of(self.step.endpoint)
        if breaker is not None and breaker.stays(self.clock.now()):
            return UNAVAILABLE
        until = Deadline.after(self.step.timeout, self.clock)
        if bulkhead.sheds(trip.until.earlier(until.at).left(self.clock)):
            return OVERLOADED
        slot = bulkhead.slot(
            self.step.endpoint, lambda: trip.until.earlier(until.at).at
        )
        try:
            async with asyncio.timeout_at(until.at), slot:
                if breaker is None:
                    return await self._send(until, trip)
                return await self._watched(breaker, until, trip)
        except TimeoutError:
            late = no_answer(self.step.timeout)
            return failed(late, before) if self.sent == before else late
        except UpstreamError as error:
            return error

    async def _watched(
        self, breaker: Breaker, until: Deadline, trip: Trip
    ) -> Reply | Failed:
        """Send, if the endpoint works as far as is known, and remember whether it does.

        A call that is cut short counts as failed where it had its fair time. One that
        nobody wants any more says nothing.
        """
        began = self.clock.now()
        leave, outcome = breaker.decide(began), Outcome.UNKNOWN
        if leave is Leave.STAY:
            return UNAVAILABLE
        try:
            reply = await self._send(until, trip)
            outcome = Outcome.WORKS
        except UpstreamError as error:
            if error.kind is not ErrorClass.TIMEOUT or self._fair(began, until):
                outcome = verdict(error)
            raise
        except asyncio.CancelledError:
            until = trip.until.earlier(until.at)
            if self.clock.now() >= until.at and self._fair(began, until):
                outcome = Outcome.FAILS
            raise
        finally:
            breaker.record(leave, outcome, self.clock.now())
        return reply

    def _fair(self, began: float, until: Deadline) -> bool:
        """Whether a source had half the time that a step or an operation gives it.

        What was spent in the queue or by other steps is no fault of the source.
        """
        return until.at - began >= min(self.step.timeout, until.at - self.started) / 2

    async def _send(self, until: Deadline, trip: Trip) -> Reply:
        self._count()
        left = trip.until.earlier(until.at).left(self.clock)
        passing = self.upstream.timing_headers(left)
        call = replace(self.call, deadline=until, passing=passing)
        return await self.upstream.source.call(call)

    def _count(self) -> None:
        """An attempt leaves; first ones earn their source further ones."""
        if not self.sent:
            self.upstream.budget.earn()
        self.sent += 1
        self.tally.sent += 1


def no_answer(seconds: float) -> UpstreamError:
    """Nothing came in the time of an attempt, waiting for a slot included."""
    message = f"No answer within {seconds * 1000:g} ms."
    return UpstreamError(message, kind=ErrorClass.TIMEOUT)


def verdict(error: UpstreamError) -> Outcome:
    """What a failure says about the endpoint: refusals are the caller's own doing."""
    if error.kind is ErrorClass.STATUS:
        busy = error.status in _BUSY or (error.status or 0) >= _SERVER_ERRORS
        return Outcome.FAILS if busy else Outcome.WORKS
    refused = error.kind in (ErrorClass.REJECTED, ErrorClass.QUERY)
    return Outcome.UNKNOWN if refused else Outcome.FAILS


UNAVAILABLE = Failed(
    Failure(
        Code.UPSTREAM_UNAVAILABLE,
        "The source is not asked at the moment: it kept failing.",
    )
)
OVERLOADED = Failed(
    Failure(Code.UPSTREAM_OVERLOADED, "Too many calls wait for the source already.")
)
