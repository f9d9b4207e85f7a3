"""Optionals: values that may be absent.

In charge of making and of reading them. Must never confuse absent with null.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from gateway.expression.kinds import ABSENT, NONE, Fault, Maybe, kind
from gateway.expression.library import function
from gateway.expression.runtime import held

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@function("optional.none", args=0)
def none() -> Maybe:
    return NONE


@function("optional.of")
def of(value: object) -> Maybe:
    return Maybe(value)


@function("optional.ofNonZeroValue")
def of_non_zero(value: object) -> Maybe:
    """None for null, false, zero and the epoch, and for empty text, lists and maps."""
    empty = value is None or (
        isinstance(value, bool | int | float | str | bytes | list | tuple | Mapping)
        and not value
    )
    zero = value == timedelta() if isinstance(value, timedelta) else value == _EPOCH
    return NONE if empty or zero else Maybe(value)


@function("hasValue", args=0, form="method")
def has_value(value: object) -> bool:
    return held(value) is not ABSENT


@function("value", args=0, form="method")
def value_of(value: object) -> object:
    inner = held(value)
    if inner is ABSENT:
        raise Fault("optional.none() has no value")
    return inner


@function("or", form="method", lazy=True)
def either(value: object, other: Callable[[], object]) -> Maybe:
    """The first optional that has a value, else none."""
    inner = held(value)
    if inner is not ABSENT:
        return Maybe(inner)
    second = other()
    if isinstance(second, Maybe):
        return second
    raise Fault(f"or() takes an optional, found {kind(second)}")


@function("orValue", form="method", lazy=True)
def or_value(value: object, other: Callable[[], object]) -> object:
    """What the optional holds, else the other value."""
    inner = held(value)
    return other() if inner is ABSENT else inner
