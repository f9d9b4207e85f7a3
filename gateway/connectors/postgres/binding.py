"""Values as PostgreSQL reads them: text, for whatever type it wants at that place.

In charge of sending. The server says what each parameter is (``id = $1`` makes it the
column's type), so an ID that is text finds a number, a UUID or a date alike. Must never
pass a number through a float.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID

import orjson

from gateway.connectors.postgres.faults import unbound

_JSON = frozenset({114, 3802})
"""json and jsonb."""
_PLAIN = (int, float, Decimal, UUID)


def bound(
    names: Sequence[str], types: Sequence[int], values: Mapping[str, object]
) -> list[bytes | None]:
    """What the parameters of a statement are; ``types`` are the server's OIDs.

    Raises:
        UpstreamError: rejected, where a value has no text.
    """
    sent: list[bytes | None] = []
    for number, name in enumerate(names):
        value = values[name]
        if (
            type(value) is str
            and "\0" not in value
            and (not types or types[number] not in _JSON)
        ):
            try:
                sent.append(value.encode())
            except UnicodeEncodeError:
                raise unbound(f":{name} is no valid text") from None
            continue
        try:
            sent.append(_sent(value, types[number] if types else 0))
        except (TypeError, ValueError) as error:
            raise unbound(f":{name} {error}") from None
    return sent


def _sent(value: object, oid: int) -> bytes | None:
    if value is None:
        return None
    text = _json(value) if oid in _JSON else _text(value)
    if "\0" in text:
        raise ValueError("holds a NUL, which no text of PostgreSQL may")
    return text.encode()


def _json(value: object) -> str:
    return orjson.dumps(value, default=_exact).decode()


def _exact(value: object) -> object:
    if isinstance(value, Decimal):
        return orjson.Fragment(format(value, "f")) if value.is_finite() else None
    raise TypeError(f"is a {type(value).__name__}, which no JSON has")


def _text(value: object) -> str:  # noqa: PLR0911 - one a kind
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case _ if isinstance(value, _PLAIN):
            return str(value)
        case datetime() | date() | time():
            return value.isoformat()
        case timedelta():
            microseconds = value // timedelta(microseconds=1)
            return f"{microseconds} microseconds"
        case bytes():
            return f"\\x{value.hex()}"
        case Mapping():
            return _json(value)
        case list() | tuple():
            return array(value)
        case _:
            raise TypeError(f"is a {type(value).__name__}, which cannot be sent")


def array(items: Sequence[object]) -> str:
    """A list as PostgreSQL writes it: ``{"a","b",NULL}``."""
    return f"{{{','.join(map(_item, items))}}}"


def _item(item: object) -> str:
    if item is None:
        return "NULL"
    if isinstance(item, list | tuple):
        return array(item)
    text = _text(item).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'
