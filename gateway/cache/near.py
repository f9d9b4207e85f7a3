"""Entries at hand: found by a plain look-up, read already, bounded.

The near tier in front of a store. What it holds is a store's entry as it was read
once, which all requests share from then on. In charge of how much that is and of
forgetting; whether a copy still stands is its store's to say. Must never wait.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

from gateway.cache.base import CallKey, Entry
from gateway.cache.ledger import Ledger
from gateway.cache.stamps import names_of

SHARE = 8
"""Values are several times as large as their bytes: so much less of them is at hand."""
_OVERHEAD = 1_000
"""Bytes that a copy costs beside its reply: its key, objects, places in the maps."""


_OFTEN = 16
"""Changes after which a use is noted again: to note each costs more than to find it."""


@dataclass(slots=True)
class Copy:
    """An entry at hand, of which its store was asked at ``since``, on its own clock.

    It stands for these ``tags``; those of another reader may have been invalidated.
    ``noted`` is when its use was last noted, in changes.
    """

    entry: Entry
    text: str
    tags: tuple[str, ...]
    since: float
    noted: int = 0


def _untold(_text: str) -> None:
    """Nobody wants to know what is used."""


class Near:
    """At most `limit` bytes, as stores count them; the least recently used go first.

    `used` is told a text now and then, as long as its copy is in use.
    """

    __slots__ = ("_changes", "_copies", "_ledger", "_limit", "_used")

    def __init__(self, limit: int, used: Callable[[str], None] = _untold) -> None:
        self._limit = limit
        self._used = used
        self._changes = 0
        self._copies: dict[Hashable, Copy] = {}
        self._ledger: Ledger[Hashable] = Ledger(limit)

    def find(self, key: CallKey, tags: Sequence[str]) -> Copy | None:
        """The copy that was kept for a reader with these tags."""
        copy = self._copies.get(key.of)
        if copy is None or copy.tags != tags:
            return None
        if self._changes - copy.noted >= _OFTEN:
            copy.noted = self._changes
            self._ledger.use(key.of)
            self._used(copy.text)
        return copy

    def changed(self) -> None:
        """Something was kept, here or in the store."""
        self._changes += 1

    def keep(
        self, key: CallKey, entry: Entry, tags: Sequence[str], since: float = 0.0
    ) -> None:
        """Have an entry at hand from now on; not one that would push out all others."""
        size = entry.weight + _OVERHEAD
        if size * SHARE > self._limit:
            self.forget(key)
            return
        self._copies[key.of] = Copy(entry, key.text, tuple(tags), since, self._changes)
        self._changes += 1
        named = names_of(tags, (key.text,))
        for name in self._ledger.add(key.of, size, named):
            del self._copies[name]

    def forget(self, key: CallKey) -> None:
        """It is not at hand any more."""
        if self._ledger.remove(key.of):
            del self._copies[key.of]

    def forget_all(self, tags: Sequence[str], texts: Sequence[str]) -> None:
        """Nothing under one of the tags, or of the keys with these texts."""
        for name in self._ledger.tagged(names_of(tags, texts)):
            self._ledger.remove(name)
            del self._copies[name]

    def clear(self) -> None:
        """Forget everything."""
        self._copies.clear()
        self._ledger = Ledger(self._limit)

    def __len__(self) -> int:
        return len(self._copies)

    def __repr__(self) -> str:
        return f"<Near {len(self)} copies, {self._ledger.size} bytes>"
