"""Bounded mappings, by what they forget first."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Bounded(Generic[K, V]):
    """At most `limit` values. Built on the insertion order of dicts."""

    __slots__ = ("_kept", "limit")

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._kept: dict[K, V] = {}

    def get(self, key: K, make: Callable[[], V]) -> V:
        """The value kept under the key; made and kept where there is none.

        What `make` raises is not kept.
        """
        kept = self._kept
        if key in kept:
            value = kept.pop(key)
        else:
            value = make()
            while len(kept) >= self.limit:
                del kept[next(iter(kept))]
        kept[key] = value
        return value

    def peek(self, key: K) -> V | None:
        """A value that is kept, or None; looking at it is no use of it."""
        return self._kept.get(key)

    def drop(self, key: K) -> None:
        """Keep nothing under the key."""
        self._kept.pop(key, None)

    def items(self) -> list[tuple[K, V]]:
        """What is kept, by key; what was used last comes last."""
        return list(self._kept.items())

    def values(self) -> list[V]:
        """What is kept; what was used last comes last."""
        return list(self._kept.values())

    def __contains__(self, key: K) -> bool:
        return key in self._kept

    def __len__(self) -> int:
        return len(self._kept)

    def __repr__(self) -> str:
        return f"<Bounded {len(self._kept)} of {self.limit}>"


class Proven(Generic[K, V]):
    """At most `limit` values, of which those that were used again stay longest.

    A value that is new has one of a fifth of the places, and moves on to the others
    when it is asked for again. So however many come that are used once, what is in use
    stays. The idea is 2Q's (Johnson and Shasha).
    """

    __slots__ = ("_last", "_new", "_proven", "limit")

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._new: dict[K, V] = {}
        self._proven: dict[K, V] = {}
        self._last: V | None = None

    def get(self, key: K, make: Callable[[], V]) -> V:
        """The value kept under the key; made and kept where there is none.

        What `make` raises is not kept.
        """
        known = self.found(key)
        if known is not None:
            return known
        if key in self._new:
            value = self._new.pop(key)
            self.keep(key, value)
            return value
        value = make()
        _keep(self._new, key, value, max(1, self.limit // 5))
        return value

    def found(self, key: K) -> V | None:
        """A value that was asked for before and is asked for again; else None."""
        value = self._proven.get(key)
        if value is not None and value is not self._last:  # which is the last already
            self._last = self._proven[key] = self._proven.pop(key)
        return value

    def peek(self, key: K) -> V | None:
        """A value that is kept, or None; looking at it is no use of it."""
        value = self._proven.get(key)
        return value if value is not None else self._new.get(key)

    def keep(self, key: K, value: V) -> None:
        """Keep a value that is known to be in use, in place of any other."""
        self._new.pop(key, None)
        self._proven.pop(key, None)
        self._last = value
        _keep(self._proven, key, value, max(1, self.limit - self.limit // 5))

    def in_use(self) -> list[tuple[K, V]]:
        """What was asked for more than once; what was used last comes last."""
        return list(self._proven.items())

    def __contains__(self, key: K) -> bool:
        return key in self._proven or key in self._new

    def __len__(self) -> int:
        return len(self._new) + len(self._proven)

    def __repr__(self) -> str:
        return f"<Proven {len(self._proven)} and {len(self._new)} new of {self.limit}>"


def _keep(kept: dict[K, V], key: K, value: V, most: int) -> None:
    while len(kept) >= most:
        del kept[next(iter(kept))]
    kept[key] = value
