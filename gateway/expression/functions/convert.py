"""Conversions between kinds: `int`, `uint`, `double`, `string`, `bool`, `bytes`, ...

In charge of what CEL converts. Must never guess: text that is no number is a fault.
"""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final

from gateway.expression.arithmetic import bounded
from gateway.expression.functions.moments import (
    duration_text,
    read_duration,
    read_timestamp,
    timestamp_text,
)
from gateway.expression.kinds import CelType, Fault, Uint, kind, no_overload, type_of
from gateway.expression.library import function
from gateway.expression.literals import INT_MIN, UINT_MAX
from gateway.expression.runtime import utc

_INTEGER: Final = re.compile(r"[ \t\n\r\f\v]*([+-]?[0-9]{1,40})[ \t\n\r\f\v]*")
_DOUBLE: Final = re.compile(
    r"\s*[+-]?(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[+-]?[0-9]+)?|inf(?:inity)?|nan)\s*",
    re.IGNORECASE | re.ASCII,
)
_HEXADECIMAL: Final = re.compile(
    r"[+-]?0x[0-9a-f]+(?:\.[0-9a-f]*)?(?:p[+-]?[0-9]{1,4})?", re.IGNORECASE
)
_TRUE: Final = frozenset({"true", "True", "TRUE", "t", "1"})
_FALSE: Final = frozenset({"false", "False", "FALSE", "f", "0"})
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SCIENTIFIC_FROM: Final = 6


@function("int")
def to_int(value: object) -> int:
    if isinstance(value, float | Decimal):
        number = _truncated(value)
        if number == INT_MIN:  # CEL's range for doubles leaves this one out
            raise Fault("double out of range")
        return bounded(number)
    if isinstance(value, int):
        return bounded(int(value))
    if isinstance(value, str):
        return bounded(_read_integer(value, "int"))
    if isinstance(value, datetime):
        return math.floor((utc(value) - _EPOCH).total_seconds())
    raise no_overload("int()", value)


@function("uint")
def to_uint(value: object) -> Uint:
    if isinstance(value, bool):
        raise no_overload("uint()", value)
    if isinstance(value, float | Decimal):
        number = -1 if value < 0 else _truncated(value)
    elif isinstance(value, int):
        number = int(value)
    elif isinstance(value, str):
        number = _read_integer(value, "uint")
    else:
        raise no_overload("uint()", value)
    if 0 <= number <= UINT_MAX:
        return Uint(number)
    raise Fault("unsigned integer overflow")


def _truncated(value: float | Decimal) -> int:
    try:
        return int(value)
    except (ValueError, OverflowError):
        raise Fault("double out of range") from None


def _read_integer(text: str, wanted: str) -> int:
    found = _INTEGER.fullmatch(text)
    if found is None or (wanted == "uint" and "-" in text):
        raise Fault(f"the text is no {wanted}")
    return int(found[1])


@function("double")
def to_double(value: object) -> float | Decimal:
    if isinstance(value, float | Decimal):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, str):
        return _read_double(value)
    raise no_overload("double()", value)


def _read_double(text: str) -> float:
    if _DOUBLE.fullmatch(text) is not None:
        return float(text)
    if _HEXADECIMAL.fullmatch(text) is None:
        raise Fault("the text is no double")
    try:
        return float.fromhex(text)
    except OverflowError:
        raise Fault("double out of range") from None


@function("string")
def to_string(value: object) -> str:  # noqa: PLR0911 - a case a kind
    """CEL's `string(value)`; a fault where the value has no text."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(int(value))
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, float):
        return double_text(value)
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError:
            raise Fault("the bytes are no text") from None
    if isinstance(value, datetime):
        return timestamp_text(value)
    if isinstance(value, timedelta):
        return duration_text(value)
    raise no_overload("string()", value)


def double_text(value: float) -> str:
    """A double as CEL writes it: the shortest digits, `1` for 1.0, `1e+06` above."""
    if math.isnan(value):
        return "nan"
    if math.isinf(value):
        return "inf" if value > 0 else "-inf"
    exponent = f"{value:e}".partition("e")[2]
    digits = repr(value)
    if -5 < int(exponent) < _SCIENTIFIC_FROM and "e" not in digits:  # noqa: PLR2004
        return digits.removesuffix(".0")
    shortest = format(Decimal(repr(value)).normalize(), "e")
    mantissa, _, exponent = shortest.partition("e")
    sign = "-" if exponent.startswith("-") else "+"
    return f"{mantissa}e{sign}{exponent.lstrip('+-').zfill(2)}"


@function("bool")
def to_bool(value: object) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and (value in _TRUE or value in _FALSE):
        return value in _TRUE
    raise Fault(f"{kind(value)} is no bool")


@function("bytes")
def to_bytes(value: object) -> bytes:
    if isinstance(value, bytes):
        return value
    if isinstance(value, str):
        return value.encode()
    raise no_overload("bytes()", value)


@function("timestamp")
def to_timestamp(value: object) -> datetime:
    if isinstance(value, datetime):
        return value
    if isinstance(value, str):
        return read_timestamp(value)
    if type(value) is int:
        try:
            return _EPOCH + timedelta(seconds=value)
        except OverflowError:
            raise Fault("time out of range") from None
    raise no_overload("timestamp()", value)


@function("duration")
def to_duration(value: object) -> timedelta:
    if isinstance(value, timedelta):
        return value
    if isinstance(value, str):
        return read_duration(value)
    raise no_overload("duration()", value)


@function("dyn")
def dynamic(value: object) -> object:
    return value


@function("type")
def type_name(value: object) -> CelType:
    return type_of(value)
