"""What PostgreSQL says a query gives, asked when a profile is loaded.

In charge of describing, in the loader's thread. Must never run a query, fail a load or
hold it up for long: where nobody answers, nothing is known, as if nobody had asked.
"""

from __future__ import annotations

import select
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import psycopg
from psycopg import conninfo, pq

from gateway.connectors.postgres.session import opening, said_to_libpq
from gateway.connectors.settings import PostgresSettings
from gateway.connectors.sql_types import JSON
from gateway.record import Struct, field
from gateway.shape import FieldShape, TypeRef

_CONNECT_SECONDS = 2
_SECONDS = 2.0
"""For one question. Who does not answer in time is not asked again in this load."""
_MOST = 5_000
_ALONE = "SET idle_session_timeout = '10s'"
"""From PostgreSQL 14 on the server closes the connection when loading is over."""
_LISTS = (
    "SELECT oid, typelem FROM pg_catalog.pg_type "
    "WHERE typcategory = 'A' AND oid IN ({})"
)
_TYPES = {
    "Boolean": ("bool",),
    "Int": ("int2", "int4"),
    "Float": ("float4", "float8"),
    "Decimal": ("numeric",),
    "Date": ("date",),
    "DateTime": ("timestamp", "timestamptz"),
    "JSON": ("int8", "oid", "json", "jsonb", "interval"),
}
"""All others are text. ``int8`` has more bits than GraphQL's Int."""


class _Remembered(Struct):
    """What servers said, for the life of the process; ``missed`` are vain loads."""

    columns: dict[tuple[PostgresSettings, str], tuple[FieldShape, ...] | None] = field(
        default_factory=dict
    )
    missed: dict[PostgresSettings, int] = field(default_factory=dict)


_REMEMBERED = _Remembered()


class Describer:
    """Describes queries for one load; a server that is away is asked once.

    It is shown with the number of loads in vain, so that profiles that were compiled
    without types are compiled again when there may be some.
    """

    dialect = "postgres"

    def __init__(self, settings: PostgresSettings) -> None:
        self._settings = settings
        self._server: Any = None
        self._away = False
        self._shown = f"Describer(missed={_REMEMBERED.missed.get(settings, 0)})"

    def __repr__(self) -> str:
        return self._shown

    def columns(self, query: str) -> tuple[FieldShape, ...] | None:
        """The columns of a query with numbered parameters; None where nobody says."""
        known, key = _REMEMBERED.columns, (self._settings, query)
        if key not in known and not self._away:
            try:
                found = self._described(query)
            except (psycopg.Error, OSError, TimeoutError, ValueError):
                self._away = True
                missed = _REMEMBERED.missed
                missed[self._settings] = missed.get(self._settings, 0) + 1
                return None
            if len(known) >= _MOST:
                known.clear()
            if found is None:
                return None
            known[key] = found
        return known.get(key)

    def _described(self, query: str) -> tuple[FieldShape, ...] | None:
        """None where the server refuses the query; it may be mended there."""
        server = self._connected()
        prepared = _asked(server, lambda: server.send_prepare(b"", query.encode()))
        if prepared[-1].status != pq.ExecStatus.COMMAND_OK:
            return None
        told = _asked(server, lambda: server.send_describe_prepared(b""))[-1]
        oids = [told.ftype(n) for n in range(told.nfields)]
        lists = self._lists([oid for oid in oids if oid not in psycopg.adapters.types])
        names = [(told.fname(n) or b"").decode() for n in range(told.nfields)]
        return tuple(
            _field(name, oid, lists) for name, oid in zip(names, oids, strict=True)
        )

    def _lists(self, unknown: Sequence[int]) -> dict[int, int]:
        """Which types of the database's own are lists, and of what."""
        if not unknown:
            return {}
        text = _LISTS.format(", ".join(map(str, unknown))).encode()
        server = self._connected()
        told = _asked(server, lambda: server.send_query(text))[-1]
        rows = (
            (told.get_value(n, 0), told.get_value(n, 1)) for n in range(told.ntuples)
        )
        return {int(oid or 0): int(of or 0) for oid, of in rows}

    def _connected(self) -> Any:
        if self._server is None or self._server.status != pq.ConnStatus.OK:
            address = conninfo.conninfo_to_dict(self._settings.url)
            said = said_to_libpq(self._settings, address, _CONNECT_SECONDS)
            # What the URL says is for calls, and 0 would be for ever.
            said["connect_timeout"] = _CONNECT_SECONDS
            server = pq.PGconn.connect(conninfo.make_conninfo(**said).encode())
            if server.status != pq.ConnStatus.OK:
                raise psycopg.OperationalError("away")
            for text in (opening(self._settings), _ALONE):
                _asked(server, partial(server.send_query, text.encode()))
            self._server = server
        return self._server


def _asked(server: Any, ask: Callable[[], None]) -> list[Any]:
    """What the server answers to one question.

    Raises:
        TimeoutError: it does not.
        psycopg.Error: it is gone.
    """
    ask()
    results: list[Any] = []
    until = time.monotonic() + _SECONDS
    while True:
        while not server.is_busy():
            result = server.get_result()
            if result is None:
                return results
            results.append(result)
        left = max(0.0, until - time.monotonic())
        if not _is_readable(server.socket, left):
            raise TimeoutError
        server.consume_input()


def _is_readable(socket: int, seconds: float) -> bool:
    """Whether something comes in time. `select` knows the first 1,024 files only."""
    watching = select.poll()
    watching.register(socket, select.POLLIN)
    return bool(watching.poll(seconds * 1_000))


def _field(name: str, oid: int, lists: dict[int, int]) -> FieldShape:
    type_ = _type(oid, lists)
    is_id = name == "id" and type_.name in ("Int", "String") and not type_.wrappers
    return FieldShape(name, TypeRef("ID") if is_id else type_)


def _type(oid: int, lists: dict[int, int]) -> TypeRef:
    """A type of the server's as one of GraphQL's."""
    known = psycopg.adapters.types.get(oid)
    of = lists.get(oid) or (known.oid if known and known.array_oid == oid else 0)
    if of:
        item = _type(of, lists)
        return TypeRef(item.name, f"[{item.wrappers}")
    name = known.name if known else ""
    for type_, names in _TYPES.items():
        if name in names:
            return JSON if type_ == JSON.name else TypeRef(type_)
    return TypeRef("String")
