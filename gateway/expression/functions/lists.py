"""Functions of lists: size, order, shape.

In charge of lists as wholes; going over their elements is for macros. Must never change
a list it was given.
"""

from __future__ import annotations

from collections.abc import Mapping

from gateway.expression.kinds import NONE, Fault, Maybe, no_overload
from gateway.expression.library import function
from gateway.expression.runtime import ITEMS_MAX, elements, equal
from gateway.expression.sorting import sorted_values


@function("size")
def size(value: object) -> int:
    """How many characters, bytes, elements or entries."""
    if isinstance(value, str | bytes | list | tuple | Mapping):
        return len(value)
    raise no_overload("size()", value)


function("size", args=0, form="method")(size)


@function("sort", args=0, form="method")
def sort(value: object) -> list[object]:
    items = elements(value)
    return sorted_values(items, items)


@function("distinct", args=0, form="method")
def distinct(value: object) -> list[object]:
    """Each value once, where it comes first."""
    kept: list[object] = []
    texts: set[str] = set()
    for item in elements(value):
        if isinstance(item, str):
            if item not in texts:
                texts.add(item)
                kept.append(item)
        elif not any(equal(item, other) for other in kept):
            kept.append(item)
    return kept


@function("flatten", args=(0, 1), form="method")
def flatten(value: object, depth: object = 1) -> list[object]:
    if type(depth) is not int or depth < 0:
        raise Fault("flatten() takes a depth from 0")
    flat: list[object] = []
    for item in elements(value):
        if depth > 0 and isinstance(item, list | tuple):
            flat.extend(flatten(item, depth - 1))
        else:
            flat.append(item)
    return flat


@function("slice", args=2, form="method")
def part(value: object, start: object, end: object) -> list[object]:
    items = elements(value)
    if type(start) is not int or type(end) is not int:
        raise no_overload("slice()", value, start, end)
    if not 0 <= start <= end <= len(items):
        raise Fault(f"slice out of range: {start} to {end} of {len(items)}")
    return list(items[start:end])


@function("reverse", args=0, form="method")
def reverse(value: object) -> object:
    """A list or a text, back to front."""
    return value[::-1] if isinstance(value, str) else list(elements(value)[::-1])


@function("first", args=0, form="method")
def first(value: object) -> Maybe:
    items = elements(value)
    return Maybe(items[0]) if items else NONE


@function("last", args=0, form="method")
def last(value: object) -> Maybe:
    items = elements(value)
    return Maybe(items[-1]) if items else NONE


@function("lists.range")
def numbers(count: object) -> list[int]:
    """0 to ``count`` - 1."""
    if type(count) is not int:
        raise no_overload("lists.range()", count)
    if count < 0:
        raise Fault("lists.range() by a negative number")
    if count > ITEMS_MAX:
        raise Fault(f"a list of more than {ITEMS_MAX:,} elements")
    return list(range(count))
