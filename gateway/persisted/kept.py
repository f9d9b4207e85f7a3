"""Documents that clients sent once, to be named by their hash from then on. Bounded.

In charge of what is forgotten first. Must never check a hash: who keeps one has.
"""

from __future__ import annotations

import sys
from collections import OrderedDict


class Kept:
    """Documents by hash, in so many bytes at most, of which those in use stay longest.

    A document that is new has its place in a fifth of the room, and moves on when it is
    asked for: however many come that nobody asks for, what is in use stays. The idea is
    2Q's (Johnson and Shasha).
    """

    __slots__ = ("_new", "_used", "limit")

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._new = _Room()
        self._used = _Room()

    def find(self, hash_: str) -> str | None:
        """The document, or None."""
        text = self._used.again(hash_)
        if text is not None:
            return text
        text = self._new.take(hash_)
        if text is not None:
            self._used.keep(hash_, text, self.limit - self.limit // 5)
        return text

    def keep(self, hash_: str, text: str) -> None:
        """Keep a document, unless there is no room for one of its size."""
        if self._used.again(hash_) is None:
            self._new.keep(hash_, text, self.limit // 5)

    @property
    def bytes(self) -> int:
        """What the documents take."""
        return self._new.bytes + self._used.bytes

    def __len__(self) -> int:
        return len(self._new.texts) + len(self._used.texts)

    def __repr__(self) -> str:
        return f"<Kept {len(self)}, {self.bytes} of {self.limit} bytes>"


class _Room:
    """Documents, the one longest unused first."""

    __slots__ = ("bytes", "texts")

    def __init__(self) -> None:
        self.texts: OrderedDict[str, str] = OrderedDict()
        self.bytes = 0

    def again(self, hash_: str) -> str | None:
        text = self.texts.get(hash_)
        if text is not None:
            self.texts.move_to_end(hash_)
        return text

    def take(self, hash_: str) -> str | None:
        text = self.texts.pop(hash_, None)
        if text is not None:
            self.bytes -= _size(hash_, text)
        return text

    def keep(self, hash_: str, text: str, most: int) -> None:
        size = _size(hash_, text)
        if size > most:
            return
        self.take(hash_)
        while self.bytes + size > most:
            self.take(next(iter(self.texts)))
        self.texts[hash_] = text
        self.bytes += size


def _size(hash_: str, text: str) -> int:
    return sys.getsizeof(hash_) + sys.getsizeof(text)
