"""A Kafka as a source that is listened to: topics, each with all its partitions.

In charge of which topics may be listened to. Each listening has a consumer of its own;
the library is imported when somebody listens.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager
from typing import TYPE_CHECKING, Any, cast

from gateway.connectors.base import Call, Reply, Slot, Wire
from gateway.connectors.kafka.places import read
from gateway.connectors.probing import Probed
from gateway.connectors.rendering import rejected
from gateway.connectors.running import Running
from gateway.connectors.settings import KafkaSettings
from gateway.connectors.streams.base import StreamEvent
from gateway.connectors.streams.reading import Reading, name_of
from gateway.connectors.streams.target import Named, StreamTarget
from gateway.errors import ErrorClass, UpstreamError
from gateway.values import JsonValue

if TYPE_CHECKING:
    from gateway.connectors.kafka.line import Line

EXTRA = "pip install 'headwater[kafka]'"
_TOPIC = re.compile(r"[A-Za-z0-9._-]{1,249}")
_LATE = "The source did not answer in time."


class KafkaSource:
    """One Kafka. Nothing is opened before somebody listens."""

    __slots__ = ("_running", "_settings")

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings
        self._running = Running()

    def render(self, call: Call[StreamTarget]) -> Wire:
        return Wire(("kafka", topic_of(call), call.target.decode))

    def describe(self, call: Call[StreamTarget]) -> Mapping[str, JsonValue]:
        return {"listens": {"channel": topic_of(call)}}

    async def call(self, _call: Call[Any]) -> Reply:
        message = "The source answers no calls."
        raise UpstreamError(message, kind=ErrorClass.REJECTED)

    async def probe(self, _targets: Mapping[str, object]) -> Probed:
        """Log in; nothing is listened to.

        Raises:
            UpstreamError: it cannot be reached, or does not accept who we are.
        """
        with self._running:
            line = self._line()
            try:
                await line.open()
            finally:
                await line.close()
            return Probed("Kafka")

    @asynccontextmanager
    async def listen(
        self, call: Call[StreamTarget], after: str | None
    ) -> AsyncIterator[AsyncIterator[StreamEvent]]:
        """What it says from now on, or after one; `streams.base.Stream.listen`."""
        topic = topic_of(call)
        if after is not None:
            read(after)
        reading = Reading(self._settings.response_limit, call.target.decode)
        with self._running:
            line = self._line()
            try:
                try:
                    async with asyncio.timeout_at(call.deadline.at):
                        await line.open()
                        await line.follow(topic, after)
                except TimeoutError:
                    raise UpstreamError(_LATE, kind=ErrorClass.TIMEOUT) from None
                async with aclosing(line.events(reading)) as events:
                    yield events
            finally:
                await line.close()

    async def close(self) -> None:
        await self._running.ended()

    def _line(self) -> Line:
        try:
            from gateway.connectors.kafka.line import Line
        except ImportError:
            why = "Kafka is not installed here."
            raise UpstreamError(why, kind=ErrorClass.CONNECT, detail=EXTRA) from None
        return Line(self._settings)


def topic_of(call: Call[StreamTarget]) -> str:
    """The topic that is listened to.

    Raises:
        UpstreamError: rejected, for what is no topic, and for a value that would
            listen to one of Kafka's own.
    """
    topic = name_of(call)
    if not _TOPIC.fullmatch(topic) or topic in {".", ".."}:
        raise rejected("This is no topic to listen to.")
    if isinstance(cast("Named", call.target.what).name, Slot) and topic[:2] == "__":
        raise rejected("A topic that values are filled into does not begin with '__'.")
    return topic
