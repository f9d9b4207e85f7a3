"""A source as polls ask it: with the slots and breakers of its other calls.

In charge of one attempt, made or refused. Must never make a second: when to ask again
is the poll's own rhythm.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from gateway.clock import Clock
from gateway.connectors.base import Call, Reply, Wire
from gateway.errors import ErrorClass, UpstreamError
from gateway.execution.calls.verdicts import (
    OVERLOADED,
    UNAVAILABLE,
    no_answer,
    verdict,
)
from gateway.execution.guards.breaker import Breaker, Leave, Outcome
from gateway.execution.model import Failed
from gateway.execution.upstream import Upstream
from gateway.record import Model
from gateway.values import JsonValue


class Guarded(Model, frozen=True):
    """Implements `connectors.base.Source`, as far as a poll needs one.

    ``endpoint`` is what its breaker and latencies are known by, the same for a step
    that calls it.
    """

    upstream: Upstream
    endpoint: str
    clock: Clock

    def render(self, call: Call[Any]) -> Wire:
        return self.upstream.source.render(call)

    def describe(self, call: Call[Any]) -> Mapping[str, JsonValue]:
        return self.upstream.source.describe(call)

    async def call(self, call: Call[Any]) -> Reply:
        """The source's reply.

        Raises:
            UpstreamError: its own; it is not asked, since it kept failing or has too
                many calls; or it did not answer by the call's deadline.
        """
        upstream, now = self.upstream, self.clock.now()
        breaker = upstream.breakers.of(self.endpoint)
        if breaker is not None and breaker.stays(now):
            raise _refusal(UNAVAILABLE)
        left = call.deadline.left(self.clock)
        if upstream.bulkhead.sheds(left):
            raise _refusal(OVERLOADED)
        until = call.deadline.at
        slot = upstream.bulkhead.slot(self.endpoint, lambda: until)
        try:
            async with asyncio.timeout_at(until), slot:
                return await self._sent(call, breaker)
        except TimeoutError:
            raise no_answer(left) from None

    async def _sent(self, call: Call[Any], breaker: Breaker | None) -> Reply:
        began, outcome = self.clock.now(), Outcome.UNKNOWN
        leave = Leave.GO if breaker is None else breaker.decide(began)
        if leave is Leave.STAY:
            raise _refusal(UNAVAILABLE)
        passing = self.upstream.timing_headers(call.deadline.left(self.clock))
        try:
            reply = await self.upstream.source.call(call._replace(passing=passing))
            outcome = Outcome.WORKS
        except UpstreamError as error:
            outcome = verdict(error)
            raise
        except asyncio.CancelledError:
            if self.clock.now() >= call.deadline.at:
                outcome = Outcome.FAILS
            raise
        finally:
            if breaker is not None:
                breaker.record(leave, outcome, self.clock.now())
        now = self.clock.now()
        self.upstream.latencies.of(self.endpoint).add(now - began, now)
        return reply


def _refusal(failed: Failed) -> UpstreamError:
    """Why it was not asked, as an error of the source with its own code."""
    error = UpstreamError(failed.failure.message, kind=ErrorClass.CONNECT)
    error.code = failed.failure.code
    return error
