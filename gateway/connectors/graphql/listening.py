"""Subscriptions of a GraphQL API, as a source that is listened to.

In charge of what an event means: a response of GraphQL, by server-sent events as
graphql-sse has them ("distinct connections"). How they travel is `rest`'s. Must never
connect again by itself.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager
from typing import TYPE_CHECKING, Any, Final

from gateway.connectors.base import Call, Wire
from gateway.connectors.bodies.reading import decoded
from gateway.connectors.graphql.answering import answered
from gateway.connectors.graphql.target import GraphqlTarget
from gateway.connectors.streams.base import StreamEvent
from gateway.connectors.streams.events import IDLE_SECONDS, Streams, check_media, noisy
from gateway.connectors.streams.parsing import EventParser, SentEvent
from gateway.connectors.streams.target import StreamTarget
from gateway.errors import ErrorClass, UpstreamError
from gateway.record import Model
from gateway.values import JsonValue

if TYPE_CHECKING:
    from gateway.connectors.transport.streaming import Streamed  # httpx takes its time

_ASKED: Final = {"accept": "text/event-stream", "cache-control": "no-cache"}
_NEXT, _COMPLETE = "next", "complete"


class Subscribed(Model, frozen=True):
    """A subscription of another API. ``idle`` is how many seconds it may be silent."""

    asked: GraphqlTarget
    idle: float = IDLE_SECONDS

    def over(self, source: Streams) -> SubscribedSource:
        """The source as one that is listened to in this way.

        Of one whose calls go together it is the one beneath: these go alone.
        """
        return SubscribedSource(getattr(source, "source", source), self)


class SubscribedSource:
    """Implements `streams.base.Stream`."""

    __slots__ = ("_source", "_what")

    def __init__(self, source: Streams, what: Subscribed) -> None:
        self._source = source
        self._what = what

    def render(self, call: Call[StreamTarget]) -> Wire:
        key = self._source.render(self._asked(call)).key
        return Wire(("subscription", self._what.idle, key))

    def describe(self, call: Call[StreamTarget]) -> Mapping[str, JsonValue]:
        told = self._source.describe(self._asked(call))
        return {**told, "listens": "text/event-stream"}

    @asynccontextmanager
    async def listen(
        self,
        call: Call[StreamTarget],
        after: str | None,  # noqa: ARG002 - such APIs keep nothing
    ) -> AsyncIterator[AsyncIterator[StreamEvent]]:
        """What it answers from now on."""
        async with self._source.streamed(self._asked(call), _ASKED) as reply:
            check_media(reply)
            async with aclosing(self._heard(reply, call)) as events:
                yield events

    async def _heard(
        self, reply: Streamed, call: Call[StreamTarget]
    ) -> AsyncGenerator[StreamEvent, None]:
        parser, failed = EventParser(reply.limit), False
        async for chunk in noisy(reply.chunks, self._what.idle):
            for sent in parser.feed(chunk):
                if sent.type == _COMPLETE and not failed:
                    return
                if sent.type != _NEXT:
                    continue
                event = self._event(sent, call)
                failed = event.trouble is not None
                yield event
        # Also where errors were its last word, such as a token that has expired: it is
        # asked again, with a new one.
        message = "The source ended its stream."
        raise UpstreamError(message, kind=ErrorClass.RESET)

    def _event(self, sent: SentEvent, call: Call[StreamTarget]) -> StreamEvent:
        """A response as an event; where it is a failure, nobody is told of it."""
        if sent.content is None:
            return StreamEvent(None, size=sent.size, trouble="it is too large")
        asked = self._what.asked
        try:
            body = decoded(sent.content, exact=asked.exact)
            found, _ = answered(asked, call.step, body, call.inputs)
        except UpstreamError as error:
            told = ": ".join(filter(None, (error.message.rstrip("."), error.detail)))
            return StreamEvent(None, size=sent.size, trouble=told)
        return StreamEvent(found, size=sent.size)

    def _asked(self, call: Call[StreamTarget]) -> Call[Any]:
        asked: Call[Any] = call
        return asked._replace(target=self._what.asked, wire=None)
