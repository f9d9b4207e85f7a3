"""Sorting by CEL's order.

In charge of one order over a list of one kind. Must never order values of two kinds,
but for numbers.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence

from gateway.expression.kinds import Fault, kind
from gateway.expression.runtime import less


def sorted_values(items: Sequence[object], keys: Sequence[object]) -> list[object]:
    """The items by their keys, stable; a fault where two keys have no order."""
    for key in keys[:1]:
        if kind(key) in {"null", "list", "map", "optional", "type"}:
            raise Fault(f"cannot sort by {kind(key)}")
    order = functools.cmp_to_key(_compared)
    places = sorted(range(len(items)), key=lambda place: order(keys[place]))
    return [items[place] for place in places]


def _compared(left: object, right: object) -> int:
    if less(left, right):
        return -1
    return 1 if less(right, left) else 0
