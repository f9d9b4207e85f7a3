"""Rows as they were read: what stands in them, or why nothing does.

In charge of the words that readers and the run share. A row that cannot be read is a
value like any other, so that the rows after it are read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol, TypeAlias

from gateway.record import Model
from gateway.values import JsonValue

CHUNK = 500
"""Rows that are read at a time; at most two such chunks are in memory."""


class InputError(Exception):
    """The file cannot be read as a whole; the text says why, and what to do."""


class Row(Model, frozen=True):
    """One row: its number, counted from 1, and its values by column.

    ``line`` is where it begins in its file; None where the file has no lines.
    """

    number: int
    values: Mapping[str, JsonValue]
    line: int | None = None


class Bad(Model, frozen=True):
    """A row that cannot be read, and why."""

    number: int
    reason: str
    line: int | None = None


Found: TypeAlias = "Row | Bad"
Chunk: TypeAlias = Sequence[Found]


class Rows(Protocol):
    """A file of rows, read from its beginning to its end, once.

    ``text`` says that its values are text whatever they mean, as those of CSV are.
    """

    text: bool

    def columns(self) -> Sequence[str] | None:
        """The columns there are; None where each row has its own.

        Raises:
            InputError: there is nothing to be read.
        """

    def chunks(self) -> Iterator[Chunk]:
        """The rows in the file's order, `CHUNK` at a time.

        Raises:
            InputError: what follows cannot be read, and no row of it can be told.
        """

    def read(self) -> float | None:
        """The share of the file that was read, 0 to 1; None where nobody knows."""

    def close(self) -> None:
        """Give the file back."""
