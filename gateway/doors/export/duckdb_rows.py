"""Parquet, and JSON files that are one list → rows, read by DuckDB as a stream.

In charge of values as JSON has them. Reads no other file than the one that is named.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, time
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from gateway.doors.export.rows import CHUNK, Bad, Chunk, Found, InputError, Row

if TYPE_CHECKING:
    import duckdb

    from gateway.values import JsonValue

_LONGEST = 64 * 1024 * 1024
"""Bytes of one object of a list, at most."""


@dataclass(slots=True)
class _Streamed:
    """What both formats do: a query whose rows come in chunks."""

    path: Path
    text: bool = False
    _database: duckdb.DuckDBPyConnection | None = field(init=False, default=None)

    def close(self) -> None:
        """Close the database that reads the file."""
        if self._database is not None:
            self._database.close()

    def _asked(self, query: str, *more: object) -> duckdb.DuckDBPyConnection:
        import duckdb

        if self._database is None:
            self._database = duckdb.connect(":memory:", config={"threads": 2})
        try:
            return self._database.execute(query, [str(self.path), *more])
        except duckdb.Error as error:
            raise InputError(_plainly(error)) from error

    def _fetched(
        self, answer: duckdb.DuckDBPyConnection, number: int
    ) -> list[tuple[object, ...]]:
        import duckdb

        try:
            return answer.fetchmany(CHUNK)
        except duckdb.Error as error:
            after = f"after row {number}: " if number else ""
            raise InputError(f"{after}{_plainly(error)}") from error


@dataclass(slots=True)
class ParquetRows(_Streamed):
    """A Parquet file: its columns are known, and so is the number of its rows."""

    _many: int = field(init=False, default=0)
    _taken: int = field(init=False, default=0)

    def columns(self) -> Sequence[str]:
        """The file's own.

        Raises:
            InputError: it is no Parquet file.
        """
        counted = self._asked("SELECT sum(num_rows) FROM parquet_file_metadata(?)")
        found = counted.fetchone()
        self._many = int(found[0]) if found and found[0] else 0
        described = self._asked("SELECT * FROM read_parquet(?) LIMIT 0").description
        return [column[0] for column in described or ()]

    def chunks(self) -> Iterator[Chunk]:
        """Its rows; what is null in them is not given."""
        names = self.columns()
        answer = self._asked("SELECT * FROM read_parquet(?)")
        number = 0
        while rows := self._fetched(answer, number):
            yield [_row(number + n, names, row) for n, row in enumerate(rows, 1)]
            number += len(rows)
            self._taken = number

    def read(self) -> float | None:
        """By rows."""
        return self._taken / self._many if self._many else None


@dataclass(slots=True)
class JsonRows(_Streamed):
    """A JSON file that is one list of objects."""

    def columns(self) -> None:
        """Each row has its own."""

    def chunks(self) -> Iterator[Chunk]:
        """The objects of the list."""
        answer = self._asked(
            "SELECT json FROM read_json_objects(?, format='array', "
            "maximum_object_size=?)",
            _LONGEST,
        )
        number = 0
        while rows := self._fetched(answer, number):
            yield [_object(number + n, text) for n, (text,) in enumerate(rows, 1)]
            number += len(rows)

    def read(self) -> float | None:
        """Nobody knows: the list's end is not in sight."""
        return None


def _row(number: int, names: Sequence[str], cells: tuple[object, ...]) -> Found:
    values: dict[str, JsonValue] = {}
    for name, cell in zip(names, cells, strict=True):
        if cell is None:
            continue
        try:
            values[name] = as_json(cell)
        except ValueError as error:
            return Bad(number, f"column {name!r}: {error}")
    return Row(number, values)


def _object(number: int, text: object) -> Found:
    values = orjson.loads(str(text))
    if isinstance(values, dict):
        return Row(number, values)
    return Bad(number, "no JSON object")


def as_json(value: object) -> JsonValue:
    """A value of a column as JSON has it; exact numbers and dates are text.

    Raises:
        ValueError: bytes that are no text.
    """
    if isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, bytes):
        return _text(value)
    if isinstance(value, list | tuple):
        return [as_json(one) for one in value]
    if isinstance(value, dict):
        return {str(name): as_json(one) for name, one in value.items()}
    return None if value is None else _written(value)


def _text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise ValueError("bytes that are no UTF-8 text") from None


def _written(value: object) -> str:
    if isinstance(value, Decimal):
        return format(value, "f")
    return value.isoformat() if isinstance(value, date | time) else str(value)


def _plainly(error: Exception) -> str:
    """DuckDB's own words, the first line of them."""
    return str(error).partition("\n")[0]
