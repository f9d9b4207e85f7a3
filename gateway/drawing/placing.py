"""Where each box stands, in units of the picture: none touches another.

In charge of coordinates. Must never know what a box says.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from gateway.drawing.layers import Layers, Spot
from gateway.record import Model

WIDTH: Final = 208
HEIGHT: Final = 70
GAP: Final = 168
"""Between two columns; what a line says stands there."""
SPACE: Final = 22
"""Between two boxes of a column."""
MARGIN: Final = 20
_PORT: Final = 15
"""What a line takes of a box's side."""
_PASSED: Final = 14
"""What a long line takes of a column that it only passes."""
_SWEEPS: Final = 6
_TALLEST: Final = 60
"""Lines that a box grows with; more share its side."""


class Area(NamedTuple):
    """Where a box stands: its left upper corner, and its size."""

    x: float
    y: float
    width: float
    height: float

    @property
    def middle(self) -> float:
        return self.y + self.height / 2


class Placed(Model, frozen=True):
    """Every spot's area, and how much room all of them take."""

    areas: Mapping[Spot, Area]
    width: float
    height: float


def placed(layers: Layers, top: float) -> Placed:
    """Areas for all spots; the first row begins at ``top``."""
    heights = {spot: _height(spot, layers) for one in layers.columns for spot in one}
    middles: dict[Spot, float] = {}
    for column in layers.columns:
        middles.update(_spread(column, [0.0] * len(column), heights))
    for sweep in range(_SWEEPS):
        forth = sweep % 2 == 0
        tied = layers.left if forth else layers.right
        for column in layers.columns if forth else layers.columns[::-1]:
            wished = [_wish(spot, tied, middles) for spot in column]
            middles.update(_spread(column, wished, heights))
    first = min((m - heights[s] / 2 for s, m in middles.items()), default=0.0)
    areas: dict[Spot, Area] = {}
    for number, column in enumerate(layers.columns):
        x = MARGIN + number * (WIDTH + GAP)
        for spot in column:
            y = middles[spot] - heights[spot] / 2 - first + top
            areas[spot] = Area(x, round(y, 1), WIDTH, heights[spot])
    width = 2 * MARGIN + len(layers.columns) * (WIDTH + GAP) - GAP
    bottom = max((one.y + one.height for one in areas.values()), default=top)
    return Placed(areas, max(width, 2 * MARGIN), bottom)


def _height(spot: Spot, layers: Layers) -> float:
    if not isinstance(spot, str):
        return _PASSED
    sides = (len(layers.left.get(spot, ())), len(layers.right.get(spot, ())))
    return max(HEIGHT, (min(max(sides), _TALLEST) + 1) * _PORT)


def _wish(
    spot: Spot, tied: Mapping[Spot, Sequence[Spot]], middles: Mapping[Spot, float]
) -> float:
    others = tied.get(spot, ())
    if not others:
        return middles[spot]
    return sum(middles[other] for other in others) / len(others)


def _spread(
    column: Sequence[Spot], wished: Sequence[float], heights: Mapping[Spot, float]
) -> dict[Spot, float]:
    """Middles as near to the wished ones as they can be in this order, and apart.

    Least squares by pooling neighbours that want to pass each other (the "pool
    adjacent violators" of isotonic regression).
    """
    offsets, at = [], 0.0
    for number, spot in enumerate(column):
        if number:
            at += (heights[column[number - 1]] + heights[spot]) / 2 + SPACE
        offsets.append(at)
    pools: list[tuple[float, int]] = []
    for wish, offset in zip(wished, offsets, strict=True):
        mean, count = wish - offset, 1
        while pools and pools[-1][0] > mean:
            other, many = pools.pop()
            mean = (mean * count + other * many) / (count + many)
            count += many
        pools.append((mean, count))
    means = [mean for mean, count in pools for _ in range(count)]
    triples = zip(column, means, offsets, strict=True)
    return {spot: mean + offset for spot, mean, offset in triples}
