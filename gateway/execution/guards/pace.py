"""How many calls a source gets in a time: a token bucket, told by one number.

Plain functions of the time; who has to wait for its turn waits elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf

_AT_ONCE = 10
_SOON = 1e-6


@dataclass(slots=True)
class Pace:
    """At most `times` calls in `seconds`, spread evenly.

    After a quiet time a tenth of them may go at once, or ten where that is more. So
    the first window has so many more, and no later one. The reckoning is the generic
    cell rate algorithm: ``_due`` is when the bucket would be full again.
    """

    times: int
    seconds: float
    _due: float = field(init=False, default=-inf)

    def wait(self, now: float, ahead: int = 0) -> float:
        """Seconds until the turn of who comes now, with so many others `ahead`."""
        due = max(self._due, now) + ahead * self._apart
        return max(0.0, due - (self._at_once - 1) * self._apart - now)

    def take(self, now: float) -> bool:
        """Take a turn, if it is one."""
        if self.wait(now) > _SOON:
            return False
        self._due = max(self._due, now) + self._apart
        return True

    def fresh(self) -> Pace:
        """One by the same rule after a quiet time."""
        return Pace(self.times, self.seconds)

    @property
    def _apart(self) -> float:
        return self.seconds / self.times

    @property
    def _at_once(self) -> int:
        return min(self.times, max(_AT_ONCE, self.times // 10))
