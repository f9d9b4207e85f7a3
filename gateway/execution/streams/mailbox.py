"""What waits for one subscriber, bounded, and what becomes of one who is slow.

In charge of order and of room. Every change is a plain function, so that whoever
brings an event never waits for whoever takes it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Hashable
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple

from gateway.connectors.streams.base import StreamEvent
from gateway.execution.model import StepResult
from gateway.record import Model


class Slow(Enum):
    """What becomes of a subscriber who takes events more slowly than they come.

    CLOSE ends the subscription; DROP_OLDEST loses what waits longest; LATEST keeps
    nothing waiting but the last event.
    """

    CLOSE = "close"
    DROP_OLDEST = "drop_oldest"
    LATEST = "latest"


class Room(Model, frozen=True):
    """How much may wait, in events and in bytes as received, and what if it is more."""

    events: int = 1_000
    size: int = 1_000_000
    slow: Slow = Slow.CLOSE


class SubscriptionRules(Model, frozen=True):
    """How many subscriptions a process has at most, and what may wait for each."""

    most: int = 10_000
    room: Room = Room()


DEFAULT_RULES = SubscriptionRules()


class Item(NamedTuple):
    """An event that waits. ``result`` is set where the stream's step failed on it.

    ``dropped`` counts those lost since the item before it; ``missed`` says that some
    may have been said that nobody here heard.
    """

    event: StreamEvent
    result: StepResult | None = None
    dropped: int = 0
    missed: bool = False


@dataclass(slots=True)
class Mailbox:
    """The events that wait for one subscriber, in order.

    ``stirred`` is set whenever there is something new to look at.
    """

    room: Room
    stirred: asyncio.Event = field(default_factory=asyncio.Event)
    overflown: bool = False
    dropped: int = 0
    """Lost since the last one that was taken."""
    missed: bool = False
    _waiting: dict[Hashable, Item] = field(default_factory=dict)
    _size: int = 0

    def __len__(self) -> int:
        return len(self._waiting)

    def put(
        self, event: StreamEvent, result: StepResult | None, about: Hashable | None
    ) -> int:
        """Let an event wait; how many were lost by it.

        Of two that are ``about`` one thing the later one is enough; None: each counts.
        """
        if self.overflown:
            return 0
        key: Hashable = object() if about is None else ("about", about)
        self._forget(key)
        lost = self._make_room(event.size)
        if self.overflown:
            return lost + 1
        self._waiting[key] = Item(event, result)
        self._size += event.size
        self.dropped += lost
        self.stirred.set()
        return lost

    def take(self) -> Item | None:
        """The one that waits longest; None where none does."""
        if not self._waiting:
            return None
        item = self._waiting.pop(next(iter(self._waiting)))
        self._size -= item.event.size
        found = item._replace(dropped=self.dropped, missed=self.missed)
        self.dropped, self.missed = 0, False
        return found

    def clear(self) -> int:
        """Forget what waits; how many there were."""
        lost = len(self._waiting)
        self._waiting.clear()
        self._size = 0
        return lost

    def _make_room(self, size: int) -> int:
        """Lose what has to be lost for one more of a size."""
        room = self.room
        if room.slow is Slow.LATEST:
            return self.clear()
        lost = 0
        while self._waiting and (
            len(self._waiting) >= room.events or self._size + size > room.size
        ):
            if room.slow is Slow.CLOSE:
                self.overflown = True
                self.stirred.set()
                return self.clear()
            self._forget(next(iter(self._waiting)))
            lost += 1
        return lost

    def _forget(self, key: Hashable) -> None:
        item = self._waiting.pop(key, None)
        if item is not None:
            self._size -= item.event.size
