"""An answer as bytes of JSON.

In charge of writing what sources may hand over: exact numbers, dates, and the odd
value that the fast writer refuses.
"""

from __future__ import annotations

import json
from datetime import date, timedelta
from decimal import Decimal

import orjson

_OPTIONS = orjson.OPT_NON_STR_KEYS


def to_json(value: object) -> bytes:
    """UTF-8 JSON of an answer.

    Integers beyond 64 bits, lone surrogates and deep nesting are left to the
    standard library: slower, and it writes them.
    """
    try:
        return orjson.dumps(value, default=_plain, option=_OPTIONS)
    except orjson.JSONEncodeError:
        return json.dumps(value, default=_plain, separators=(",", ":")).encode()


def _plain(value: object) -> object:
    """Exact and calendar values as text, since JSON readers make floats of numbers."""
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, timedelta):
        return str(value)
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")
