"""Values as a driver takes and gives them, where it has a way of its own.

In charge of the few that no driver takes, or that one takes in another way. Pure.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from math import isfinite
from uuid import UUID

from gateway.connectors.dialects.faults import unbound
from gateway.connectors.duckdb_values import plain

_MYSQL = frozenset({"mysql", "mariadb"})
_BY_UTC = _MYSQL | {"sqlite"}

_DIGITS = 18
"""Of a whole number that has 64 bits for sure."""


def sendable(value: object, dialect: str) -> object:
    """The value for a driver of this database; a list's items one by one.

    Objects, and lists inside lists, are sent as JSON text; times with a zone as those
    of UTC, which no text of MySQL or SQLite has another word for.

    Raises:
        UpstreamError: rejected, for a number that the database has no like of.
    """
    if isinstance(value, list | tuple):
        return [_one(each, dialect) for each in value]
    return _one(value, dialect)


def _one(value: object, dialect: str) -> object:
    if dialect in _MYSQL and isinstance(value, float | Decimal) and not isfinite(value):
        # Its driver would write the word itself, which is then the name of a column.
        raise unbound(ValueError(f"{value} is no number of MySQL"))
    match value:
        case None | bool() | int() | float() | str() | bytes():
            return value
        case datetime() if value.tzinfo and dialect in _BY_UTC:
            value = value.astimezone(UTC).replace(tzinfo=None)
        case Mapping() | list() | tuple():
            return json.dumps(value, default=str)
        case UUID():
            return str(value)
    return _for_sqlite(value) if dialect == "sqlite" else value


def _number(value: Decimal) -> int | float:
    """A whole number where SQLite has one so large: 1E+999999 has many digits."""
    few = value.is_finite() and value.adjusted() < _DIGITS
    whole = few and value == value.to_integral_value()
    return int(value) if whole else float(value)


def _for_sqlite(value: object) -> object:
    """SQLite has numbers and texts: dates are written as its own functions do."""
    match value:
        case Decimal():
            return _number(value)
        case datetime():
            return value.isoformat(" ")
        case date() | time():
            return value.isoformat()
    return value


def reading(dialect: str) -> Callable[[object], object]:
    """How a driver's values are read. MySQL's drivers give a time as a length of it."""
    return _of_mysql if dialect in _MYSQL else plain


def _of_mysql(value: object) -> object:
    return _time(value) if isinstance(value, timedelta) else plain(value)


def _time(value: timedelta) -> str:
    """As MySQL writes it, with all its hours: ``09:30:00``, ``-100:00:00.5``."""
    sign = "-" if value < timedelta() else ""
    seconds, part = divmod(abs(value), timedelta(seconds=1))
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    fraction = f".{part.microseconds:06}".rstrip("0") if part else ""
    return f"{sign}{hour:02}:{minute:02}:{second:02}{fraction}"
