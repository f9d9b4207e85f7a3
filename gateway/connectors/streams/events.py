"""Server-sent events of an HTTP API, as a source that is listened to.

In charge of what the request says and of what an event is. How it travels is
`transport.streaming`, how its bytes are read `parsing`. Must never connect again by
itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager
from typing import TYPE_CHECKING, Any, Protocol

from gateway.connectors.acceptance import invalid
from gateway.connectors.base import Call, Wire
from gateway.connectors.rendering import rejected
from gateway.connectors.rest_request import RestTarget
from gateway.connectors.streams.base import StreamEvent
from gateway.connectors.streams.parsing import EventParser
from gateway.connectors.streams.reading import Reading, event_of
from gateway.connectors.streams.target import StreamTarget
from gateway.errors import ErrorClass, UpstreamError
from gateway.record import Model
from gateway.values import JsonValue

if TYPE_CHECKING:
    from gateway.connectors.transport.streaming import Streamed  # httpx takes its time

_MEDIA = "text/event-stream"
_ASKED = {"accept": _MEDIA, "cache-control": "no-cache"}
_NO_MORE = 204
IDLE_SECONDS = 60.0
"""How long a source is silent that is there; the standard advises a comment each 15."""


class Streams(Protocol):
    """A source that can be asked for a reply that is read as it comes."""

    def streamed(
        self, call: Call[Any], added: Mapping[str, str]
    ) -> AbstractAsyncContextManager[Streamed]: ...

    def render(self, call: Call[Any]) -> Wire: ...

    def describe(self, call: Call[Any]) -> Mapping[str, JsonValue]: ...


class Events(Model, frozen=True):
    """Server-sent events. ``only`` are the types of those that count; None: all.

    ``idle`` is how many seconds nothing at all may come, not even a comment.
    """

    request: RestTarget
    only: frozenset[str] | None = None
    idle: float = IDLE_SECONDS

    def over(self, source: Streams) -> EventSource:
        """The source as one that is listened to in this way."""
        return EventSource(source, self)


class EventSource:
    """Implements `streams.base.Stream`."""

    __slots__ = ("_events", "_source")

    def __init__(self, source: Streams, events: Events) -> None:
        self._source = source
        self._events = events

    def render(self, call: Call[StreamTarget]) -> Wire:
        only = self._events.only
        types = None if only is None else tuple(sorted(only))
        key = self._source.render(self._asked(call)).key
        return Wire(("events", types, self._events.idle, call.target.decode, key))

    def describe(self, call: Call[StreamTarget]) -> Mapping[str, JsonValue]:
        return {**self._source.describe(self._asked(call)), "listens": _MEDIA}

    @asynccontextmanager
    async def listen(
        self, call: Call[StreamTarget], after: str | None
    ) -> AsyncIterator[AsyncIterator[StreamEvent]]:
        """What it sends from now on, or after an event by its `Last-Event-ID`."""
        added = {**_ASKED, **_resumed(after)}
        async with self._source.streamed(self._asked(call), added) as reply:
            check_media(reply)
            events = self._heard(reply, call.target, after)
            async with aclosing(events) as heard:
                yield heard

    async def _heard(
        self, reply: Streamed, target: StreamTarget, after: str | None
    ) -> AsyncGenerator[StreamEvent, None]:
        if reply.status == _NO_MORE:
            return
        only, reading = self._events.only, Reading(reply.limit, target.decode)
        parser = EventParser(reading.limit, after or "")
        async for chunk in noisy(reply.chunks, self._events.idle):
            for sent in parser.feed(chunk):
                if only is not None and sent.type not in only:
                    continue
                place, headers = sent.id or None, {"event": sent.type}
                if sent.content is None:
                    why = "it is too large"
                    yield StreamEvent(None, place, headers, sent.size, trouble=why)
                else:
                    yield event_of(sent.content, reading, place, headers)
        message = "The source ended its stream."
        raise UpstreamError(message, kind=ErrorClass.RESET)

    def _asked(self, call: Call[StreamTarget]) -> Call[Any]:
        asked: Call[Any] = call
        return asked._replace(target=self._events.request, wire=None)


async def noisy(
    chunks: AsyncIterator[bytes], idle: float
) -> AsyncGenerator[bytes, None]:
    """The chunks, as long as they come; what they are read of is freed by its owner.

    Raises:
        UpstreamError: reset, where nothing came for so many seconds.
    """
    while True:
        try:
            async with asyncio.timeout(idle):
                chunk = await anext(chunks, None)
        except TimeoutError:
            message = "The source has been silent for too long."
            detail = f"no byte in {idle:g} s"
            raise UpstreamError(message, kind=ErrorClass.RESET, detail=detail) from None
        if chunk is None:
            return
        yield chunk


def check_media(reply: Streamed) -> None:
    """Refuse what are no server-sent events.

    Raises:
        UpstreamError: invalid.
    """
    media = reply.headers.get("content-type", "").partition(";")[0].strip().lower()
    if reply.status != _NO_MORE and media != _MEDIA:
        raise invalid("The source did not answer with server-sent events.")


def _resumed(after: str | None) -> Mapping[str, str]:
    """The header that says where to go on; rejected for what no header can carry."""
    if after is None:
        return {}
    if not after.isprintable():
        raise rejected("There is no such event to go on after.")
    return {"last-event-id": after}
