"""What tables and their columns are called in GraphQL.

In charge of every name that an import of tables gives, each decided once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from gateway.connectors.tables import ForeignKey, Holds, Table, TableColumn, Tables
from gateway.importing.made import Told
from gateway.importing.names import Taken, camel, field_name, type_name
from gateway.profile.samples import pascal
from gateway.record import Model

_KEYS = frozenset({Holds.TEXT, Holds.WHOLE, Holds.LONG, Holds.EXACT})
_ENDS = ("_id", "_ID", "Id", "ID", "_key", "_no", "_code")


class Link(Model, frozen=True):
    """A field made of a foreign key: to one row, or back to the ``many`` of a table."""

    name: str
    owner: str
    target: str
    column: str
    by: str
    many: bool


@dataclass(slots=True)
class Names:
    """Types by table, fields by table and column, and the links between them."""

    tables: Tables
    told: Told
    types: dict[str, str] = field(default_factory=dict)
    fields: dict[str, dict[str, str]] = field(default_factory=dict)
    links: dict[str, list[Link]] = field(default_factory=dict)

    @classmethod
    def of(cls, tables: Tables, told: Told) -> Names:
        """Names for all of them; what cannot have one of its own is told."""
        made = cls(tables, told)
        taken = Taken()
        for table in tables.all:
            made.types[table.name] = taken.free(type_name(_one(pascal(table.name))))
            made.fields[table.name] = _fields(table, told)
            made.links[table.name] = []
        for table in tables.all:
            for key in table.foreign:
                made._link(table, key)
        return made

    def sort(self, table: Table, column: TableColumn) -> str:
        """The GraphQL type of a column; keys are IDs."""
        keys = {*table.key, *(c for key in table.foreign for c in key.columns)}
        is_key = column.name in keys and column.holds in _KEYS
        kind = "ID" if is_key else column.holds.value.strip()
        return kind if column.nullable and column.name not in table.key else f"{kind}!"

    def _link(self, table: Table, key: ForeignKey) -> None:
        what = f"{table.name}({', '.join(key.columns)})"
        target = next((t for t in self.tables.all if t.name == key.table), None)
        if target is None:
            self.told.leave_out(what, "refers to a table outside of this schema")
            return
        if len(key.columns) > 1:
            self.told.leave_out(what, "a reference by several columns")
            return
        column, by = key.columns[0], (key.to or target.key)[0]
        name = self._free(table.name, _stem(column), target.name)
        self.links[table.name].append(
            Link(name, table.name, target.name, column, by, many=False)
        )
        several = sum(k.table == key.table for k in table.foreign) > 1
        back = camel(table.name) if not several else camel(f"{table.name} by {name}")
        back = self._free(target.name, back, table.name)
        self.links[target.name].append(
            Link(back, target.name, table.name, by, column, many=True)
        )

    def _free(self, owner: str, wanted: str, other: str) -> str:
        taken = {*self.fields[owner].values(), *(x.name for x in self.links[owner])}
        if wanted in taken:
            wanted = f"{wanted}{pascal(_one(other))}"
        return Taken(set(taken)).free(wanted)


def _fields(table: Table, told: Told) -> dict[str, str]:
    taken = Taken()
    made = {}
    for column in table.columns:
        name = taken.free(field_name(column.name))
        if name != column.name:
            told.change(f"{table.name}.{column.name}", "is no GraphQL name")
        made[column.name] = name
    return made


def _stem(column: str) -> str:
    """``customer_id`` names a ``customer``."""
    for end in _ENDS:
        if column.endswith(end) and len(column) > len(end):
            return field_name(column.removesuffix(end))
    return field_name(column)


def _one(name: str) -> str:
    """``Customers`` are each a ``Customer``."""
    if name.endswith("ies") and len(name) > len("ties"):
        return f"{name[:-3]}y"
    if name.endswith(("sses", "xes", "ches", "shes")):
        return name[:-2]
    kept = name.endswith(("ss", "us", "is")) or not name.endswith("s")
    return name if kept else name[:-1]


def listed(fields: Mapping[str, str], columns: Sequence[TableColumn]) -> str:
    """A SELECT list: columns under the names of their fields."""
    return ", ".join(
        each.sql
        if fields[each.name] == each.name
        else f"{each.sql} AS {fields[each.name]}"
        for each in columns
    )
