"""An answer as bytes of JSON.

In charge of writing what sources may hand over: exact numbers, dates, and the odd
value that the fast writer refuses.
"""

from __future__ import annotations

import json
from datetime import date, timedelta
from decimal import Decimal

import orjson

from gateway.typed import TypedRows

_OPTIONS = orjson.OPT_NON_STR_KEYS


def to_json(value: object) -> bytes:
    """UTF-8 JSON of an answer.

    Integers beyond 64 bits, lone surrogates and deep nesting are left to the
    standard library: slower, and it writes them.
    """
    try:
        return orjson.dumps(value, default=_fast, option=_OPTIONS)
    except orjson.JSONEncodeError:
        return json.dumps(value, default=_known, separators=(",", ":")).encode()


def written_at_once(data: object) -> bytes | None:
    """The body of an answer that is nothing but data; None where it is not as usual."""
    try:
        return orjson.dumps({"data": data}, default=_fast, option=_OPTIONS)
    except orjson.JSONEncodeError:
        return None


def _fast(value: object) -> object:
    """What orjson does not know; rows that are written already stand as they are."""
    if isinstance(value, TypedRows):
        return orjson.Fragment(value.written())
    return _plain(value)


def _known(value: object) -> object:
    """The same for the standard library, which takes values only."""
    if isinstance(value, TypedRows):
        return orjson.loads(value.written())
    return _plain(value)


def _plain(value: object) -> object:
    """Exact and calendar values as text, since JSON readers make floats of numbers."""
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, timedelta):
        return str(value)
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")
