"""Tables → files: types, an entity for each key, an operation for each table.

In charge of what is made of a table. Must never ask a database: it is given tables.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gateway.connectors.tables import Holds, Table, TableColumn, Tables
from gateway.importing.made import ImportFailure, Made, Told
from gateway.importing.names import Taken, argument_name, camel
from gateway.importing.sdl_text import FieldMade, ObjectMade, printed, sdl
from gateway.importing.sql.naming import Link, Names, listed
from gateway.importing.yaml_text import document

_MOST_KEYS = 100
_MOST_ROWS = 100
_WIDE = 76
_TEXTS = ("VARCHAR", "CHAR", "TEXT", "STRING", "NVARCHAR", "BPCHAR")


def import_tables(
    source: str,
    tables: Tables,
    written: Mapping[str, object],
    besides: frozenset[str] = frozenset(),
) -> Made:
    """The files of all tables; ``besides`` are operations that are not made.

    ``written`` is the source as the deployment has it, for trying the result.

    Raises:
        ImportFailure: there is no table.
    """
    if not tables.all:
        raise ImportFailure(f"source {source}", "it has no tables", "name a --schema")
    told = Told()
    making = _Making(source, tables, Names.of(tables, told), told)
    files = {f"schema/{source}.graphql": sdl(making.types())}
    for name, data in making.profiles(besides):
        files[f"profiles/{source}/{name}.yaml"] = document(data)
    return Made(
        f"source {source}",
        files,
        {source: written},
        told,
        {
            "types": len(tables.all),
            "operations": making.operations,
            "references": sum(
                not link.many for links in making.names.links.values() for link in links
            ),
        },
    )


class _Making:
    def __init__(self, source: str, tables: Tables, names: Names, told: Told) -> None:
        self.source = source
        self.tables = tables
        self.names = names
        self.told = told
        self.operations = 0
        self._taken = Taken()

    # -- types -------------------------------------------------------------------------

    def types(self) -> Iterator[str]:
        for table in self.tables.all:
            fields = tuple(self._field(table, each) for each in table.columns)
            links = (self._linked(each) for each in self.names.links[table.name])
            yield printed(
                ObjectMade(
                    self.names.types[table.name], (*fields, *links), table.comment
                )
            )

    def _field(self, table: Table, column: TableColumn) -> FieldMade:
        kind = self.names.sort(table, column)
        note = ""
        if column.holds is Holds.LONG and not kind.startswith("ID"):
            note = f"{column.said}: Float is exact to 2^53, Decimal always"
        if column.holds is Holds.OTHER:
            note = f"{column.said}: passed on as it is"
            self.told.change(f"{table.name}.{column.name}", "its type is none of ours")
        name = self.names.fields[table.name][column.name]
        return FieldMade(name, kind, column.comment, note=note)

    def _linked(self, link: Link) -> FieldMade:
        type_ = self.names.types[link.target]
        return FieldMade(link.name, f"[{type_}!]" if link.many else type_)

    # -- profiles ----------------------------------------------------------------------

    def profiles(
        self, besides: frozenset[str]
    ) -> Iterator[tuple[str, Mapping[str, object]]]:
        for table in self.tables.all:
            type_ = self.names.types[table.name]
            entity = self._entity(table)
            if entity is not None:
                yield f"{camel(type_)}.entity", entity
            name = self._taken.free(camel(type_ if table.key else table.name))
            if name in besides:
                continue
            self.operations += 1
            yield name, self._operation(table, name)

    def _operation(self, table: Table, name: str) -> Mapping[str, object]:
        type_ = self.names.types[table.name]
        keys = [table.column(each) for each in table.key]
        made: dict[str, object] = {"language": 1, "operation": name}
        made["returns"] = type_ if keys else f"[{type_}!]"
        if keys:
            made["args"] = {argument_name(self._own(table, k)): "ID!" for k in keys}
            where = " AND ".join(
                f"{k.sql} = {self._bound(k, argument_name(self._own(table, k)))}"
                for k in keys
            )
            query = f"{self._select(table)}\nWHERE {where}\n"
        else:
            self.told.change(
                table.name, f"without a primary key: the first {_MOST_ROWS} rows"
            )
            query = f"{self._select(table)}\nLIMIT {_MOST_ROWS}\n"
        made["steps"] = [self._step(name, query)]
        return made

    def _entity(self, table: Table) -> Mapping[str, object] | None:
        """The file of a type: how a row is found by its key, and what it refers to."""
        links = self.names.links[table.name]
        made: dict[str, object] = {
            "language": 1,
            "entity": self.names.types[table.name],
        }
        if len(table.key) == 1:
            own = self._own(table, table.column(table.key[0]))
            made["key"] = [own]
            row = self._row(table, own)
            if row is not None:
                made["lookup"] = [row]
        elif table.key:
            self.told.leave_out(
                f"{table.name}({', '.join(table.key)})",
                "a key of several columns is asked for one row at a time",
            )
        if links:
            made["steps"] = [self._linking(table, each) for each in links]
        return made if "key" in made or links else None

    def _row(self, table: Table, own: str) -> Mapping[str, object] | None:
        others = [
            name for name in self.names.fields[table.name].values() if name != own
        ]
        if not others:
            return None
        key = table.column(table.key[0])
        step = self._step("row", f"{self._select(table)}\nWHERE {self._among(key)}\n")
        return {
            **step,
            "provides": others,
            "batch": {"key": f"${{ self.{own} }}", "by": own, "max": _MOST_KEYS},
        }

    def _linking(self, table: Table, link: Link) -> Mapping[str, object]:
        target = next(t for t in self.tables.all if t.name == link.target)
        by = target.column(link.by)
        query = f"{self._select(target)}\nWHERE {self._among(by)}\n"
        own = self.names.fields[table.name][link.column]
        return {
            **self._step(link.name, query),
            "batch": {
                "key": f"${{ self.{own} }}",
                "by": self._own(target, by),
                "max": _MOST_KEYS,
            },
        }

    def _step(self, name: str, query: str) -> dict[str, object]:
        made: dict[str, object] = {"name": name, "type": "warehouse"}
        if self.source != "warehouse":
            made["source"] = self.source
        return made | {"query": query}

    # -- SQL ---------------------------------------------------------------------------

    def _select(self, table: Table) -> str:
        columns = listed(self.names.fields[table.name], table.columns)
        if len(columns) > _WIDE:
            columns = columns.replace(", ", ",\n  ")
            return f"SELECT\n  {columns}\nFROM {table.sql}"
        return f"SELECT {columns}\nFROM {table.sql}"

    def _among(self, column: TableColumn) -> str:
        """Which rows have one of the keys; typed, where the database needs that."""
        if self.tables.lists == "in":
            return f"{column.sql} IN (:keys)"
        if self._is_text(column):
            return f"{column.sql} = ANY(:keys)"
        return f"{column.sql} = ANY(CAST(:keys AS {column.said}[]))"

    def _bound(self, column: TableColumn, name: str) -> str:
        plain = not self.tables.casts or self._is_text(column)
        return f":{name}" if plain else f"CAST(:{name} AS {column.said})"

    @staticmethod
    def _is_text(column: TableColumn) -> bool:
        return column.said.partition("(")[0].upper() in _TEXTS

    def _own(self, table: Table, column: TableColumn) -> str:
        return self.names.fields[table.name][column.name]
