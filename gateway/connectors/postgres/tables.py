"""What a PostgreSQL says of its tables and of what a query would give, for importers.

In charge of describing, for people who write a schema. Must never read a row of theirs,
run a query of theirs, and never be used by what serves.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import conninfo, pq

from gateway.connectors.postgres.faults import unopened
from gateway.connectors.postgres.session import opening, said_to_libpq
from gateway.connectors.postgres.statement import numbered
from gateway.connectors.settings import PostgresSettings
from gateway.connectors.sql_text import parts_of, placeholders, without_end
from gateway.connectors.tables import ForeignKey, Holds, Table, TableColumn, Tables

_PATIENCE = 10
_COLUMNS = """
SELECT c.relname, quote_ident(c.relname), obj_description(c.oid, 'pg_class'),
       a.attname, coalesce(b.typname, t.typname),
       coalesce(b.typcategory, t.typcategory),
       t.typnamespace = 'pg_catalog'::regnamespace AND t.typcategory <> 'A',
       format_type(a.atttypid, a.atttypmod), quote_ident(a.attname),
       NOT a.attnotnull, col_description(c.oid, a.attnum)
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid
JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_catalog.pg_type b ON b.oid = t.typbasetype
WHERE c.relnamespace = %s AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
  AND NOT c.relispartition AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY c.relname, a.attnum
"""
_KEYS = """
SELECT c.relname, k.contype, {own}, {others},
       CASE WHEN f.relnamespace = c.relnamespace THEN f.relname
            ELSE f.relnamespace::regnamespace || '.' || f.relname END
FROM pg_catalog.pg_constraint k
JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
LEFT JOIN pg_catalog.pg_class f ON f.oid = k.confrelid
WHERE c.relnamespace = %s AND k.contype IN ('p', 'f', 'u') AND NOT c.relispartition
ORDER BY c.relname, k.conname
"""
_NAMES = """ARRAY(
  SELECT a.attname::text FROM unnest({keys}) WITH ORDINALITY AS n(number, place)
  JOIN pg_catalog.pg_attribute a ON a.attrelid = {of} AND a.attnum = n.number
  ORDER BY n.place)"""
_TYPES = """
SELECT coalesce(b.typname, t.typname), coalesce(b.typcategory, t.typcategory),
       t.typnamespace = 'pg_catalog'::regnamespace AND t.typcategory <> 'A',
       format_type(t.oid, %s), quote_ident(%s)
FROM pg_catalog.pg_type t LEFT JOIN pg_catalog.pg_type b ON b.oid = t.typbasetype
WHERE t.oid = %s
"""
_HOLDS = {
    **dict.fromkeys(("int2", "int4"), Holds.WHOLE),
    **dict.fromkeys(("float4", "float8"), Holds.NUMBER),
    **dict.fromkeys(("timestamp", "timestamptz"), Holds.TIME),
    **dict.fromkeys(("json", "jsonb", "interval"), Holds.OTHER),
    "int8": Holds.LONG,
    "numeric": Holds.EXACT,
    "bool": Holds.TRUTH,
    "date": Holds.DATE,
}
"""By PostgreSQL's own names; all others are text."""
_SHORTER = (("character varying", "varchar"), ("character", "char"))


def postgres_tables(settings: PostgresSettings, schema: str | None) -> Tables:
    """Every table and view of a schema; None is the first of the session's own.

    Raises:
        ValueError: there is no such schema.
        UpstreamError: the database cannot be reached.
    """
    with _connected(settings) as connection:
        place = _schema(connection, schema)
        columns = connection.execute(_COLUMNS, (place,)).fetchall()
        keys = connection.execute(_keys(), (place,)).fetchall()
        before = ""
        if schema is not None:
            before = _one(connection, "SELECT quote_ident(%s)", schema) + "."
    made = []
    for name in dict.fromkeys(row[0] for row in columns):
        own = [row for row in columns if row[0] == name]
        of_it = [row[1:] for row in keys if row[0] == name]
        made.append(_table(before, own, of_it))
    return Tables(tuple(made), "postgres", casts=True)


def postgres_query(settings: PostgresSettings, query: str) -> tuple[TableColumn, ...]:
    """The columns that a query gives; it is prepared, and not run.

    Raises:
        ValueError: the database refuses it.
        UpstreamError: the database cannot be reached.
    """
    text = without_end(query, "postgres")
    parts = parts_of(text, placeholders(text, "postgres"), lambda p: p.name or "id")
    with _connected(settings) as connection:
        server = connection.pgconn
        prepared = server.prepare(b"", numbered(parts)[0].encode())
        if prepared.status != pq.ExecStatus.COMMAND_OK:
            raise ValueError(_refusal(prepared))
        told = server.describe_prepared(b"")
        asked = [
            (told.fmod(n), (told.fname(n) or b"").decode(), told.ftype(n))
            for n in range(told.nfields)
        ]
        if not asked:
            raise ValueError("this is not one query that reads")
        rows = [connection.execute(_TYPES, each).fetchone() for each in asked]
    return tuple(
        _column((name, *(row or ("text", "S", True, "text", name)), True, None))
        for (_, name, _), row in zip(asked, rows, strict=True)
    )


@contextmanager
def _connected(settings: PostgresSettings) -> Iterator[Any]:
    """A connection of this import's own, in a session as those that serve have."""
    password = settings.password
    try:
        address = conninfo.conninfo_to_dict(settings.url)
        said = said_to_libpq(settings, address, _PATIENCE)
        password = said.get("password")
        with psycopg.connect(autocommit=True, **said) as connection:
            connection.execute(opening(settings).encode())
            yield connection
    except (psycopg.Error, OSError, UnicodeError) as error:
        raise unopened(str(error), password) from None


def _schema(connection: Any, schema: str | None) -> int:
    found = _one(
        connection,
        "SELECT oid FROM pg_catalog.pg_namespace "
        "WHERE nspname = coalesce(%s, current_schema())",
        schema,
    )
    if found is None:
        rows = connection.execute(
            "SELECT nspname FROM pg_catalog.pg_namespace "
            "WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' ORDER BY 1"
        ).fetchall()
        known = ", ".join(row[0] for row in rows)
        asked = "in the search path" if schema is None else repr(schema)
        raise ValueError(f"there is no schema {asked} — there are: {known}")
    return int(found)


def _one(connection: Any, query: str, value: object) -> Any:
    row = connection.execute(query, (value,)).fetchone()
    return None if row is None else row[0]


def _keys() -> str:
    own = _NAMES.format(keys="k.conkey", of="k.conrelid")
    others = _NAMES.format(keys="k.confkey", of="k.confrelid")
    return _KEYS.format(own=own, others=others)


def _table(
    before: str, columns: Sequence[Sequence[Any]], keys: Sequence[Sequence[Any]]
) -> Table:
    name, sql, comment, *_ = columns[0]
    primary = next((own for kind, own, *_ in keys if kind == "p"), ())
    return Table(
        name,
        f"{before}{sql}",
        tuple(_column(row[3:]) for row in columns),
        tuple(primary),
        tuple(
            ForeignKey(tuple(own), to, tuple(others))
            for kind, own, others, to in keys
            if kind == "f"
        ),
        tuple(tuple(own) for kind, own, *_ in keys if kind == "u"),
        comment or "",
    )


def _column(row: Sequence[Any]) -> TableColumn:
    """A row of name, type, its category, whether it is the server's own, and so on."""
    name, kind, category, builtin, said, sql, nullable, comment = row
    holds = Holds.OTHER if category == "A" else _HOLDS.get(kind, Holds.TEXT)
    shown = _short(said).upper() if builtin else said
    return TableColumn(name, holds, shown, sql, bool(nullable), comment or "")


def _short(said: str) -> str:
    for long, short in _SHORTER:
        if said.startswith(long):
            return said.replace(long, short, 1)
    return str(said)


def _refusal(prepared: Any) -> str:
    said: bytes = prepared.error_field(pq.DiagnosticField.MESSAGE_PRIMARY) or b""
    return said.decode("utf-8", "replace")
