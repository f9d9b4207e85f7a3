"""What a DuckDB source says of its tables: their keys, what they refer to, comments.

In charge of describing, for people who write a schema. Must never read a row, and never
be used by what serves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gateway.connectors.duckdb_describe import asked_of, quoted
from gateway.connectors.settings import DuckDBSettings
from gateway.connectors.tables import ForeignKey, Holds, Table, TableColumn, Tables

_COLUMNS = """
SELECT c.table_name, c.column_name, c.data_type, c.is_nullable, c.comment
FROM duckdb_columns() c
WHERE NOT c.internal AND c.schema_name = coalesce($schema, 'main')
  AND c.database_name NOT IN ('system', 'temp')
ORDER BY c.table_name, c.column_index
"""
_KEYS = """
SELECT table_name, constraint_type, constraint_column_names, referenced_table,
       referenced_column_names
FROM duckdb_constraints()
WHERE schema_name = coalesce($schema, 'main')
"""
_COMMENTS = """
SELECT table_name, comment FROM duckdb_tables() WHERE comment IS NOT NULL
  AND schema_name = coalesce($schema, 'main')
UNION ALL
SELECT view_name, comment FROM duckdb_views() WHERE comment IS NOT NULL
  AND schema_name = coalesce($schema, 'main')
"""
_HOLDS = {
    **dict.fromkeys(("TINYINT", "SMALLINT", "INTEGER"), Holds.WHOLE),
    **dict.fromkeys(("UTINYINT", "USMALLINT"), Holds.WHOLE),
    **dict.fromkeys(("BIGINT", "UINTEGER"), Holds.LONG),
    **dict.fromkeys(("HUGEINT", "UBIGINT", "UHUGEINT"), Holds.EXACT),
    **dict.fromkeys(("FLOAT", "DOUBLE"), Holds.NUMBER),
    **dict.fromkeys(("VARCHAR", "UUID", "BLOB", "TIME", "ENUM"), Holds.TEXT),
    "DECIMAL": Holds.EXACT,
    "BOOLEAN": Holds.TRUTH,
    "DATE": Holds.DATE,
}


def duckdb_tables(settings: DuckDBSettings, schema: str | None) -> Tables:
    """Every table and view of a schema, ``main`` by default.

    Raises:
        ValueError: the schema has no tables.
        UpstreamError: the database cannot be opened.
    """

    def describe(cursor: Any) -> Tables:
        bound = {"schema": schema}
        columns = cursor.execute(_COLUMNS, bound).fetchall()
        keys = cursor.execute(_KEYS, bound).fetchall()
        comments = dict(cursor.execute(_COMMENTS, bound).fetchall())
        if schema is not None and not columns:
            raise ValueError(f"there is no schema {schema!r} with tables")
        found: dict[str, list[TableColumn]] = {}
        for table, *column in columns:
            found.setdefault(table, []).append(_column(column))
        tables = (
            _table(name, schema, each, [row[1:] for row in keys if row[0] == name])
            for name, each in found.items()
        )
        return Tables(
            tuple(_said(each, comments) for each in tables), "duckdb", casts=True
        )

    return asked_of(settings, describe)


def _column(row: Sequence[Any]) -> TableColumn:
    name, said, nullable, comment = row
    word = said.partition("(")[0]
    holds = Holds.TIME if word.startswith("TIMESTAMP") else _HOLDS.get(word)
    is_list = said.endswith("]")
    return TableColumn(
        name,
        Holds.OTHER if is_list or holds is None else holds,
        said,
        quoted(name),
        bool(nullable),
        comment or "",
    )


def _table(
    name: str,
    schema: str | None,
    columns: Sequence[TableColumn],
    keys: Sequence[Sequence[Any]],
) -> Table:
    primary = next((each[1] for each in keys if each[0] == "PRIMARY KEY"), ())
    foreign = (each for each in keys if each[0] == "FOREIGN KEY")
    return Table(
        name,
        quoted(name) if schema is None else f"{quoted(schema)}.{quoted(name)}",
        tuple(columns),
        tuple(primary),
        tuple(ForeignKey(tuple(c), to, tuple(at)) for _, c, to, at in foreign),
        tuple(tuple(each[1]) for each in keys if each[0] == "UNIQUE"),
    )


def _said(table: Table, comments: Mapping[str, str]) -> Table:
    from gateway.record import replace

    return replace(table, comment=comments.get(table.name, ""))
