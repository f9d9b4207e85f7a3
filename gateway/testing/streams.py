"""A source that is listened to and says what a test tells it to. No I/O.

In charge of standing in for real streams. Knows nothing of subscribers.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from gateway.connectors.base import Call
from gateway.connectors.streams.base import StreamEvent
from gateway.errors import ErrorClass, UpstreamError
from gateway.testing.source import ScriptedSource
from gateway.values import canonical


@dataclass(slots=True, eq=False)
class ScriptedStream(ScriptedSource):
    """Says the same to everybody who listens; steps that call it have their script.

    ``listened`` are all listenings as they began, each with the event after which.
    ``refuses`` is what a new one ends with. What was said with an ``id`` is kept.
    """

    listened: list[tuple[Call[Any], str | None]] = field(default_factory=list)
    refuses: UpstreamError | None = None
    kept: list[StreamEvent] = field(default_factory=list)
    _ears: list[asyncio.Queue[StreamEvent | UpstreamError | None]] = field(
        default_factory=list
    )
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def listening(self) -> int:
        """How many listen now."""
        return len(self._ears)

    async def until(self, listening: int) -> None:
        """Wait until so many listen."""
        while self.listening != listening:
            self._changed.clear()
            await self._changed.wait()

    def say(
        self,
        body: object,
        *,
        id: str | None = None,  # noqa: A002 - the event's own word
        headers: Mapping[str, str] | None = None,
        trouble: str | None = None,
    ) -> None:
        """One event, to everybody who listens now."""
        event = StreamEvent(
            body, id, dict(headers or {}), len(canonical(body)), trouble
        )
        if id is not None:
            self.kept.append(event)
        for ear in self._ears:
            ear.put_nowait(event)

    def fail(self, error: UpstreamError) -> None:
        """The connection breaks, for everybody who listens now."""
        for ear in self._ears:
            ear.put_nowait(error)

    def end(self) -> None:
        """There is nothing more to say."""
        for ear in self._ears:
            ear.put_nowait(None)

    @asynccontextmanager
    async def listen(
        self, call: Call[Any], after: str | None
    ) -> AsyncIterator[AsyncIterator[StreamEvent]]:
        """What is said from now on, or from what is kept after an event.

        Raises:
            UpstreamError: the script says so, or the event is not kept.
        """
        self.listened.append((call, after))
        if self.refuses is not None:
            raise self.refuses
        ear: asyncio.Queue[StreamEvent | UpstreamError | None] = asyncio.Queue()
        for event in self._after(after):
            ear.put_nowait(event)
        self._ears.append(ear)
        self._changed.set()
        try:
            async with aclosing(_heard(ear)) as events:
                yield events
        finally:
            self._ears.remove(ear)
            self._changed.set()

    def _after(self, place: str | None) -> list[StreamEvent]:
        if place is None:
            return []
        ids = [event.id for event in self.kept]
        if place not in ids:
            message = "The event is not known any more."
            raise UpstreamError(message, kind=ErrorClass.REJECTED)
        return self.kept[ids.index(place) + 1 :]


async def _heard(
    ear: asyncio.Queue[StreamEvent | UpstreamError | None],
) -> AsyncGenerator[StreamEvent, None]:
    while (said := await ear.get()) is not None:
        if isinstance(said, UpstreamError):
            raise said
        yield said
