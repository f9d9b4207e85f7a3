"""A bounded mapping that forgets what was not used for the longest time."""

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

    def __len__(self) -> int:
        return len(self._kept)

    def __repr__(self) -> str:
        return f"<Bounded {len(self._kept)} of {self.limit}>"
