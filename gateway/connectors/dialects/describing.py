"""What a database says of its tables, through SQLAlchemy's inspector.

In charge of describing, for people who write a schema. Must never read a row, and never
be used by what serves.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from gateway.connectors.dialects.database import Database, quote, types
from gateway.connectors.dialects.faults import query_error
from gateway.connectors.settings import DialectSettings
from gateway.connectors.tables import ForeignKey, Holds, Table, TableColumn, Tables
from gateway.drivers import driver_of

T = TypeVar("T")
_HOLDS = (
    ("Boolean", Holds.TRUTH),
    ("BigInteger", Holds.LONG),
    ("Integer", Holds.WHOLE),
    ("Float", Holds.NUMBER),
    ("Numeric", Holds.EXACT),
    ("DateTime", Holds.TIME),
    ("Date", Holds.DATE),
    ("Enum", Holds.TEXT),
    ("String", Holds.TEXT),
    ("Uuid", Holds.TEXT),
    ("Time", Holds.TEXT),
    ("LargeBinary", Holds.TEXT),
)
"""By SQLAlchemy's generic types, the narrower ones first."""


def described_tables(settings: DialectSettings, schema: str | None) -> Tables:
    """Every table and view of a schema; None is the database's own default.

    Raises:
        ValueError: there is no such schema.
        UpstreamError: the database cannot be reached or does not tell.
    """
    return asyncio.run(_asked(settings, lambda inspector: _tables(inspector, schema)))


async def _asked(settings: DialectSettings, ask: Callable[[Any], T]) -> T:
    database = await asyncio.to_thread(Database.open, settings)

    def inspected() -> T:
        try:
            with database.inspector() as inspector:
                return ask(inspector)
        except database.dbapi.Error as error:
            raise query_error(error, database.dbapi) from None
        finally:
            database.close()

    if database.waits:
        found: T = await database.awaited(inspected)
        return found
    return await asyncio.to_thread(inspected)


def _tables(inspector: Any, schema: str | None) -> Tables:
    if schema is not None and schema not in inspector.get_schema_names():
        known = ", ".join(inspector.get_schema_names())
        raise ValueError(f"there is no schema {schema!r} — there are: {known}")
    names = [*inspector.get_table_names(schema), *inspector.get_view_names(schema)]
    dialect = inspector.dialect.name
    known = driver_of(f"{dialect}://").dialect
    postgres = dialect == "postgresql"
    tables = tuple(_table(inspector, name, schema) for name in sorted(names))
    return Tables(tables, "postgres" if postgres else known, casts=postgres)


def _table(inspector: Any, name: str, schema: str | None) -> Table:
    dialect = inspector.dialect
    key = inspector.get_pk_constraint(name, schema) or {}
    columns = inspector.get_columns(name, schema)
    own = quote(dialect, name)
    return Table(
        name,
        own if schema is None else f"{quote(dialect, schema)}.{own}",
        tuple(_column(dialect, each) for each in columns),
        tuple(key.get("constrained_columns") or ()),
        tuple(_foreign(inspector, name, schema)),
        tuple(_unique(inspector, name, schema)),
        _comment(inspector, name, schema),
    )


def _column(dialect: Any, found: Mapping[str, Any]) -> TableColumn:
    type_ = found["type"]
    holds = next((h for name, h in _HOLDS if isinstance(type_, types(name))), None)
    said = str(type_.compile(dialect)) if holds is not None else type(type_).__name__
    if getattr(type_, "display_width", None) == 1 and said.startswith("TINYINT"):
        holds = Holds.TRUTH  # MySQL's only way to say so
    return TableColumn(
        found["name"],
        holds or Holds.OTHER,
        said.partition(" COLLATE")[0].partition(" CHARACTER SET")[0],
        quote(dialect, found["name"]),
        bool(found.get("nullable", True)),
        found.get("comment") or "",
    )


def _foreign(inspector: Any, name: str, schema: str | None) -> Sequence[ForeignKey]:
    return [
        ForeignKey(
            tuple(each["constrained_columns"]),
            each["referred_table"],
            tuple(each["referred_columns"]),
        )
        for each in inspector.get_foreign_keys(name, schema)
        if each.get("referred_schema") in (None, schema)
    ]


def _unique(inspector: Any, name: str, schema: str | None) -> Sequence[tuple[str, ...]]:
    try:
        found = inspector.get_unique_constraints(name, schema)
    except NotImplementedError:
        return ()
    return [tuple(each["column_names"]) for each in found]


def _comment(inspector: Any, name: str, schema: str | None) -> str:
    try:
        found = inspector.get_table_comment(name, schema)
    except NotImplementedError:
        return ""
    return str(found.get("text") or "")
