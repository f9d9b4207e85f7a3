"""How long an endpoint usually takes, measured: the times of its last answers.

Plain functions of the time. Must never guess: with few answers, or only old ones,
nothing is known.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import deque
from dataclasses import dataclass, field
from math import ceil, inf

SAMPLE = 128
"""Answers that are remembered."""
ENOUGH = 20
"""Answers from which on something is known."""
FORGOTTEN = 60.0
"""Seconds without an answer after which nothing is known any more: what was slow and
is not asked for that would never be found quick again."""
_MOST_ENDPOINTS = 1_000


@dataclass(slots=True)
class Times:
    """The times of one endpoint's last answers, in seconds, in order of size too."""

    _last: deque[float] = field(default_factory=deque)
    _ordered: list[float] = field(default_factory=list)
    _heard: float = -inf

    def add(self, seconds: float, now: float) -> None:
        """An answer came at `now` and took so long."""
        self._forget(now)
        if len(self._last) >= SAMPLE:
            del self._ordered[bisect_left(self._ordered, self._last.popleft())]
        self._last.append(seconds)
        insort(self._ordered, seconds)
        self._heard = now

    def percentile(self, percent: float, now: float) -> float | None:
        """The time that so many of a hundred answers do not exceed; None if unknown."""
        self._forget(now)
        count = len(self._ordered)
        if count < ENOUGH:
            return None
        return self._ordered[max(0, ceil(count * percent / 100) - 1)]

    def _forget(self, now: float) -> None:
        if self._last and now - self._heard > FORGOTTEN:
            self._last.clear()
            self._ordered.clear()


@dataclass(slots=True)
class Latencies:
    """A source's times by endpoint. Of very many the longest known is forgotten."""

    _known: dict[str, Times] = field(default_factory=dict)

    def of(self, endpoint: str) -> Times:
        found = self._known.get(endpoint)
        if found is None:
            if len(self._known) >= _MOST_ENDPOINTS:
                del self._known[next(iter(self._known))]
            found = self._known[endpoint] = Times()
        return found
