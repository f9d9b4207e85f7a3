"""Patterns of dates and times: the letters of Unicode's LDML that people know.

In charge of reading a pattern, and of times by it. Must never know which type of the
schema a time is for, or what zone the machine stands in.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import NamedTuple

from gateway.record import Model

_MONTHS: tuple[str, ...] = ("Jan", "Feb", "Mar", "Apr", "May", "Jun")
_MONTHS += ("Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_OFFSET = r"Z|[+-][0-9]{2}(?::?[0-9]{2})?"


class PatternError(ValueError):
    """The text is no pattern. ``hint`` is the fix."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


class _Letters(NamedTuple):
    """What a run of letters stands for, how it reads, and how it is written."""

    part: str
    regex: str
    write: Callable[[datetime], str]


def _offset(moment: datetime, colon: str, zero: str | None) -> str:
    minutes = int((moment.utcoffset() or timedelta()).total_seconds()) // 60
    if not minutes and zero is not None:
        return zero
    sign = "-" if minutes < 0 else "+"
    return f"{sign}{abs(minutes) // 60:02}{colon}{abs(minutes) % 60:02}"


_KNOWN: Mapping[str, _Letters] = {
    "yyyy": _Letters("year", "[0-9]{4}", lambda m: f"{m.year:04}"),
    "MM": _Letters("month", "[0-9]{2}", lambda m: f"{m.month:02}"),
    "M": _Letters("month", "[0-9]{1,2}", lambda m: str(m.month)),
    "MMM": _Letters("name", "[A-Za-z]{3}", lambda m: _MONTHS[m.month - 1]),
    "dd": _Letters("day", "[0-9]{2}", lambda m: f"{m.day:02}"),
    "d": _Letters("day", "[0-9]{1,2}", lambda m: str(m.day)),
    "HH": _Letters("hour", "[0-9]{2}", lambda m: f"{m.hour:02}"),
    "H": _Letters("hour", "[0-9]{1,2}", lambda m: str(m.hour)),
    "mm": _Letters("minute", "[0-9]{2}", lambda m: f"{m.minute:02}"),
    "ss": _Letters("second", "[0-9]{2}", lambda m: f"{m.second:02}"),
    "SSS": _Letters("fraction", "[0-9]{3}", lambda m: f"{m.microsecond // 1000:03}"),
    "SSSSSS": _Letters("fraction", "[0-9]{6}", lambda m: f"{m.microsecond:06}"),
    "XXX": _Letters("offset", _OFFSET, lambda m: _offset(m, ":", "Z")),
    "XX": _Letters("offset", _OFFSET, lambda m: _offset(m, "", "Z")),
    "Z": _Letters("offset", _OFFSET, lambda m: _offset(m, "", None)),
}
LETTERS = ", ".join(_KNOWN)
_PIECES = re.compile(
    r"'(?P<quoted>[^']*)'|(?P<run>([A-Za-z])\3*)|(?P<plain>[^A-Za-z'])"
)
_NEEDED = (({"year"}, "yyyy"), ({"month", "name"}, "MM"), ({"day"}, "dd"))


class Pattern(Model, frozen=True):
    """One pattern. ``pieces`` are runs of letters, and text that stands for itself.

    A time without an offset is UTC, and what is written without one is in UTC.
    """

    text: str
    pieces: tuple[tuple[str, bool], ...]
    regex: re.Pattern[str]

    def parse(self, value: object) -> datetime | None:
        """The time that a text says, or digits that came as a number; else None."""
        if isinstance(value, bool) or not isinstance(value, str | int):
            return None
        text = value if isinstance(value, str) else str(value)
        found = self.regex.fullmatch(text)
        return _moment(found.groupdict()) if found else None

    def write(self, moment: datetime) -> str:
        """A time, which knows its zone, by this pattern."""
        if "offset" not in self.regex.groupindex:
            moment = moment.astimezone(UTC)
        return "".join(
            _KNOWN[text].write(moment) if letters else text
            for text, letters in self.pieces
        )


def pattern_of(text: str) -> Pattern:
    """The pattern of a text such as ``dd.MM.yyyy`` or ``yyyy-MM-dd'T'HH:mm:ssXXX``.

    Raises:
        PatternError: letters that are not known, twice the same, or no whole date.
    """
    pieces = tuple(_pieces(text))
    parts = [_KNOWN[piece].part for piece, letters in pieces if letters]
    for part in {"month" if part == "name" else part for part in parts}:
        names = {"month", "name"} if part == "month" else {part}
        if sum(one in names for one in parts) > 1:
            message = f"{text!r} has the {part} twice"
            raise PatternError(message, "write each part once")
    for needed, letters in _NEEDED:
        if needed.isdisjoint(parts):
            raise PatternError(f"{text!r} is no whole date", f"add {letters}")
    regex = "".join(
        f"(?P<{_KNOWN[piece].part}>{_KNOWN[piece].regex})"
        if letters
        else re.escape(piece)
        for piece, letters in pieces
    )
    return Pattern(text, pieces, re.compile(regex))


def _pieces(text: str) -> Iterator[tuple[str, bool]]:
    at = 0
    while at < len(text):
        found = _PIECES.match(text, at)
        if found is None:
            raise PatternError(f"{text!r} has a quote that does not end", "close it")
        run = found["run"]
        if run and run not in _KNOWN:
            hint = f"the letters are {LETTERS}; text stands in quotes: 'T'"
            raise PatternError(f"{run!r} in {text!r} is not known", hint)
        quoted = found["quoted"]
        yield run or found["plain"] or quoted or "'", bool(run)
        at = found.end()


def _moment(parts: Mapping[str, str]) -> datetime | None:
    """The time of what matched; None where there is no such day or hour."""
    name = parts.get("name")
    try:
        month = (
            int(parts["month"])
            if name is None
            else _MONTHS.index(name.capitalize()) + 1
        )
        return datetime(
            int(parts["year"]),
            month,
            int(parts["day"]),
            int(parts.get("hour", 0)),
            int(parts.get("minute", 0)),
            int(parts.get("second", 0)),
            int(parts.get("fraction", "0").ljust(6, "0")),
            tzinfo=_zone(parts.get("offset", "Z")),
        )
    except ValueError:
        return None


def _zone(offset: str) -> timezone:
    if offset == "Z":
        return UTC
    digits = offset[1:].replace(":", "").ljust(4, "0")
    away = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-away if offset[0] == "-" else away)
