"""When something was last invalidated: the memory of it that outlives the entries.

A call that began before an invalidation may have read what is no longer true, and its
reply arrives afterwards; the stamp is what refuses it. In charge of the memory store's
stamps; must never hold more of them than it is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

MOST = 100_000


class Stamps:
    """A time for each name. Of too many the oldest goes, and counts for all names.

    So what is forgotten costs good entries, and never lets a bad one through.
    """

    __slots__ = ("_floor", "_limit", "_times")

    def __init__(self, limit: int = MOST) -> None:
        self._limit = limit
        self._times: dict[str, float] = {}
        self._floor = float("-inf")

    def mark(self, names: Iterable[str], now: float) -> None:
        """All of them are invalidated now."""
        for name in names:
            self._times.pop(name, None)
            self._times[name] = now
        while len(self._times) > self._limit:
            oldest = next(iter(self._times))
            self._floor = max(self._floor, self._times.pop(oldest))

    def refuse(self, names: Iterable[str], since: float) -> bool:
        """Whether one of them was invalidated at `since` or later."""
        if since <= self._floor:
            return True
        times = self._times
        return bool(times) and any(
            name in times and times[name] >= since for name in names
        )

    def __len__(self) -> int:
        return len(self._times)


def names_of(tags: Sequence[str], keys: Sequence[str]) -> list[str]:
    """Tags and keys are stamped in one map, and one may be spelled as the other."""
    return [*(f"t{tag}" for tag in tags), *(f"k{key}" for key in keys)]
