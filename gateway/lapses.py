"""Spans of one length that mostly do not end: one timer for all of them.

Each attempt at a call has a timeout that hardly ever passes, and a timer of its own
costs more than all else that guards it. Spans of one length end in the order in which
they began, so it is enough to watch the oldest. The idea is the timer wheel's.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

from gateway.record import Struct

_EARLY = 0.001
"""Seconds; loops whose clock is coarse may wake us before it is time."""
_MOST_LENGTHS = 1_000


class Lapse(Struct, eq=False):
    """One span. `cancel` is what mostly becomes of it."""

    until: float
    end: Callable[[], None] | None

    def cancel(self) -> None:
        """It does not end any more, not even where its time is up already."""
        self.end = None

    def ring(self) -> None:
        """Its time is up."""
        end, self.end = self.end, None
        if end is not None:
            end()


class Lapses:
    """Spans of one length on one event loop.

    Must never hold what a cancelled span would have called.
    """

    __slots__ = ("_last", "_line", "_timer", "loop", "seconds")

    def __init__(self, loop: asyncio.AbstractEventLoop, seconds: float) -> None:
        self.loop = loop
        self.seconds = seconds
        self._line: deque[Lapse] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._last = 0.0

    def __len__(self) -> int:
        return len(self._line)

    def begin(
        self, until: float, end: Callable[[], None]
    ) -> Lapse | asyncio.TimerHandle:
        """A span that ends at a point on the loop's clock, unless it is cancelled."""
        line = self._line
        while line and line[0].end is None:
            line.popleft()
        if until < self._last:  # it would have to wait for one that began before it
            return self.loop.call_at(until, end)
        self._last = until
        lapse = Lapse(until, end)
        line.append(lapse)
        if self._timer is None:
            self._timer = self.loop.call_at(until, self._rung)
        return lapse

    def _rung(self) -> None:
        self._timer = None
        line, now = self._line, self.loop.time() + _EARLY
        while line and (line[0].end is None or line[0].until <= now):
            self.loop.call_soon(line.popleft().ring)  # a failure holds up no other
        if line:
            self._timer = self.loop.call_at(line[0].until, self._rung)


class LapsesOf:
    """The spans of each length, on the loop that runs."""

    __slots__ = ("_known",)

    def __init__(self) -> None:
        self._known: dict[float, Lapses] = {}

    def __call__(self, seconds: float, loop: asyncio.AbstractEventLoop) -> Lapses:
        """Those that take so many seconds. Of very many lengths all begin anew."""
        found = self._known.get(seconds)
        if found is None or found.loop is not loop:
            if len(self._known) >= _MOST_LENGTHS:
                self._known.clear()
            found = self._known[seconds] = Lapses(loop, seconds)
        return found
