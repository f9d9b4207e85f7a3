"""A source that is asked again and again, as one that is listened to.

In charge of when it is asked, and of which answers are news. Polls never overlap, come
apart by chance, and rest longer while they fail. Must never take a failed poll for
news: the log is told, and the last answer stands.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager
from random import uniform
from typing import Any

from gateway.clock import Deadline
from gateway.connectors.base import Call, Reply, Source, Wire
from gateway.connectors.streams.base import StreamEvent
from gateway.connectors.streams.target import StreamTarget
from gateway.errors import UpstreamError
from gateway.expression import ABSENT, EvaluationError, Expression
from gateway.record import Model
from gateway.values import JsonValue, canonical, digest

_APART = 0.1
"""The share by which two polls of one rhythm come apart."""
_LONGEST_REST = 300.0
_MOST_DOUBLINGS = 6


class Polled(Model, frozen=True):
    """A call that is made again ``every`` so many seconds after its answer.

    ``target`` is the call's own. ``changed`` is what of a reply is compared; None: its
    body.
    """

    target: object
    every: float
    changed: Expression | None = None

    def over(self, source: Source[Any]) -> Polling:
        """The source as one that is listened to in this way."""
        return Polling(source, self)


class Polling:
    """Implements `streams.base.Stream` over a source that only answers."""

    __slots__ = ("_polled", "_source")

    def __init__(self, source: Source[Any], polled: Polled) -> None:
        self._source = source
        self._polled = polled

    def render(self, call: Call[StreamTarget]) -> Wire:
        key = self._source.render(self._asked(call)).key
        compared = self._polled.changed
        text = None if compared is None else compared.text
        return Wire(("poll", self._polled.every, text, key))

    def describe(self, call: Call[StreamTarget]) -> Mapping[str, JsonValue]:
        told = self._source.describe(self._asked(call))
        return {"every": f"{self._polled.every:g}s", "poll": dict(told)}

    @asynccontextmanager
    async def listen(
        self, call: Call[StreamTarget], after: str | None
    ) -> AsyncIterator[AsyncIterator[StreamEvent]]:
        """How things stand, and each time that they are different.

        ``after`` is the answer that was known last: an equal one is no news.
        """
        asked = self._asked(call)
        patience = max(call.deadline.at - _now(), 0.0)
        first = await self._source.call(asked)
        async with aclosing(self._events(asked, patience, first, after)) as events:
            yield events

    async def _events(
        self, asked: Call[Any], patience: float, reply: Reply | None, known: str | None
    ) -> AsyncGenerator[StreamEvent, None]:
        failures = 0
        while True:
            if reply is not None:
                event = self._event(reply)
                if event.trouble is not None or event.id != known:
                    known = event.id or known
                    yield event
            await asyncio.sleep(self._rest(failures))
            try:
                reply = await self._source.call(
                    asked._replace(deadline=Deadline(_now() + patience))
                )
                failures = 0
            except UpstreamError as error:
                reply, failures = None, failures + 1
                yield StreamEvent(None, trouble=f"asking failed: {error.message}")

    def _event(self, reply: Reply) -> StreamEvent:
        """The answer as an event, its place being what is compared."""
        if reply.partial:
            why = "parts of the answer are missing"
            return StreamEvent(None, trouble=why, size=reply.size)
        seen: object = reply.body
        if self._polled.changed is not None:
            response = {
                "status": reply.status,
                "headers": reply.headers,
                "body": reply.body,
            }
            try:
                seen = self._polled.changed({"response": response})
            except EvaluationError as error:
                why = f"'changed' cannot be read: {error}"
                return StreamEvent(None, trouble=why, size=reply.size)
        place = digest(canonical(None if seen is ABSENT else seen))
        return StreamEvent(reply.body, place, reply.headers, reply.size)

    def _rest(self, failures: int) -> float:
        every = self._polled.every * 2 ** min(failures, _MOST_DOUBLINGS)
        longest = max(_LONGEST_REST, self._polled.every)
        apart: float = uniform(1 - _APART, 1 + _APART)  # noqa: S311
        return float(min(every, longest)) * apart

    def _asked(self, call: Call[StreamTarget]) -> Call[Any]:
        asked: Call[Any] = call
        return asked._replace(target=self._polled.target, wire=None)


def _now() -> float:
    return asyncio.get_running_loop().time()
