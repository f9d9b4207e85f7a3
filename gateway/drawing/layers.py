"""Which box stands in which column, and in which order: few lines cross.

In charge of order alone. Layers as K. Sugiyama, S. Tagawa and M. Toda have them
("Methods for visual understanding of hierarchical system structures", 1981): each box
one column after the last that it needs, long lines by way of a place in each column
between, and places put in order by the mean of those they are tied to.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from typing import Final, TypeAlias

from gateway.record import Model, field

Spot: TypeAlias = Hashable
"""A box by its id, or a place that a long line passes: ``(line, column)``."""
Pair: TypeAlias = tuple[str, str]

_SWEEPS: Final = 8
_MOST_PASSED: Final = 3_000
"""Places that long lines may take; in a thicket of more they go straight."""


class Layers(Model, frozen=True):
    """The columns from left to right, and for each line the spots that it passes."""

    columns: tuple[tuple[Spot, ...], ...]
    ways: Mapping[int, tuple[Spot, ...]]
    left: Mapping[Spot, Sequence[Spot]] = field(default_factory=dict)
    right: Mapping[Spot, Sequence[Spot]] = field(default_factory=dict)


def layers_of(
    names: Sequence[str], firm: Iterable[Pair], loose: Iterable[Pair]
) -> Layers:
    """Columns for boxes, of pairs of which the first comes before the second.

    Of ``loose`` pairs one may go back: where all of them would make a round, none
    counts. ``ways`` are by the number of the pair, the firm ones first.
    """
    firm, loose = tuple(firm), tuple(loose)
    column = _columns(names, (*firm, *loose)) or _columns(names, firm)
    assert column is not None, "what comes before what was checked"  # noqa: S101
    ways = _ways((*firm, *loose), column)
    count = max(column.values(), default=-1) + 1
    found: list[list[Spot]] = [[] for _ in range(count)]
    for name in names:
        found[column[name]].append(name)
    for way in ways.values():
        for spot in way[1:-1]:
            found[spot[1]].append(spot)  # type: ignore[index]
    left, right = _sides(ways.values())
    return Layers(_ordered(found, left, right), ways, left, right)


def _columns(names: Sequence[str], pairs: Iterable[Pair]) -> dict[str, int] | None:
    """The number of each one's column; None where they go round."""
    before: dict[str, list[str]] = {name: [] for name in names}
    for start, end in pairs:
        before[end].append(start)
    try:
        order = tuple(TopologicalSorter(before).static_order())
    except CycleError:
        return None
    column: dict[str, int] = {}
    for name in order:
        column[name] = max((column[one] + 1 for one in before[name]), default=0)
    return column


def _ways(
    pairs: Sequence[Pair], column: Mapping[str, int]
) -> dict[int, tuple[Spot, ...]]:
    between = sum(max(0, column[b] - column[a] - 1) for a, b in pairs)
    straight = between > _MOST_PASSED
    ways: dict[int, tuple[Spot, ...]] = {}
    for number, (start, end) in enumerate(pairs):
        passed = () if straight else range(column[start] + 1, column[end])
        ways[number] = (start, *((number, at) for at in passed), end)
    return ways


def _sides(
    ways: Iterable[tuple[Spot, ...]],
) -> tuple[dict[Spot, list[Spot]], dict[Spot, list[Spot]]]:
    """Those that each is tied to in the columns before it, and in those after."""
    left: dict[Spot, list[Spot]] = {}
    right: dict[Spot, list[Spot]] = {}
    for way in ways:
        for one, other in pairwise(way):
            right.setdefault(one, []).append(other)
            left.setdefault(other, []).append(one)
    return left, right


def _ordered(
    columns: list[list[Spot]],
    left: Mapping[Spot, Sequence[Spot]],
    right: Mapping[Spot, Sequence[Spot]],
) -> tuple[tuple[Spot, ...], ...]:
    for sweep in range(_SWEEPS):
        forth = sweep % 2 == 0
        turn = columns[1:] if forth else columns[-2::-1]
        place = {spot: at for one in columns for at, spot in enumerate(one)}
        for one in turn:
            _by_mean(one, left if forth else right, place)
    return tuple(map(tuple, columns))


def _by_mean(
    column: list[Spot], tied: Mapping[Spot, Sequence[Spot]], place: dict[Spot, int]
) -> None:
    """Put a column in order; who is tied to nobody stays where he is."""

    def mean(spot: Spot) -> float:
        others = tied.get(spot, ())
        if not others:
            return place[spot]
        return sum(place[other] for other in others) / len(others)

    column.sort(key=mean)
    place.update((spot, at) for at, spot in enumerate(column))
