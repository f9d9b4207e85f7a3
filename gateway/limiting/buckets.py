"""Token buckets: how often somebody may ask. Decided at once, from memory alone.

In charge of whether there is one more, and of forgetting whom nothing holds back. Time
is handed in, from a clock that never goes back. Must never wait, nor grow with the
number of those who ask.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from gateway.units import Rate

MOST = 20_000
"""Whoever is counted at a time: some 3 MB for each rate."""
_LOOKED_AT = 16
_SLACK = 1e-9
_DEEPEST = 2
"""How many buckets may be owed: a fleet finds out a moment late what others gave."""


class Buckets:
    """Buckets of one rate, by whom they are. See Note [one number].

    ``spent`` is told of each token that was taken.
    """

    __slots__ = ("_each", "_span", "_until", "most", "rate", "spent")

    def __init__(self, rate: Rate, most: int = MOST) -> None:
        self.rate = rate
        self.most = most
        self.spent: Callable[[Buckets, str], None] | None = None
        self._span = rate.seconds
        self._each = rate.seconds / rate.times
        self._until: dict[str, float] = {}

    def take(self, who: str, now: float) -> float:
        """Take one, and 0; or the seconds until there is one, and nothing is taken."""
        until = self._until.get(who, now)
        if until < now:  # noqa: PLR1730 - this is on the way of every request
            until = now
        wait = until + self._each - self._span - now
        if wait > _SLACK:
            return wait
        self._until[who] = until + self._each
        if len(self._until) > self.most:
            self._forget(now)
        if self.spent is not None:
            self.spent(self, who)
        return 0.0

    def learn(self, who: str, now: float, owed: float, unsaid: int) -> None:
        """What the fleet took: the bucket is full again ``owed`` seconds from now.

        ``unsaid`` is how many were taken here that the fleet has not heard of.
        """
        owed = min(owed, self._span * _DEEPEST) + unsaid * self._each
        self._until[who] = now + owed
        if len(self._until) > self.most:
            self._forget(now)

    @property
    def each(self) -> float:
        """Seconds in which one more comes."""
        return self._each

    def _forget(self, now: float) -> None:
        """Let go of the oldest that is full, else of the oldest."""
        kept = self._until
        for who in self._oldest():
            until = kept.pop(who)
            if until <= now or len(kept) > self.most:
                return
            kept[who] = until
        del kept[next(iter(kept))]

    def _oldest(self) -> Iterator[str]:
        for _ in range(_LOOKED_AT):
            yield next(iter(self._until))

    def __len__(self) -> int:
        return len(self._until)

    def __repr__(self) -> str:
        return f"<Buckets of {self.rate.times} in {self.rate.seconds:g}s: {len(self)}>"


# Note [one number]
# A bucket holds as many as the rate says, and one comes back every `seconds / times`.
# All there is to know of it is when it will be full: ATM's generic cell rate algorithm.
# A bucket that is full is one that nobody keeps, so whoever comes rarely costs nothing;
# and "took n more" is the same whoever says it first, so that a fleet can add up.
