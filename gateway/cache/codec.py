"""Entries as bytes and back, exact: what comes out is what went in.

MessagePack with a type of its own for each exact value that a database gives. In
charge of the form alone. Must never use pickle: whoever can write to a shared store
would run code here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgpack

from gateway.cache.base import Entry
from gateway.connectors.base import Reply

FORM = 1
"""Counts the forms; entries of another form are not read."""


class UnfitForCacheError(ValueError):
    """The value cannot be written exactly, so it is not kept at all."""


@dataclass(frozen=True, slots=True)
class Record:
    """An entry as a store holds it, with when its call began in the store's time."""

    entry: Entry
    since: float


def encode(record: Record) -> bytes:
    """The record as bytes.

    Raises:
        UnfitForCacheError: the body holds a value of a type that is not known, or is
            nested too deeply.
    """
    entry, reply = record.entry, record.entry.reply
    times = (entry.stored, entry.fresh_until, entry.keep_until, record.since)
    told = (reply.status, dict(reply.headers), reply.size)
    try:
        return _packed([FORM, [*times], [*told], reply.body])
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        raise UnfitForCacheError(str(error)) from None


def decode(raw: bytes) -> Record | None:
    """The record of such bytes; None where they are none, or of another form."""
    try:
        form, times, told, body = _unpacked(raw)
        if form != FORM:
            return None
        stored, fresh_until, keep_until, since = times
        status, headers, size = told
    except Exception:  # noqa: BLE001 - whatever is wrong with them, they are no entry
        return None
    reply = Reply(body, status=status, headers=headers, size=size)
    entry = Entry(reply, stored, fresh_until, keep_until, len(raw))
    return Record(entry, since)


def _packed(value: object) -> bytes:
    made: bytes = msgpack.packb(
        value, default=_exact, strict_types=True, unicode_errors="surrogatepass"
    )
    return made


def _unpacked(raw: bytes) -> Any:
    return msgpack.unpackb(
        raw,
        ext_hook=_read,
        strict_map_key=False,
        unicode_errors="surrogatepass",
    )


def _whole(number: int) -> bytes:
    """An integer of more than 64 bits; text would be limited in digits."""
    return number.to_bytes(number.bit_length() // 8 + 1, "big", signed=True)


def _written_whole(data: bytes) -> int:
    return int.from_bytes(data, "big", signed=True)


def _moment(moment: datetime | time) -> bytes:
    """ISO text says which of an hour's two turns is meant only beside its zone."""
    return f"{moment.fold}{moment.isoformat()}".encode()


def _folded(read: Callable[[str], datetime | time], data: bytes) -> datetime | time:
    text = data.decode()
    return read(text[1:]).replace(fold=int(text[0]))


def _span(length: timedelta) -> bytes:
    return _packed([length.days, length.seconds, length.microseconds])


_FORMS: tuple[tuple[type, Callable[[Any], bytes], Callable[[bytes], object]], ...] = (
    (Decimal, lambda v: str(v).encode(), lambda d: Decimal(d.decode())),
    (date, lambda v: v.isoformat().encode(), lambda d: date.fromisoformat(d.decode())),
    (datetime, _moment, lambda d: _folded(datetime.fromisoformat, d)),
    (time, _moment, lambda d: _folded(time.fromisoformat, d)),
    (timedelta, _span, lambda d: timedelta(*_unpacked(d))),
    (UUID, lambda v: v.bytes, lambda d: UUID(bytes=d)),
    (int, _whole, _written_whole),
    (tuple, lambda v: _packed(list(v)), lambda d: tuple(_unpacked(d))),
)
"""Each exact type with its writer and its reader. The order is part of the form."""
_WRITERS = {kind: (n, write) for n, (kind, write, _) in enumerate(_FORMS)}


def _exact(value: object) -> msgpack.ExtType:
    known = _WRITERS.get(type(value))
    if known is None:
        raise TypeError(f"{type(value).__name__} is not a value that can be kept")
    number, write = known
    return msgpack.ExtType(number, write(value))


def _read(number: int, data: bytes) -> object:
    return _FORMS[number][2](data)
