"""Values of sources as JSON and back: exact numbers, times, parts that are missing.

In charge of what JSON has no words for. What it writes reads as it was.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TypeAlias

import orjson

from gateway.errors import PartError
from gateway.typed import TypedRows

MARK = "$headwater"
"""The key of what JSON has no word for; its value says what it is."""

Json: TypeAlias = "None | bool | int | float | str | list[Json] | dict[str, Json]"
"""What a recording is made of."""


def plain(value: object) -> object:
    """A value of a source as maps, lists, texts, numbers, and maps with a mark."""
    match value:
        case None | bool() | int() | float() | str():
            return value
        case Mapping():
            return {str(name): plain(item) for name, item in value.items()}
        case list() | tuple() | set() | frozenset():
            return [plain(item) for item in value]
        case TypedRows():
            return plain(value.plain())
        case PartError():
            said = {"step": value.step, "message": value.message}
            return {MARK: "missing", **said}
        case _:
            return _marked(value)


def _marked(value: object) -> object:
    match value:
        case Decimal():
            return {MARK: "decimal", "is": str(value)}
        case datetime():
            return {MARK: "datetime", "is": value.isoformat()}
        case date():
            return {MARK: "date", "is": value.isoformat()}
        case timedelta():
            return {MARK: "seconds", "is": str(value.total_seconds())}
        case bytes():
            return {MARK: "bytes", "is": value.hex()}
        case _:
            return {MARK: "text", "is": str(value)}


_READ: Mapping[str, Callable[[str], object]] = {
    "decimal": Decimal,
    "datetime": datetime.fromisoformat,
    "date": date.fromisoformat,
    "seconds": lambda text: timedelta(seconds=float(text)),
    "bytes": bytes.fromhex,
    "text": str,
}


def read(value: object) -> object:
    """What `plain` was given.

    Raises:
        ValueError: a mark that nobody knows, or one of something else.
    """
    if isinstance(value, list):
        return [read(item) for item in value]
    if not isinstance(value, dict):
        return value
    kind = value.get(MARK)
    if kind is None:
        return {name: read(item) for name, item in value.items()}
    if kind == "missing":
        return PartError(str(value.get("message")), str(value.get("step")))
    reader = _READ.get(kind) if isinstance(kind, str) else None
    if reader is None:
        raise ValueError(f"there is nothing called {kind!r} in recordings")
    try:
        return reader(str(value.get("is")))
    except ArithmeticError as error:  # what `Decimal` says of what is no number
        raise ValueError(str(error)) from None


def line(value: object) -> bytes:
    """A recording as one line; integers of any size are written as they are."""
    try:
        return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS) + b"\n"
    except TypeError:  # an integer of more than 64 bits, or half a character
        return json.dumps(value).encode() + b"\n"
