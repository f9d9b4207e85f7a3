"""`'%s of %d'.format([a, b])`: the strings extension's formatting.

In charge of the clauses `%s %d %f %e %x %X %o %b %%`, with a precision. Must never
format more than it was asked for.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from gateway.expression.arithmetic import limited
from gateway.expression.functions.convert import to_string
from gateway.expression.kinds import CelType, Fault, kind, no_overload
from gateway.expression.library import function
from gateway.expression.runtime import elements

_CLAUSE: Final = re.compile(r"%(?:(%)|(?:\.([0-9]{1,3}))?([sdfexXob]))|%")
_PRECISION: Final = 6


@function("format", form="method")
def format_text(text: object, values: object) -> str:
    if not isinstance(text, str):
        raise no_overload("format()", text, values)
    items = list(elements(values))

    def clause(found: re.Match[str]) -> str:
        if found[1]:
            return "%"
        if not found[3]:
            raise Fault(f"unknown clause {text[found.start() : found.start() + 2]!r}")
        if not items:
            raise Fault("format() has more clauses than values")
        precision = _PRECISION if found[2] is None else int(found[2])
        return _formatted(found[3], precision, items.pop(0))

    return limited(_CLAUSE.sub(clause, text))


def _formatted(  # noqa: PLR0911 - a case a clause
    clause: str, precision: int, value: object
) -> str:
    match clause:
        case "s":
            return _plain(value)
        case "f" | "e":
            return _fixed(clause, precision, value)
        case "x" | "X":
            return _hexadecimal(clause, value)
        case "d":
            if isinstance(value, float | Decimal):
                return _fixed("f", _PRECISION, value)
            return format(_integer(clause, value), "d")
        case _:
            if clause == "b" and isinstance(value, bool):
                return "1" if value else "0"
            return format(_integer(clause, value), clause)


def _integer(clause: str, value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return int(value)
    raise Fault(f"%{clause} does not take {kind(value)}")


def _fixed(clause: str, precision: int, value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise Fault(f"%{clause} does not take {kind(value)}")
    number = float(value)
    if math.isfinite(number):
        return format(number, f".{precision}{clause}")
    return _special(number)


def _special(number: float) -> str:
    if math.isnan(number):
        return "NaN"
    return "Infinity" if number > 0 else "-Infinity"


def _hexadecimal(clause: str, value: object) -> str:
    if isinstance(value, str | bytes):
        digits = (value.encode() if isinstance(value, str) else value).hex()
    else:
        digits = format(_integer(clause, value), "x")
    return digits.upper() if clause == "X" else digits


def _plain(value: object) -> str:
    """Any value as text, lists and maps included; a map's entries are sorted."""
    if value is None:
        return "null"
    if isinstance(value, CelType):
        return value.name
    if isinstance(value, float) and not math.isfinite(value):
        return _special(value)
    if isinstance(value, Mapping):
        entries = sorted(
            f"{_plain(key)}: {_plain(item)}" for key, item in value.items()
        )
        return f"{{{', '.join(entries)}}}"
    if kind(value) == "list":
        return f"[{', '.join(map(_plain, elements(value)))}]"
    return to_string(value)
