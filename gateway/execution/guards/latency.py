"""How long an endpoint usually takes, measured: the times of its last answers.

Plain functions of the time. Must never guess: with few answers, or only old ones,
nothing is known.
"""

from __future__ import annotations

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
    """The times of one endpoint's last answers, in seconds.

    They are put in order where somebody asks: few calls do, and every one adds.
    """

    _last: deque[float] = field(default_factory=lambda: deque(maxlen=SAMPLE))
    _heard: float = -inf

    def add(self, seconds: float, now: float) -> None:
        """An answer came at `now` and took so long."""
        if now - self._heard > FORGOTTEN:
            self._last.clear()
        self._last.append(seconds)
        self._heard = now

    def percentile(self, percent: float, now: float) -> float | None:
        """The time that so many of a hundred answers do not exceed; None if unknown."""
        self._forget(now)
        count = len(self._last)
        if count < ENOUGH:
            return None
        return sorted(self._last)[max(0, ceil(count * percent / 100) - 1)]

    def _forget(self, now: float) -> None:
        if self._last and now - self._heard > FORGOTTEN:
            self._last.clear()


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
