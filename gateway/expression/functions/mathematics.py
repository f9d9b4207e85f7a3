"""The math extension: `math.greatest`, `math.round` and their like.

In charge of numbers. Must never turn a double into an int silently.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Decimal

from gateway.expression.arithmetic import bounded
from gateway.expression.kinds import Fault, Uint, kind, no_overload
from gateway.expression.library import function
from gateway.expression.runtime import NUMERIC, elements, less


def _numbers(name: str, values: tuple[object, ...]) -> list[object]:
    given = list(values)
    if len(given) == 1 and kind(given[0]) == "list":
        given = list(elements(given[0]))
    if not given or any(kind(value) not in NUMERIC for value in given):
        raise no_overload(name, *values)
    return given


@function("math.greatest", args=None)
def greatest(*values: object) -> object:
    best, *others = _numbers("math.greatest()", values)
    for other in others:
        if less(best, other):
            best = other
    return best


@function("math.least", args=None)
def least(*values: object) -> object:
    best, *others = _numbers("math.least()", values)
    for other in others:
        if less(other, best):
            best = other
    return best


@function("math.abs")
def absolute(value: object) -> object:
    if isinstance(value, Uint | float | Decimal):
        return abs(value) if not isinstance(value, Uint) else value
    if type(value) is int:
        return bounded(abs(value))
    raise no_overload("math.abs()", value)


@function("math.sign")
def sign(value: object) -> object:
    if isinstance(value, float | Decimal):
        return value if value != value else float((value > 0) - (value < 0))  # noqa: PLR0124
    if isinstance(value, int) and not isinstance(value, bool):
        return type(value)((value > 0) - (value < 0))
    raise no_overload("math.sign()", value)


def _rounding(name: str, apply: Callable[[float], float]) -> None:
    @function(f"math.{name}")
    def rounded(value: object) -> float:
        if not isinstance(value, float | Decimal):
            raise no_overload(f"math.{name}()", value)
        number = float(value)
        return float(apply(number)) if math.isfinite(number) else number


def _half_away(number: float) -> float:
    """Halves away from zero: 2.5 → 3, -2.5 → -3."""
    whole = math.trunc(number)
    if abs(number - whole) >= 0.5:  # noqa: PLR2004 - a half
        whole += 1 if number > 0 else -1
    return math.copysign(whole, number)


_rounding("ceil", math.ceil)
_rounding("floor", math.floor)
_rounding("round", _half_away)
_rounding("trunc", math.trunc)


@function("math.isNaN")
def is_nan(value: object) -> bool:
    return math.isnan(_double("math.isNaN()", value))


@function("math.isInf")
def is_infinite(value: object) -> bool:
    return math.isinf(_double("math.isInf()", value))


@function("math.isFinite")
def is_finite(value: object) -> bool:
    return math.isfinite(_double("math.isFinite()", value))


def _double(name: str, value: object) -> float:
    if isinstance(value, float | Decimal):
        return float(value)
    raise no_overload(name, value)


@function("math.sqrt")
def square_root(value: object) -> float:
    if kind(value) not in NUMERIC or not isinstance(value, int | float | Decimal):
        raise no_overload("math.sqrt()", value)
    return math.sqrt(value) if value >= 0 else math.nan


def _bits(name: str, apply: Callable[[int, int], int]) -> None:
    @function(f"math.{name}", args=2)
    def combined(left: object, right: object) -> int:
        if isinstance(left, Uint) and isinstance(right, Uint):
            return Uint(apply(int(left), int(right)))
        if type(left) is int and type(right) is int:
            return apply(left, right)
        raise no_overload(f"math.{name}()", left, right)


_bits("bitAnd", lambda left, right: left & right)
_bits("bitOr", lambda left, right: left | right)
_bits("bitXor", lambda left, right: left ^ right)


@function("math.bitNot")
def bit_not(value: object) -> int:
    if isinstance(value, Uint):
        return Uint(~int(value) & (2**64 - 1))
    if type(value) is int:
        return ~value
    raise no_overload("math.bitNot()", value)


def _shifted(name: str, value: object, by: object) -> tuple[int, int]:
    if kind(value) not in {"int", "uint"} or type(by) is not int:
        raise no_overload(name, value, by)
    if by < 0:
        raise Fault(f"{name} by a negative number")
    if not isinstance(value, int):
        raise no_overload(name, value, by)
    return int(value) & (2**64 - 1), by


def _as(value: object, bits: int) -> int:
    if isinstance(value, Uint):
        return Uint(bits)
    return bits - 2**64 if bits >= 2**63 else bits


@function("math.bitShiftLeft", args=2)
def shift_left(value: object, by: object) -> int:
    bits, count = _shifted("math.bitShiftLeft()", value, by)
    return _as(value, (bits << min(count, 64)) & (2**64 - 1))


@function("math.bitShiftRight", args=2)
def shift_right(value: object, by: object) -> int:
    bits, count = _shifted("math.bitShiftRight()", value, by)
    return _as(value, bits >> min(count, 64))
