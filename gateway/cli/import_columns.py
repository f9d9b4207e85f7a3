"""The columns of one table or query, in one form for every database that tells them.

In charge of asking the right one. Opens the source to have it described, and reads no
row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from gateway.cli.failures import misused
from gateway.record import Model

if TYPE_CHECKING:
    from gateway.connectors.settings import DuckDBSettings, SourceSettings
    from gateway.connectors.sql_types import Column
    from gateway.connectors.tables import Table, TableColumn


class Columns(Model, frozen=True):
    """What a table or query gives, and how the database's SQL names it.

    ``names`` are columns as SQL has them, ``table`` is its own; ``casts`` says that
    text given for a number has to be cast.
    """

    all: tuple[Column, ...]
    dialect: str
    names: Mapping[str, str]
    table: str = ""
    casts: bool = True


def columns_of(
    source: str, settings: SourceSettings, table: str | None, query: str
) -> Columns:
    """The columns of a table, or of a query where no table is named.

    Raises:
        ValueError: there is no such table, or the database refuses the query.
        UpstreamError: the database cannot be opened.
        CommandError: the source is of a kind that cannot tell.
    """
    from gateway.connectors.settings import (
        DialectSettings,
        DuckDBSettings,
        PostgresSettings,
    )

    match settings:
        case DuckDBSettings():
            return _of_duckdb(settings, table, query)
        case DialectSettings() if table is None:
            raise misused(
                f"the database of source {source!r} tells only what its tables have",
                hint="name a --table, or make a view of the query",
            )
        case PostgresSettings() if table is None:
            from gateway.connectors.postgres.tables import postgres_query

            found = postgres_query(settings, query)
            return _columns(found, (), "postgres")
        case DialectSettings() | PostgresSettings():
            return _of_table(source, settings, table or "")
        case _:
            raise misused(
                f"source {source!r} has no tables",
                hint="name a source of type duckdb, postgresql or sql with --source",
            )


def _of_duckdb(settings: DuckDBSettings, table: str | None, query: str) -> Columns:
    from gateway.connectors.duckdb_describe import (
        described_query,
        described_table,
        quoted,
        table_name,
    )

    if table is None:
        found, own = described_query(settings, query), ""
    else:
        found, own = described_table(settings, table), table_name(table)
    return Columns(found, "duckdb", {c.name: quoted(c.name) for c in found}, own)


def _of_table(source: str, settings: SourceSettings, table: str) -> Columns:
    from gateway.cli.import_tables import tables_of
    from gateway.errors import did_you_mean

    schema, _, name = table.rpartition(".")
    tables = tables_of(source, settings, schema or None)
    known = {each.name: each for each in tables.all}
    found: Table | None = known.get(name)
    if found is None:
        listed = f"there are: {', '.join(sorted(known)) or 'none'}"
        fix = did_you_mean(name, known) or listed
        raise ValueError(f"there is no table {table!r} — {fix}")
    made = _columns(found.columns, found.key, tables.dialect)
    return Columns(made.all, made.dialect, made.names, found.sql, tables.casts)


def _columns(found: Sequence[TableColumn], key: Sequence[str], dialect: str) -> Columns:
    from gateway.connectors.sql_types import Column
    from gateway.connectors.tables import Holds
    from gateway.shape import TypeRef

    alike = {Holds.LONG: "BIGINT", Holds.WHOLE: "INTEGER", Holds.TEXT: "VARCHAR"}
    made = tuple(
        Column(
            each.name,
            TypeRef(each.holds.value.strip()),
            alike.get(each.holds, each.said),
            each.nullable and each.name not in key,
            each.name in key,
        )
        for each in found
    )
    return Columns(made, dialect, {each.name: each.sql for each in found})
