"""Values as PostgreSQL reads them: text, for whatever type it wants at that place.

In charge of sending. The server says what each parameter is (``id = $1`` makes it the
column's type), so an ID that is text finds a number, a UUID or a date alike. Must never
pass a number through a float.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID

import orjson

from gateway.connectors.postgres.faults import unbound

_JSON = frozenset({114, 3802})
"""json and jsonb."""
_TIMESTAMP = 1114
"""Without a zone: the server would not say a word of one that it drops."""
_NOT_AS_IT_IS = _JSON | {_TIMESTAMP}
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
            and (not types or types[number] not in _NOT_AS_IT_IS)
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
    if oid == _TIMESTAMP:
        value = _in_utc(value)
    text = _json(value) if oid in _JSON else _text(value)
    if "\0" in text:
        raise ValueError("holds a NUL, which no text of PostgreSQL may")
    return text.encode()


def _in_utc(value: object) -> object:
    """A moment without its zone: in UTC, as all times are that have none."""
    moment = value
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            return value
    if isinstance(moment, datetime) and moment.tzinfo:
        return moment.astimezone(UTC).replace(tzinfo=None)
    return value


def _json(value: object) -> str:
    try:
        return orjson.dumps(value, default=_exact).decode()
    except TypeError as error:
        if "64-bit" not in str(error):
            raise
        return json.dumps(value, default=_plain)


def _exact(value: object) -> object:
    if isinstance(value, Decimal):
        # With its exponent: all digits of 1E+999999 are many.
        return orjson.Fragment(str(value)) if value.is_finite() else None
    raise TypeError(f"is a {type(value).__name__}, which no JSON has")


def _plain(value: object) -> object:
    """Beside a number that only the slower writer takes, which has no exact ones."""
    if isinstance(value, Decimal):
        raise TypeError("holds a Decimal beside a number of more than 64 bits")
    return _text(value)


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
