"""Durations, sizes, percentages and rates as people write them in YAML.

In charge of reading ``500ms``, ``5MB``, ``50%``, ``200/s`` and ``5 in 1m``. A number
without a unit is refused, because nobody can see what it means. The readers raise
`UnitError`; the annotated types let pydantic models use them.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Annotated, NamedTuple, TypeAlias, TypeVar

from pydantic import BeforeValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

T = TypeVar("T")

_NUMBER = r"(?P<number>\d{1,12}(?:\.\d{1,6})?)"
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_LIKELY_MILLISECONDS = 20
_NO_TIME = "a duration must be longer than nothing"
_MORE = {False: "write 1/s", True: "write 1 in 1m"}
_BYTES = {
    "B": 1,
    "KB": 1000,
    "MB": 1000**2,
    "GB": 1000**3,
    "KIB": 1024,
    "MIB": 1024**2,
    "GIB": 1024**3,
}
_DURATION = re.compile(_NUMBER + r"(?P<unit>ms|s|m|h|d)")
_SIZE = re.compile(_NUMBER + r" ?(?P<unit>[KMG]I?B|B)", re.IGNORECASE)
_PERCENT = re.compile(_NUMBER + r" ?%")
_PER = re.compile(r"(?P<count>\d{1,12}) ?/ ?(?P<unit>s|m|h|d)")
_IN = re.compile(r"(?P<count>\d{1,12}) in (?P<duration>\S+)")


class UnitError(ValueError):
    """The text is no such quantity; ``hint`` says how one is written."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class Rate(NamedTuple):
    """So many in so long. ``seconds`` is the length of the window."""

    times: int
    seconds: float


def duration(written: object) -> float:
    """Seconds, more than none.

    Raises:
        UnitError: it has no unit, or is no duration.
    """
    if isinstance(written, int | float) and not isinstance(written, bool):
        if written <= 0:
            raise UnitError(_NO_TIME, "write 500ms")
        unit = "ms" if written >= _LIKELY_MILLISECONDS else "s"
        raise UnitError("a duration needs a unit", f"write {written:g}{unit}")
    text = written if isinstance(written, str) else ""
    found = _DURATION.fullmatch(text.removeprefix("-"))
    if found is None:
        raise UnitError("this is no duration", "write 500ms, 2s, 10m or 1h")
    seconds = float(found["number"]) * _SECONDS[found["unit"]]
    if not seconds or text.startswith("-"):
        raise UnitError(_NO_TIME, "write 500ms")
    return seconds


def spelt(seconds: float) -> str:
    """A time as people write it, never less than it is: ``1.25s``, ``10m``."""
    milliseconds = math.ceil(round(seconds * 1000, 3))
    for unit in ("d", "h", "m"):
        times, rest = divmod(milliseconds, round(_SECONDS[unit] * 1000))
        if times and not rest:
            return f"{times}{unit}"
    if milliseconds < 1000:  # noqa: PLR2004
        return f"{milliseconds}ms"
    return f"{milliseconds / 1000:.3f}".rstrip("0").rstrip(".") + "s"


def size(written: object) -> int:
    """Bytes, at least one. ``1MB`` is a million of them, ``1MiB`` 1024 * 1024.

    Raises:
        UnitError: it has no unit, or is no size.
    """
    if isinstance(written, int | float) and not isinstance(written, bool):
        raise UnitError("a size needs a unit", f"write {written:g}MB or {written:g}KB")
    found = _SIZE.fullmatch(written) if isinstance(written, str) else None
    if found is None:
        raise UnitError("this is no size", "write 500KB, 5MB or 1GB")
    count = int(float(found["number"]) * _BYTES[found["unit"].upper()])
    if not count:
        raise UnitError("a size must be at least one byte", "write 1MB")
    return count


def percent(written: object) -> float:
    """A share between 0 and 1.

    Raises:
        UnitError: it has no ``%``, or is more than all.
    """
    found = _PERCENT.fullmatch(written) if isinstance(written, str) else None
    if found is None:
        raise UnitError("this is no percentage", "write 50%")
    share = float(found["number"]) / 100
    if share > 1:
        raise UnitError("a percentage is at most 100%", "write 100%")
    return share


def rate(written: object) -> Rate:
    """How many in how long.

    Raises:
        UnitError: it is no rate.
    """
    text = written if isinstance(written, str) else ""
    each, within = _PER.fullmatch(text), _IN.fullmatch(text)
    if each:
        made = Rate(int(each["count"]), _SECONDS[each["unit"]])
    elif within:
        made = Rate(int(within["count"]), duration(within["duration"]))
    else:
        raise UnitError("this is no rate", "write 200/s or 5 in 1m")
    if not made.times:
        raise UnitError("a rate must be more than none", _MORE[each is None])
    return made


def _checked(read: Callable[[object], T]) -> BeforeValidator:
    def validate(written: object) -> T:
        try:
            return read(written)
        except UnitError as error:
            raise PydanticCustomError(
                "unit", "{why}", {"why": error.message, "hint": error.hint}
            ) from None

    return BeforeValidator(validate)


def _schema(pattern: str, example: str) -> WithJsonSchema:
    return WithJsonSchema(
        {"type": "string", "pattern": f"^{pattern}$", "examples": [example]}
    )


_DIGITS = r"[0-9]+(\.[0-9]+)?"
Duration: TypeAlias = Annotated[
    float, _checked(duration), _schema(_DIGITS + "(ms|s|m|h|d)", "500ms")
]
"""Seconds inside, ``500ms`` outside."""
Size: TypeAlias = Annotated[
    int, _checked(size), _schema(_DIGITS + " ?([KMGkmg][Ii]?)?[Bb]", "5MB")
]
"""Bytes inside, ``5MB`` outside."""
Percent: TypeAlias = Annotated[
    float, _checked(percent), _schema(_DIGITS + " ?%", "50%")
]
"""A share of 1 inside, ``50%`` outside."""
RateText: TypeAlias = Annotated[
    Rate, _checked(rate), _schema("[0-9]+( ?/ ?[smhd]| in .+)", "200/s")
]
"""A `Rate` inside, ``200/s`` or ``5 in 1m`` outside."""
