"""Time is handed in: the clock port and deadlines.

Limits are deadlines (points in time), never durations: three attempts under one
deadline share what is left of it.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from gateway.record import Model, Record

_LOOP_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


class Clock(Protocol):
    """Seconds on a clock that never goes back, and the time of day."""

    def now(self) -> float:
        """Seconds since some fixed point; comparable only with itself."""

    def wall(self) -> datetime:
        """The time of day, in UTC."""


class LoopClock(Model, frozen=True):
    """The running event loop's own time: virtual where the loop's is.

    The time of day goes with it, from the beginning of 2026 at the loop's zero.
    """

    def now(self) -> float:
        return asyncio.get_running_loop().time()

    def wall(self) -> datetime:
        return _LOOP_EPOCH + timedelta(seconds=self.now())


@dataclass(frozen=True, slots=True)
class SystemClock:
    """The machine's monotonic clock, in full resolution.

    Event loops run on the same clock, so its points in time are theirs; but uvloop
    tells it in milliseconds.
    """

    now = staticmethod(time.monotonic)  # asked at every turn: no frame of its own

    def wall(self) -> datetime:
        return datetime.now(UTC)


class Deadline(Record, frozen=True, order=True):
    """A point on the clock after which nobody waits any more."""

    at: float

    @classmethod
    def after(cls, seconds: float, clock: Clock) -> Deadline:
        return cls(clock.now() + seconds)

    def earlier(self, at: float) -> Deadline:
        """This deadline or `at`, whichever comes first."""
        return self if self.at <= at else Deadline(at)

    def left(self, clock: Clock) -> float:
        """Seconds left; never negative."""
        return max(0.0, self.at - clock.now())
