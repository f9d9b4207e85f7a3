"""A step's query as PostgreSQL is asked: numbered parameters, and no more rows.

In charge of the text around the author's. Must never write a value into it.
"""

from __future__ import annotations

from typing import TypeAlias

from gateway.connectors.rows import SqlTarget
from gateway.record import Model

_SEVERAL = 2
"""Enough rows to tell that there are several where one is wanted."""
Key: TypeAlias = tuple[str, int]


class Statement(Model, frozen=True):
    """``names`` are the parameters' in the order of their numbers.

    ``limit`` is how many rows are read at most.
    """

    text: str
    names: tuple[str, ...]
    limit: int


def statement_of(target: SqlTarget, row_limit: int) -> Statement:
    """The statement of a step.

    The server itself stops after one row more than may be, so it never sends what
    nobody reads. Its planner knows the limit, and a query of its own keeps its order.
    """
    text, names = numbered(target.parts or (target.query,))
    limit = _SEVERAL if target.rows == "one" else row_limit + 1
    limited = ("SELECT * FROM (", text, f") AS answer LIMIT {limit}")
    return Statement("\n".join(limited), names, limit)


def numbered(parts: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """The query with ``$1`` for each of its names, and the names in order."""
    numbers: dict[str, int] = {}
    written = [parts[0]]
    for name, after in zip(parts[1::2], parts[2::2], strict=True):
        number = numbers.setdefault(name, len(numbers) + 1)
        written += [f"${number}", after]
    return "".join(written), tuple(numbers)
