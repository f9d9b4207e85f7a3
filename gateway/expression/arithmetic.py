"""What `+ - * / %` and the minus sign mean.

In charge of CEL's arithmetic: 64 bits, errors instead of wrapping, time. Must never
turn text into numbers.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from gateway.expression.kinds import Fault, Uint, kind, no_overload
from gateway.expression.literals import INT_MAX, INT_MIN, UINT_MAX
from gateway.expression.runtime import ITEMS_MAX, elements, mixed, utc

DURATION_MAX: Final = timedelta(seconds=315_576_000_000)
"""CEL's range for durations: ten thousand years."""
TEXT_MAX: Final = 10_000_000
"""The longest text an operation may make, in characters."""


def bounded(number: int) -> int:
    """The number, or a fault where it leaves CEL's int."""
    if INT_MIN <= number <= INT_MAX:
        return number
    raise Fault("integer overflow")


def _unsigned(number: int) -> Uint:
    if 0 <= number <= UINT_MAX:
        return Uint(number)
    raise Fault("unsigned integer overflow")


def add(left: object, right: object) -> object:
    if type(left) is int and type(right) is int:
        return bounded(left + right)
    if isinstance(left, str) and isinstance(right, str):
        return limited(left + right)
    if isinstance(left, bytes) and isinstance(right, bytes):
        return left + right
    if kind(left) == kind(right) == "list":
        joined = [*elements(left), *elements(right)]
        if len(joined) > ITEMS_MAX:
            raise Fault(f"a list of more than {ITEMS_MAX:,} elements")
        return joined
    if isinstance(left, datetime | timedelta) and isinstance(
        right, datetime | timedelta
    ):
        return _add_time(left, right)
    return _numbers("+", left, right, lambda a, b: a + b)


def limited(text: str) -> str:
    """The text, or a fault where it is longer than any answer needs."""
    if len(text) > TEXT_MAX:
        raise Fault(f"a text of more than {TEXT_MAX:,} characters")
    return text


def _add_time(left: datetime | timedelta, right: datetime | timedelta) -> object:
    if isinstance(right, datetime):
        left, right = right, left
    if isinstance(right, datetime):
        raise no_overload("+", left, right)
    try:
        if isinstance(left, datetime):
            return utc(left) + right
        return _lasting(left + right)
    except OverflowError:
        raise Fault("time out of range") from None


def _lasting(length: timedelta) -> timedelta:
    if abs(length) > DURATION_MAX:
        raise Fault("duration out of range")
    return length


def subtract(left: object, right: object) -> object:
    if type(left) is int and type(right) is int:
        return bounded(left - right)
    if isinstance(right, timedelta) and isinstance(left, datetime | timedelta):
        return _add_time(left, -right)
    if isinstance(left, datetime) and isinstance(right, datetime):
        return utc(left) - utc(right)
    return _numbers("-", left, right, lambda a, b: a - b)


def multiply(left: object, right: object) -> object:
    if type(left) is int and type(right) is int:
        return bounded(left * right)
    return _numbers("*", left, right, lambda a, b: a * b)


def divide(left: object, right: object) -> object:
    if isinstance(left, int) and isinstance(right, int) and not _is_bool(left, right):
        _same_sign_kind("/", left, right)
        return _whole(left, right, quotient(left, right))
    return _numbers("/", left, right, _ratio)


def modulo(left: object, right: object) -> object:
    if not (isinstance(left, int) and isinstance(right, int)) or _is_bool(left, right):
        raise no_overload("%", left, right)
    _same_sign_kind("%", left, right)
    whole = quotient(left, right, "modulus by zero")
    bounded(whole) if type(left) is int else None
    return _whole(left, right, left - right * whole)


def quotient(left: int, right: int, by_zero: str = "divide by zero") -> int:
    """The quotient rounded towards zero, as CEL has it."""
    if right == 0:
        raise Fault(by_zero)
    whole = abs(left) // abs(right)
    return whole if (left < 0) == (right < 0) else -whole


def _whole(left: int, right: int, result: int) -> int:
    both = isinstance(left, Uint) and isinstance(right, Uint)
    return _unsigned(result) if both else bounded(result)


def _same_sign_kind(op: str, left: int, right: int) -> None:
    if isinstance(left, Uint) is not isinstance(right, Uint):
        raise no_overload(op, left, right)


def _is_bool(left: object, right: object) -> bool:
    return isinstance(left, bool) or isinstance(right, bool)


def _ratio(left: float, right: float) -> float:
    if right != 0:
        return left / right
    left, right = float(left), float(right)
    if left == 0 or math.isnan(left):
        return math.nan
    return math.copysign(math.inf, left) * math.copysign(1.0, right)


def _numbers(
    op: str, left: object, right: object, apply: Callable[[float, float], float]
) -> object:
    """Two numbers of which one is a double, or both unsigned."""
    pair = mixed(left, right)
    if pair is None:
        raise no_overload(op, left, right)
    if isinstance(left, Uint) or isinstance(right, Uint):
        if type(left) is not type(right):
            raise no_overload(op, left, right)
        return _unsigned(int(apply(*pair)))
    try:
        return apply(*pair)
    except (ArithmeticError, OverflowError):
        raise Fault("number out of range") from None


def negate(value: object) -> object:
    if type(value) is int:
        return bounded(-value)
    if isinstance(value, float | Decimal):
        return -value
    raise no_overload("-", value)
