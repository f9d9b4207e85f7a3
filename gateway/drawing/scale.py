"""Where a time stands in the picture of times, and the measures of its rows.

In charge of one scale for all rows. Must never draw.
"""

from __future__ import annotations

from typing import Final

from gateway.record import Model

MARGIN: Final = 20
NAMES: Final = 230
SPAN: Final = 620
ROW: Final = 30
_THINNEST: Final = 1.5


class Scale(Model, frozen=True):
    """Milliseconds to the picture's units.

    ``most`` is how long all of it took, ``before`` how much of that the request was
    under way when its first step began, from which the times of steps count.
    """

    most: float
    before: float = 0.0

    def x(self, at: float) -> float:
        """Where a time since the first step began stands."""
        since = min(at + self.before, self.most)
        return MARGIN + NAMES + SPAN * since / self.most

    def width(self, time: float) -> float:
        """How wide so long a time is; whatever happened is seen."""
        return max(_THINNEST, SPAN * min(time, self.most) / self.most)


def right() -> float:
    """Where words stand that belong to a row."""
    return MARGIN + NAMES + SPAN + 12
