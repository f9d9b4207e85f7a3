"""Tables as a database describes them: one form for every database.

In charge of the words only. Must never ask a database.
"""

from __future__ import annotations

from enum import Enum

from gateway.record import Model


class Holds(Enum):
    """What a column holds, as far as GraphQL makes a difference."""

    TEXT = "String"
    WHOLE = "Int"
    LONG = "Float"
    NUMBER = "Float "
    EXACT = "Decimal"
    TRUTH = "Boolean"
    DATE = "Date"
    TIME = "DateTime"
    OTHER = "JSON"


class TableColumn(Model, frozen=True):
    """A column. ``said`` is the database's type, ``sql`` its name as SQL has it."""

    name: str
    holds: Holds
    said: str
    sql: str
    nullable: bool = True
    comment: str = ""


class ForeignKey(Model, frozen=True):
    """Columns that name a row of another table by the columns ``to``."""

    columns: tuple[str, ...]
    table: str
    to: tuple[str, ...]


class Table(Model, frozen=True):
    """A table or view. ``sql`` is its name in SQL; ``key`` its primary key."""

    name: str
    sql: str
    columns: tuple[TableColumn, ...]
    key: tuple[str, ...] = ()
    foreign: tuple[ForeignKey, ...] = ()
    unique: tuple[tuple[str, ...], ...] = ()
    comment: str = ""

    def column(self, name: str) -> TableColumn:
        """Its column of this name.

        Raises:
            KeyError: there is none.
        """
        for each in self.columns:
            if each.name == name:
                return each
        raise KeyError(name)


class Tables(Model, frozen=True):
    """A schema's tables.

    ``casts`` says that text given for a number has to be cast.
    """

    all: tuple[Table, ...]
    dialect: str
    casts: bool = False

    @property
    def lists(self) -> str:
        """How a list of keys is compared with: ``IN`` or ``= ANY``."""
        return "any" if self.dialect in ("duckdb", "postgres") else "in"
