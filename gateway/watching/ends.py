"""How many requests are traced for how they ended, and how many were.

In charge of a bound: where a source is down every request fails, and making spans of
each would cost what the others need. Must never wait.
"""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

from gateway.record import Struct, field

Why: TypeAlias = Literal["chosen", "failed", "slow", "partial"]
WHYS: Final[tuple[str, ...]] = ("chosen", "failed", "slow", "partial", "left")
A_SECOND: Final = 20
"""Of each kind of end. Spans of one such request cost half a millisecond."""


class Ends(Struct, eq=False):
    """One process's, whichever generation serves. ``counts`` is by why, and `left`."""

    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(WHYS, 0))
    _second: int = 0
    _taken: dict[str, int] = field(default_factory=dict)

    def takes(self, why: Why, at: float) -> bool:
        """Whether a request that ended ``at`` is traced for this; it counts."""
        if why != "chosen":
            if int(at) != self._second:
                self._second, self._taken = int(at), {}
            taken = self._taken.get(why, 0)
            if taken >= A_SECOND:
                self.counts["left"] += 1
                return False
            self._taken[why] = taken + 1
        self.counts[why] += 1
        return True
