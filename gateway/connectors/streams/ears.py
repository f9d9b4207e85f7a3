"""Who listens to one connection: each with a queue of his own, by what he listens to.

In charge of who is told what, and of giving up on who falls too far behind. Decides
without waiting. Must never let a slow listener keep another from hearing, nor drop an
event without a word.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field

from gateway.connectors.streams.base import StreamEvent
from gateway.connectors.streams.reading import Reading, event_of
from gateway.errors import ErrorClass, UpstreamError

MOST = 1_000
"""Events that may wait for one listener."""


@dataclass(slots=True, eq=False)
class Ear:
    """One listener. Past ``most`` events that wait he is told that he lost the thread.

    ``over`` is why nothing more comes; None while he listens.
    """

    reading: Reading
    most: int = MOST
    over: UpstreamError | None = None
    _waiting: deque[StreamEvent] = field(default_factory=deque)
    _woken: asyncio.Event = field(default_factory=asyncio.Event)

    def tell(self, event: StreamEvent) -> None:
        if self.over is not None:
            return
        if len(self._waiting) >= self.most:
            self.fail(broken(f"{self.most} events waited, and another came"))
            return
        self._waiting.append(event)
        self._woken.set()

    def fail(self, error: UpstreamError) -> None:
        """Nothing more comes; what waits is heard first."""
        if self.over is None:
            self.over = error
            self._woken.set()

    async def events(self) -> AsyncGenerator[StreamEvent, None]:
        """What he is told, in order.

        Raises:
            UpstreamError: what `fail` was told.
        """
        while True:
            while self._waiting:
                yield self._waiting.popleft()
            if self.over is not None:
                raise self.over
            self._woken.clear()
            await self._woken.wait()


@dataclass(slots=True)
class Ears:
    """The listeners of one connection, by topic."""

    _by_topic: dict[str, set[Ear]] = field(default_factory=dict)

    @property
    def topics(self) -> frozenset[str]:
        """What anybody listens to."""
        return frozenset(self._by_topic)

    def add(self, topic: str, ear: Ear) -> None:
        self._by_topic.setdefault(topic, set()).add(ear)

    def remove(self, topic: str, ear: Ear) -> None:
        ears = self._by_topic.get(topic, set())
        ears.discard(ear)
        if not ears:
            self._by_topic.pop(topic, None)

    def say(self, topic: str, content: bytes, headers: Mapping[str, str]) -> None:
        """Tell everybody who listens to a topic, each as he reads it."""
        for ear in self._by_topic.get(topic, ()):
            ear.tell(event_of(content, ear.reading, None, headers))

    def fail(self, error: UpstreamError) -> None:
        """The connection is over, for everybody."""
        for ears in self._by_topic.values():
            for ear in ears:
                ear.fail(error)
        self._by_topic.clear()


def broken(detail: str) -> UpstreamError:
    """Events may have been lost: whoever listens begins anew, or goes on after one."""
    message = "The connection to the source broke."
    return UpstreamError(message, kind=ErrorClass.RESET, detail=detail)
