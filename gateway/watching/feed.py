"""What happened lately, in order, for readers who each come along at their own pace.

In charge of a bounded past and of what a reader missed. No reader has a queue of his
own: a slow one costs nothing, and is told how much was lost to him. Must never wait.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from itertools import count
from threading import Lock
from typing import Final, NamedTuple

from gateway.record import Struct, field

_MOST: Final = 1_000
"""Events that are kept for readers, and bytes of them."""
_BYTES: Final = 4_000_000


class Told(NamedTuple):
    """One event: its number in this process, its kind, and JSON."""

    number: int
    kind: str
    body: bytes


class Batch(NamedTuple):
    """What a reader gets: how many he missed, what follows, where he stands then."""

    lost: int
    events: tuple[Told, ...]
    upto: int


class Feed(Struct, eq=False):
    """The events of one process. They may come from any thread."""

    kept: deque[Told] = field(default_factory=deque)
    size: int = 0
    numbers: Iterator[int] = field(default_factory=lambda: count(1))
    last: int = 0
    lock: Lock = field(default_factory=Lock)

    def tell(self, kind: str, body: bytes) -> int:
        """Add an event; its number."""
        with self.lock:
            self.last = number = next(self.numbers)
            self.kept.append(Told(number, kind, body))
            self.size += len(body)
            while len(self.kept) > _MOST or self.size > _BYTES:
                self.size -= len(self.kept.popleft().body)
        return number

    def after(self, number: int, most: int) -> Batch:
        """What follows the event of this number, so many at most."""
        with self.lock:
            kept = tuple(self.kept)
            last = self.last
        first = kept[0].number if kept else last + 1
        lost = max(0, first - number - 1)
        found = tuple(one for one in kept if one.number > number)[:most]
        return Batch(lost, found, found[-1].number if found else last)

    def clear(self) -> None:
        """Forget all; numbers go on."""
        with self.lock:
            self.kept.clear()
            self.size = 0
