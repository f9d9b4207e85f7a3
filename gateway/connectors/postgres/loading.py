"""PostgreSQL's values as the gateway's: exact ones stay exact.

In charge of reading results, in psycopg's own C. A type that is not named here is the
text that PostgreSQL writes: UUIDs, ranges, addresses, enums, times of day, money.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, TypeAlias

import orjson
import psycopg
from psycopg.abc import Buffer
from psycopg.adapt import AdaptersMap, Loader, Transformer
from psycopg.pq import Format
from psycopg.types import TypeInfo
from psycopg.types.array import register_array

from gateway.connectors.postgres.faults import unreadable

Row: TypeAlias = Mapping[str, object]

_READ = (
    *("bool", "int2", "int4", "int8", "oid", "float4", "float8", "numeric", "text"),
    *("date", "timestamp", "timestamptz", "interval"),
)
"""Types that are more than their text, as psycopg reads them."""
_ANY = 0
"""The OID under which a loader is for whatever type has none."""


class _Base64(Loader):
    r"""``bytea``, which comes as hexadecimal digits behind ``\x``."""

    def load(self, data: Buffer) -> str:
        return b64encode(bytes.fromhex(bytes(data[2:]).decode())).decode()


class _Json(Loader):
    def load(self, data: Buffer) -> Any:
        return orjson.loads(data)


class _ExactJson(Loader):
    def load(self, data: Buffer) -> Any:
        text = bytes(data)
        orjson.loads(text)  # what can be read does not depend on how, nor on the Python
        return json.loads(text, parse_float=Decimal)


def _known(of_json: type[Loader]) -> AdaptersMap:
    types = psycopg.postgres.types
    known = AdaptersMap(types=types)
    for name in _READ:
        found = psycopg.adapters.get_loader(types[name].oid, Format.TEXT)
        if found is not None:
            known.register_loader(types[name].oid, found)
        if name == "text" and found is not None:
            known.register_loader(_ANY, found)
    known.register_loader(types["bytea"].oid, _Base64)
    for name in ("json", "jsonb"):
        known.register_loader(types[name].oid, of_json)
    for each in types:
        if each.array_oid:
            register_array(each, known)
    return known


@dataclass(slots=True)
class Reader:
    """Reads the results of one server: which types it has beside PostgreSQL's own."""

    _usual: AdaptersMap = field(default_factory=lambda: _known(_Json))
    _exact: AdaptersMap = field(default_factory=lambda: _known(_ExactJson))
    _arrays: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._arrays |= {t.array_oid for t in psycopg.postgres.types if t.array_oid}
        self._arrays |= {t.oid for t in psycopg.postgres.types}

    def unknown(self, types: Sequence[int]) -> list[int]:
        """The types that only the server's catalog can tell."""
        return [oid for oid in types if oid not in self._arrays]

    def learn(self, oid: int, of: int) -> None:
        """A type is a list of another one; with ``of`` 0 it is none."""
        self._arrays.add(oid)
        if of:
            info = TypeInfo("item", of, oid)
            for known in (self._usual, self._exact):
                register_array(info, known)

    def rows(
        self, results: Sequence[Any], names: Sequence[str], *, exact: bool
    ) -> list[Row]:
        """The rows of a query's results, each by its columns' names.

        Raises:
            UpstreamError: invalid, where a value cannot be read.
        """
        reading = Transformer(self._exact if exact else self._usual)
        make = _maker(names)
        rows: list[Row] = []
        try:
            for result in results:
                reading.set_pgresult(result)
                rows += reading.load_rows(0, result.ntuples, make)
        except (psycopg.Error, ValueError, ArithmeticError, RecursionError) as error:
            raise unreadable(error) from None
        return rows


def _maker(names: Sequence[str]) -> Callable[[Sequence[Any]], Row]:
    def make(values: Sequence[Any]) -> Row:
        return dict(zip(names, values, strict=True))

    return make
