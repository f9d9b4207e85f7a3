"""What a bounded store holds: how big, under which tags, and what has to go first.

In charge of the bookkeeping of the memory store and of what is near. Holds keys and
sizes, never replies.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from typing import Generic, TypeVar

from gateway.record import Model

K = TypeVar("K", bound=Hashable)


class _Held(Model, frozen=True):
    size: int
    tags: frozenset[str]


class Ledger(Generic[K]):
    """Keys within a limit of bytes; the least recently used ones go first.

    Built on the insertion order of dicts.
    """

    __slots__ = ("_held", "_limit", "_tagged", "size")

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._held: dict[K, _Held] = {}
        self._tagged: dict[str, set[K]] = {}
        self.size = 0

    def add(self, key: K, size: int, tags: Iterable[str]) -> list[K]:
        """Enter a key in place of what was under it; the keys that have to go."""
        self.remove(key)
        held = self._held[key] = _Held(size, frozenset(tags))
        self.size += size
        for tag in held.tags:
            self._tagged.setdefault(tag, set()).add(key)
        gone: list[K] = []
        while self.size > self._limit:
            oldest = next(iter(self._held))
            self.remove(oldest)
            gone.append(oldest)
        return gone

    def use(self, key: K) -> None:
        """The key was used just now."""
        if key in self._held:
            self._held[key] = self._held.pop(key)

    def remove(self, key: K) -> bool:
        """Strike a key out. False where it was not held."""
        held = self._held.pop(key, None)
        if held is None:
            return False
        self.size -= held.size
        for tag in held.tags:
            keys = self._tagged[tag]
            keys.discard(key)
            if not keys:
                del self._tagged[tag]
        return True

    def tagged(self, tags: Iterable[str]) -> set[K]:
        """Every key with one of the tags."""
        return {key for tag in tags for key in self._tagged.get(tag, ())}

    def __contains__(self, key: K) -> bool:
        return key in self._held

    def __iter__(self) -> Iterator[K]:
        return iter(self._held)

    def __len__(self) -> int:
        return len(self._held)
