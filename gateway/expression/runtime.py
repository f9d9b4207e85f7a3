"""What operators mean: equality, order, membership, arithmetic, indexing.

In charge of one operation on ready values each; generated code calls them. Must never
mix kinds, but for int and double (the first listed deviation from CEL).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Final

from gateway.expression.kinds import (
    ABSENT,
    NONE,
    Absent,
    Fault,
    Maybe,
    Uint,
    inside,
    kind,
    no_overload,
)

NUMERIC: Final = frozenset({"int", "uint", "double"})
_KEY_KINDS: Final = NUMERIC | {"string", "bool"}
_PLAIN: Final = frozenset({str, int, bool, float, type(None), bytes, timedelta, Uint})
_ORDERED: Final = frozenset({str, int, bool, float, bytes, timedelta, Uint, Decimal})
ITEMS_MAX: Final = 1_000_000
"""How many elements, or loop steps, one evaluation may make."""


def utc(moment: datetime) -> datetime:
    """The moment with a zone: one without is UTC."""
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def mixed(left: object, right: object) -> tuple[float, float] | None:
    """Two numbers as a pair that Python compares; None where one is no number.

    A Decimal stays exact beside an int and acts as a double beside a float.
    """
    if kind(left) not in NUMERIC or kind(right) not in NUMERIC:
        return None
    if isinstance(left, Decimal) and isinstance(right, float):
        return float(left), right
    if isinstance(right, Decimal) and isinstance(left, float):
        return left, float(right)
    return left, right  # type: ignore[return-value]


def equal(left: object, right: object) -> bool:
    """CEL's `==`: values of different kinds are unequal, numbers compare by value."""
    which = type(left)
    if which is type(right) and which in _PLAIN:
        return left == right
    name = kind(left)
    if name in NUMERIC:
        pair = mixed(left, right)
        return pair is not None and pair[0] == pair[1]
    if name != kind(right):
        return False
    return _equal_within(name, left, right)


def _equal_within(name: str, left: object, right: object) -> bool:
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return len(left) == len(right) and all(
            key in right and equal(value, right[key]) for key, value in left.items()
        )
    if name == "list":
        first, second = elements(left), elements(right)
        return len(first) == len(second) and all(map(equal, first, second))
    if isinstance(left, Maybe) and isinstance(right, Maybe):
        return equal(left.held, right.held)
    if isinstance(left, datetime) and isinstance(right, datetime):
        return utc(left) == utc(right)
    return left == right


def elements(value: object) -> list[object] | tuple[object, ...]:
    """The elements of a list; a fault where the value is none."""
    if isinstance(value, list | tuple):
        return value
    if kind(value) == "list" and isinstance(value, Iterable):
        return list(value)
    raise Fault(f"expected a list, found {kind(value)}")


def compared(op: str, left: object, right: object) -> tuple[object, object]:
    """The two values as Python can order them."""
    pair = mixed(left, right)
    if pair is not None:
        return pair
    if isinstance(left, datetime) and isinstance(right, datetime):
        return utc(left), utc(right)
    same = type(left) is type(right)
    if same and (type(left) in _ORDERED or isinstance(left, date)):
        return left, right
    raise no_overload(op, left, right)


def less(left: object, right: object) -> bool:
    if type(left) is not type(right) or type(left) not in _ORDERED:
        left, right = compared("<", left, right)
    return left < right  # type: ignore[operator,no-any-return]


def less_or_equal(left: object, right: object) -> bool:
    if type(left) is not type(right) or type(left) not in _ORDERED:
        left, right = compared("<=", left, right)
    return left <= right  # type: ignore[operator,no-any-return]


def member(item: object, of: object) -> bool:
    """CEL's `in`: an element of a list, or a key of a map."""
    which = type(of)
    if which is list or which is tuple:
        if isinstance(item, str):
            return item in elements(of)
        return any(equal(item, other) for other in elements(of))
    if isinstance(of, Mapping):
        if kind(item) not in _KEY_KINDS:
            raise no_overload("in", item, of)
        key = _key(item)
        return key is not ABSENT and _entry(of, key) is not ABSENT
    if kind(of) != "list":
        raise no_overload("in", item, of)
    return any(equal(item, other) for other in elements(of))


def _key(value: object) -> object:
    """The value as a map's key is stored; ABSENT where no map can hold it."""
    if isinstance(value, str | bool | int):
        return value
    if isinstance(value, float | Decimal) and math.isfinite(value) and value % 1 == 0:
        return int(value)
    return ABSENT


def _entry(value: Mapping[object, object], key: object) -> object | Absent:
    """What the map holds; Python takes true for 1 and false for 0, CEL does not."""
    if not isinstance(key, str) and key in {0, 1}:
        wanted = isinstance(key, bool)
        return next(
            (v for k, v in value.items() if k == key and isinstance(k, bool) is wanted),
            ABSENT,
        )
    return value.get(key, ABSENT)


def index(value: object, key: object) -> object:
    """`value[key]`: a fault where there is no such element or key."""
    if isinstance(value, Maybe):
        return optional_index(value, key)
    found = _lookup(value, key)
    if found is not ABSENT:
        return found
    if isinstance(value, Mapping):
        raise Fault(f"no such key: {key!r}" if _key(key) is not ABSENT else "bad key")
    raise Fault(f"index out of range: {key!r} of {len(elements(value))}")


def _lookup(value: object, key: object) -> object | Absent:
    if isinstance(value, Mapping):
        stored = _key(key)
        if stored is ABSENT:
            raise no_overload("a map's index", key)
        return _entry(value, stored)
    if kind(value) != "list":
        raise no_overload("indexing", value, key)
    items = elements(value)
    if isinstance(key, float) and key.is_integer():
        key = int(key)
    if not isinstance(key, int) or isinstance(key, bool):
        raise no_overload("a list's index", key)
    return items[key] if 0 <= key < len(items) else ABSENT


def optional_index(value: object, key: object) -> Maybe:
    """`value[?key]`: none where there is no such element or key."""
    if isinstance(value, Maybe):
        value = value.held
    if value is ABSENT or value is None:
        return NONE
    found = _lookup(value, key)
    return NONE if found is ABSENT else Maybe(found)


def optional_select(value: object, field: str) -> Maybe:
    """`value.?field`: none where it is absent, and on null (a listed deviation)."""
    if isinstance(value, Maybe):
        value = value.held
    if type(value) is dict:  # the common case, without an abstract base class
        found = value.get(field, ABSENT)
        return NONE if found is ABSENT else Maybe(found)
    if value is ABSENT or value is None:
        return NONE
    return inside(value, field)


def has(value: object, field: str) -> bool:
    """`has(value.field)`: whether the map has the key, whatever it holds."""
    if isinstance(value, Maybe):
        return value[field].held is not ABSENT
    if not isinstance(value, Mapping):
        raise Fault(f"cannot select {field!r} on {kind(value)}")
    return field in value


def not_(value: object) -> bool:
    if isinstance(value, bool):
        return not value
    raise no_overload("!", value)


def no_bool(value: object) -> Fault:
    """The fault of a condition that is no bool."""
    return Fault(f"expected a bool, found {kind(value)}")


def loop_items(value: object, budget: list[int]) -> Iterable[object]:
    """What a macro goes over: a list's elements or a map's keys."""
    items: list[object] | tuple[object, ...]
    if isinstance(value, list | tuple):
        items = value
    elif isinstance(value, Mapping):
        items = list(value)
    else:
        items = elements(value)
    budget[0] -= len(items)
    if budget[0] < 0:
        raise Fault(f"more than {ITEMS_MAX:,} loop steps in one evaluation")
    return items


def make_list(items: Iterable[tuple[object, bool]]) -> list[object]:
    """A list literal with optional elements: those that are none are left out."""
    made: list[object] = []
    for item, optional in items:
        value = held(item) if optional else item
        if value is not ABSENT:
            made.append(value)
    return made


def make_map(entries: Iterable[tuple[object, object, bool]]) -> dict[object, object]:
    """A map literal; a fault for a key twice and for keys that CEL has not."""
    made: dict[object, object] = {}
    for key, item, optional in entries:
        if not isinstance(key, str | bool | int):
            raise Fault(f"a map's key cannot be {kind(key)}")
        value = held(item) if optional else item
        if value is ABSENT:
            continue
        if key in made:
            raise Fault(f"the key {key!r} is there twice")
        made[key] = value
    return made


def held(value: object) -> object:
    """What an optional holds, or ABSENT; a fault where the value is no optional."""
    if isinstance(value, Maybe):
        return value.held
    raise Fault(f"expected an optional, found {kind(value)}")
