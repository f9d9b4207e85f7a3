"""What compiled projections call for whole columns, the values of a field in all rows.

Each is a few steps in C, whatever the number of rows. Must mean what one row after the
other would mean, or leave by `Bail`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain, islice
from typing import Any

from gateway.execution.model import Join, Ok
from gateway.response.reads import Bail, answer

OBJECT = frozenset({dict})
_LIST = frozenset({list, tuple})
_NULL = type(None)
TEXT, TEXT_NULL = frozenset({str}), frozenset({str, _NULL})
TRUTH, TRUTH_NULL = frozenset({bool}), frozenset({bool, _NULL})
INT, INT_NULL = frozenset({int}), frozenset({int, _NULL})
FLOAT, FLOAT_NULL = frozenset({float}), frozenset({float, _NULL})
_OK, _JOIN = frozenset({Ok}), frozenset({Join})
_LEAST, _GREATEST = -(2**31), 2**31 - 1

CALLED = (
    *("OBJECT", "TEXT", "TEXT_NULL", "TRUTH", "TRUTH_NULL"),
    *("INT", "INT_NULL", "FLOAT", "FLOAT_NULL"),
    *("listed", "column", "children", "there", "scattered", "flat", "regrouped"),
    *("ints_fit", "floats_fit"),
)
"""What compiled projections call by its name here."""


def listed(value: object) -> list[object]:
    """A value that has to be a list."""
    if value.__class__ is not tuple:
        raise Bail
    return list(value)


def column(
    rows: Sequence[Mapping[str, object]],
    get: Callable[[Mapping[str, object]], object],
    key: str,
) -> list[object]:
    """A key of each row; None where a row has none."""
    try:
        return list(map(get, rows))
    except KeyError:
        return [row.get(key) for row in rows]


def children(
    outcomes: Mapping[int, object], rows: Iterable[object], key: str | None
) -> list[object]:
    """What an entity step came to for each row, or a key of it."""
    came: list[Any] = list(map(outcomes.get, map(id, rows)))
    if key is None and _OK.issuperset(map(type, came)):
        values = [one.value for one in came]
        if _JOIN.isdisjoint(map(type, values)):
            return values
    return [answer(one, key) for one in came]


def there(values: list[object]) -> list[object]:
    """Those of a column that are not null."""
    if None in values:
        return [value for value in values if value is not None]
    return values


def scattered(finished: list[object], values: Sequence[object]) -> list[object]:
    """What those came to, each in its place of the column."""
    if len(finished) == len(values):
        return finished
    each = iter(finished)
    return [None if value is None else next(each) for value in values]


def flat(values: Sequence[object]) -> tuple[list[int], list[object]]:
    """The items of all lists of a column in one, and how many each has."""
    if not _LIST.issuperset(map(type, values)):
        raise Bail
    lists: Sequence[Sequence[object]] = values  # type: ignore[assignment]
    return list(map(len, lists)), list(chain.from_iterable(lists))


def regrouped(items: Iterable[object], sizes: Iterable[int]) -> list[list[object]]:
    """Them as lists again."""
    each = iter(items)
    return [list(islice(each, size)) for size in sizes]


def ints_fit(values: Iterable[int | None]) -> bool:
    """Whether all fit into GraphQL's 32 bits."""
    known = list(filter(None, values))
    return not known or (min(known) >= _LEAST and max(known) <= _GREATEST)


def floats_fit(values: Iterable[float | None]) -> bool:
    """Whether all are finite; False also where only their sum is not."""
    total = sum(filter(None, values))
    return total - total == 0.0
