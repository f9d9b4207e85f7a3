"""What a DuckDB source says of its tables and of what a query would give.

In charge of describing, for people who write a schema. Must never read a row, and
never be used by what serves.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, TypeVar

import duckdb

from gateway.connectors.duckdb import query_error
from gateway.connectors.duckdb_file import Database
from gateway.connectors.settings import DuckDBSettings
from gateway.connectors.sql_text import Placeholder, fault, placeholders, translated
from gateway.connectors.sql_types import Column, column
from gateway.errors import did_you_mean

T = TypeVar("T")
_ONLY = "argument"


def described_table(settings: DuckDBSettings, table: str) -> tuple[Column, ...]:
    """The columns of a table or view: ``risk_profiles``, ``main.risk_profiles``.

    Raises:
        ValueError: there is no such table.
        UpstreamError: the database cannot be opened.
    """

    def describe(cursor: Any) -> tuple[Column, ...]:
        known = [row[0] for row in cursor.execute("SHOW TABLES").fetchall()]
        try:
            return _columns(cursor, f"DESCRIBE {table_name(table)}", {})
        except duckdb.CatalogException:
            listed = f"there are: {', '.join(sorted(known)) or 'none'}"
            fix = did_you_mean(table, known) or listed
            raise ValueError(f"there is no table {table!r} — {fix}") from None

    return asked_of(settings, describe)


def described_query(settings: DuckDBSettings, query: str) -> tuple[Column, ...]:
    """The columns that a query gives; its parameters are bound to nothing.

    Raises:
        ValueError: this is not one query that reads, or the database refuses it.
        UpstreamError: the database cannot be opened.
    """
    found = placeholders(query)
    text = translated(query, found, parameter)
    why = fault(text)
    if why is not None:
        raise ValueError(why)
    nothing = {parameter(each): None for each in found}

    def describe(cursor: Any) -> tuple[Column, ...]:
        try:
            return _columns(cursor, f"DESCRIBE {text}", nothing)
        except duckdb.Error as error:
            raise ValueError(str(error).partition("\n")[0]) from None

    return asked_of(settings, describe)


def parameter(placeholder: Placeholder) -> str:
    """What a parameter is called; a lone ``?`` has no name of its own."""
    return placeholder.name or _ONLY


def table_name(table: str) -> str:
    """A table's name, with its schema where it has one, as SQL."""
    return ".".join(quoted(part) for part in table.split("."))


def quoted(name: str) -> str:
    """A name as SQL reads it: in quotes where it has to be."""
    plain = name.isidentifier() and name.isascii() and name == name.lower()
    if plain and name not in _reserved():
        return name
    return '"' + name.replace('"', '""') + '"'


@cache
def _reserved() -> frozenset[str]:
    words = "SELECT keyword_name FROM duckdb_keywords() WHERE keyword_category <> $kind"
    with duckdb.connect(":memory:") as connection:
        rows = connection.execute(words, {"kind": "unreserved"}).fetchall()
    return frozenset(row[0] for row in rows)


def asked_of(settings: DuckDBSettings, ask: Callable[[Any], T]) -> T:
    """What a question to an opened database comes to; the database is closed again."""
    database = Database.open(settings)
    cursor = database.take()
    try:
        return ask(cursor)
    except duckdb.Error as error:
        raise query_error(error) from None
    finally:
        database.give_back(cursor, reusable=False)
        database.close()


def _columns(
    cursor: Any, question: str, params: Mapping[str, object]
) -> tuple[Column, ...]:
    rows = cursor.execute(question, dict(params) or None).fetchall()
    return tuple(
        column(name, said, nullable=null != "NO", key=key == "PRI")
        for name, said, null, key, *_ in rows
    )
