"""Values of a request as a driver takes them.

In charge of the few that no driver takes, or that one takes in another way. Pure.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal
from uuid import UUID


def sendable(value: object, dialect: str) -> object:
    """The value for a driver of this database; a list's items one by one.

    Objects, and lists inside lists, are sent as JSON text.
    """
    if isinstance(value, list | tuple):
        return [_one(each, dialect) for each in value]
    return _one(value, dialect)


def _one(value: object, dialect: str) -> object:
    match value:
        case None | bool() | int() | float() | str() | bytes():
            return value
        case Mapping() | list() | tuple():
            return json.dumps(value, default=str)
        case UUID():
            return str(value)
    return _for_sqlite(value) if dialect == "sqlite" else value


def _for_sqlite(value: object) -> object:
    """SQLite has numbers and texts: dates are written as its own functions do."""
    match value:
        case Decimal():
            whole = value == value.to_integral_value()
            return int(value) if whole else float(value)
        case datetime():
            return value.isoformat(" ")
        case date() | time():
            return value.isoformat()
    return value
