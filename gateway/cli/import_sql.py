"""A table or a query of a configured source → SDL, and a profile to start from.

In charge of what the columns' types are called in GraphQL for people to own. Opens the
source to have it described, and reads no row.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.cli.failures import CommandError, misused
from gateway.cli.import_step import deployment_of
from gateway.cli.imported import check_type_name
from gateway.cli.query import read_query
from gateway.record import Model

if TYPE_CHECKING:
    from gateway.cli.import_columns import Columns
    from gateway.connectors.sql_types import Column
    from gateway.profile.drafts import Draft, DraftType

_MOST_ROWS = 100
_WIDE = ("BIGINT", "UINTEGER")
_WIDEST = ("HUGEINT", "UBIGINT", "UHUGEINT")


class Asked(Model, frozen=True):
    """What is imported: a table, or a query, and what its type is called."""

    source: str
    type: str
    table: str | None
    query: str | None

    @classmethod
    def of(
        cls, source: str, table: str | None, query: str | None, name: str | None
    ) -> Asked:
        """What the options ask for.

        Raises:
            CommandError: not one of table and query, or a query without a type.
        """
        from gateway.profile.samples import pascal

        if (table is None) == (query is None):
            raise misused(
                "this imports all tables of a SOURCE, one table or one query",
                hint="name the SOURCE, or write --table or --query",
            )
        if query is not None:
            if name is None:
                raise misused("a query has no name", hint="add --type RiskProfile")
            query = read_query(query).strip().removesuffix(";")
        last = (table or "").rpartition(".")[2]
        return cls(source, check_type_name(name or pascal(last)), table, query)


class Described(Model, frozen=True):
    """What the source says: its columns, and the types made of them."""

    columns: Columns
    types: tuple[DraftType, ...]
    profiles: Path

    @property
    def profile_file(self) -> Path:
        """Where the profile goes: beside the others."""
        name = self.types[0].name
        file = self.profiles / f"{name[:1].lower()}{name[1:]}.yaml"
        here = Path.cwd()
        return file.relative_to(here) if file.is_relative_to(here) else file


def described(asked: Asked, config: list[str] | None) -> Described:
    """The types of what is asked for, as the source describes it.

    Raises:
        CommandError: there is no such source, table or column, or it cannot be opened.
    """
    from gateway.cli.import_columns import columns_of
    from gateway.cli.import_tables import settings_named
    from gateway.errors import UpstreamError

    deployment = deployment_of(config)
    settings = settings_named(asked.source, deployment.sources)
    try:
        columns = columns_of(asked.source, settings, asked.table, asked.query or "")
    except ValueError as error:
        raise CommandError(str(error)) from None
    except UpstreamError as error:
        said = f": {error.detail}" if error.detail else ""
        raise CommandError(f"source {asked.source!r}: {error.message}{said}") from None
    types = tuple(_types(asked.type, columns.all))
    return Described(columns, types, deployment.profiles.path)


def heading(asked: Asked) -> tuple[str, ...]:
    """What a reader of the file should know of how it came about."""
    what = f"table {asked.table}" if asked.table else "a query"
    first = (
        f"From {what} of source {asked.source} by 'headwater import sql'; yours now."
    )
    if asked.table:
        return (first, "A '!' is a NOT NULL of the table.")
    return (first, "A query does not say what is never null: add '!' where you know.")


def _types(name: str, columns: Sequence[Column]) -> Iterator[DraftType]:
    """The type of a row, then those of its STRUCTs."""
    from gateway.profile.drafts import DraftField, DraftType
    from gateway.profile.samples import is_name, pascal

    fields = []
    inner: list[tuple[str, Sequence[Column]]] = []
    for column in columns:
        if not is_name(column.name):
            continue
        below = name + (pascal(column.name) or "_")
        if column.fields:
            inner.append((below, column.fields))
        fields.append(DraftField(column.name, _draft(column, below)))
    odd = [column.name for column in columns if not is_name(column.name)]
    notes = tuple(
        f"left out: {each!r} is no GraphQL name; name it in a query with AS"
        for each in odd
    )
    yield DraftType(name, tuple(fields), notes)
    for each, its in inner:
        yield from _types(each, its)


def _draft(column: Column, below: str) -> Draft:
    from gateway.record import replace

    made = _plain(column, below)
    if column.nullable:
        return made
    return replace(made, type=replace(made.type, wrappers=f"!{made.type.wrappers}"))


def _plain(column: Column, below: str) -> Draft:
    """The type by the column's own; a note where GraphQL has none that is equal."""
    from gateway.profile.drafts import Draft, is_id
    from gateway.shape import TypeRef

    whole = column.said in (*_WIDE, *_WIDEST, "INTEGER", "VARCHAR", "UUID")
    if whole and is_id(column.name):
        return Draft(TypeRef("ID"))
    if not column.type.name:
        return Draft(TypeRef(below, column.type.wrappers))
    if column.said in _WIDE:
        note = f"{column.said}: Float is exact to 2^53, Decimal always"
        return Draft(TypeRef("Float"), (note,))
    if column.said in _WIDEST:
        return Draft(TypeRef("Decimal"), (f"{column.said}: beyond what Float keeps",))
    if column.type.name == "JSON" or column.said.startswith("ENUM"):
        return Draft(column.type, (column.said,))
    return Draft(column.type)


# -- a profile to start from -----------------------------------------------------------


def profile_of(asked: Asked, found: Described) -> str:
    """A profile that answers with the rows; people change it as they like."""
    operation = found.profile_file.stem
    sql, arguments, many = _query(asked, found.columns)
    lines = ["language: 1", f"operation: {operation}"]
    lines.append(f'returns: "[{asked.type}!]"' if many else f"returns: {asked.type}")
    if arguments:
        lines.append(f"args: {{ {', '.join(f'{a}: ID!' for a in arguments)} }}")
    lines += ["steps:", f"  - name: {operation}", "    type: warehouse"]
    if asked.source != "warehouse":
        lines.append(f"    source: {asked.source}")
    lines += ["    query: |", *(f"      {line}" for line in sql.splitlines())]
    return "\n".join(lines) + "\n"


def _query(asked: Asked, columns: Columns) -> tuple[str, Sequence[str], bool]:
    """The query of the step, its arguments, and whether it gives many rows."""
    from gateway.connectors.sql_text import placeholders
    from gateway.profile.samples import is_name

    if asked.query is not None:
        found = placeholders(asked.query, columns.dialect)
        arguments = tuple(dict.fromkeys(each.name or "id" for each in found))
        return asked.query, arguments, True
    names = columns.names
    listed = ", ".join(names[c.name] for c in columns.all if is_name(c.name))
    sql = f"SELECT {listed}\nFROM {columns.table}"
    key = _key(columns.all)
    if key is None:
        return f"{sql}\nLIMIT {_MOST_ROWS}", (), True
    text = key.said in ("VARCHAR", "UUID") or not columns.casts
    bound = f":{key.name}" if text else f"CAST(:{key.name} AS {key.said})"
    one = key.key or key.name == "id"
    return f"{sql}\nWHERE {names[key.name]} = {bound}", (key.name,), not one


def _key(columns: Sequence[Column]) -> Column | None:
    """What rows are asked for by: the only key, else what is named like one."""
    from gateway.profile.drafts import is_id
    from gateway.profile.samples import is_name

    named = [column for column in columns if is_name(column.name)]
    keys = [column for column in named if column.key]
    if len(keys) == 1:
        return keys[0]
    return next((column for column in named if is_id(column.name)), None)
