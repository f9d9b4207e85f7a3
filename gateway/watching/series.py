"""What is counted of one thing over time: its outcomes, and how long it took.

Plain numbers, changed in one thread and read in the same: nothing is locked. Must never
have a name that callers choose.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import Final

from gateway.record import Struct, field

BOUNDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Seconds: the upper bounds of the buckets, as Prometheus' own clients have them."""
OTHER: Final = "other"
"""What stands for names beyond the most that are told apart."""


def _none() -> list[int]:
    return [0] * (len(BOUNDS) + 1)


class Series(Struct, eq=False):
    """One operation or step: how often it came to what, and after how many seconds.

    Of what ``usual`` names only the time is kept: how often that was follows from how
    many times there are. ``unusual`` has all else; ``more`` are the calls besides one
    for each time, fewer where that is negative.
    """

    labels: tuple[str, ...]
    usual: str
    unusual: dict[str, int] = field(default_factory=dict)
    buckets: list[int] = field(default_factory=_none)
    total: float = 0.0
    more: int = 0
    skipped: int = 0

    def add(self, outcome: str, seconds: float) -> None:
        """It came to this."""
        if outcome != self.usual:
            self.unusual[outcome] = self.unusual.get(outcome, 0) + 1
        self.buckets[bisect_left(BOUNDS, seconds)] += 1
        self.total += seconds

    @property
    def ran(self) -> int:
        """How often it came to anything."""
        return sum(self.buckets)

    @property
    def calls(self) -> int:
        """How many calls were sent for it."""
        return self.ran + self.more

    @property
    def outcomes(self) -> dict[str, int]:
        """How often it came to what; nothing is there that never was."""
        usual = self.ran - sum(self.unusual.values())
        told = {self.usual: usual, **self.unusual, "skipped": self.skipped}
        return {outcome: count for outcome, count in told.items() if count}


class Family(Struct, eq=False):
    """All series of one kind by their labels, ``most`` at the most.

    ``usual`` is what nearly all of them come to.
    """

    most: int
    usual: str
    found: dict[tuple[str, ...], Series] = field(default_factory=dict)

    def of(self, *labels: str) -> Series:
        """The series with these labels; beyond the most, that of all others."""
        series = self.found.get(labels)
        if series is None:
            if len(self.found) >= self.most:
                labels = (OTHER,) * len(labels)
                if labels in self.found:
                    return self.found[labels]
            series = self.found[labels] = Series(labels, self.usual)
        return series
