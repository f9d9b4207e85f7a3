"""DuckDB's Python values as the gateway's: exact ones stay exact.

In charge of the few types that no other room knows. Pure.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID

_KEPT = frozenset({type(None), bool, int, float, str, Decimal, date, timedelta})


def plain(value: object) -> object:  # noqa: PLR0911 - one a kind
    """The value as other rooms know it.

    Times with a zone are given in UTC; UUIDs and times of day become text, blobs
    base64; lists and structs are read through.
    """
    if type(value) in _KEPT:
        return value
    match value:
        case datetime():
            return value.astimezone(UTC) if value.tzinfo else value
        case UUID():
            return str(value)
        case time():
            return value.isoformat()
        case bytes() | bytearray() | memoryview():
            return b64encode(value).decode()
        case Mapping():
            return {str(key): plain(item) for key, item in value.items()}
        case list() | tuple():
            return [plain(item) for item in value]
        case _:
            return str(value)
