"""CSV → rows, as RFC 4180 has it, one record at a time.

In charge of records and of what is wrong with them. A quote that nobody closes costs
its own line and not the rest of the file.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from gateway.doors.export.lines import Line, Lines
from gateway.doors.export.rows import CHUNK, Bad, Chunk, Found, InputError, Row

_MOST_LINES = 500
"""Lines that one record may have: beyond them a quote was not closed."""
_OPEN = "a quote is not closed"


@dataclass(slots=True)
class CsvRows:
    """A file of records, the first of which names the columns."""

    lines: Lines
    separator: str = ","
    text: bool = True
    _header: Sequence[str] = field(init=False, default=())

    def columns(self) -> Sequence[str]:
        """Those that the first record names.

        Raises:
            InputError: there is none, or it names one twice.
        """
        if not self._header:
            self._header = self._named()
        return self._header

    def chunks(self) -> Iterator[Chunk]:
        """The records after the first; lines with nothing in them are none."""
        self.columns()
        found = self._found()
        while chunk := list(islice(found, CHUNK)):
            yield chunk

    def read(self) -> float | None:
        """By bytes."""
        return self.lines.read()

    def close(self) -> None:
        """Close the file."""
        self.lines.file.close()

    def _named(self) -> Sequence[str]:
        first = next(self.lines, None)
        if first is None:
            raise InputError("it is empty; its first line names the columns")
        cells = self._record(first)
        if isinstance(cells, str):
            raise InputError(f"its first line names no columns: {cells}")
        names = [cell.strip() for cell in cells]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise InputError(f"its first line names {twice[0]!r} twice")
        return names

    def _found(self) -> Iterator[Found]:
        number = 0
        for line in self.lines:
            if line.wrong or line.text.strip():
                number += 1
                yield self._row(number, line)

    def _row(self, number: int, line: Line) -> Found:
        cells = self._record(line)
        if isinstance(cells, str):
            return Bad(number, cells, line.number)
        want, have = len(self._header), len(cells)
        if have != want:
            return Bad(number, f"{have} values for {want} columns", line.number)
        return Row(number, dict(zip(self._header, cells, strict=True)), line.number)

    def _record(self, first: Line) -> list[str] | str:
        """The cells of the record that begins here, or what is wrong with it."""
        if first.wrong:
            return first.wrong
        if '"' not in first.text:
            return first.text.rstrip("\r\n").split(self.separator)
        taken = [first]
        quotes = first.text.count('"')
        while quotes % 2:
            following = next(self.lines, None)
            if following is not None:
                taken.append(following)
            ends = following is None or following.wrong or len(taken) > _MOST_LINES
            if following is None or ends:
                return self._given_up(taken, _OPEN)
            quotes += following.text.count('"')
        text = "".join(line.text for line in taken)
        try:
            (cells,) = csv.reader([text], delimiter=self.separator, strict=True)
        except ValueError:
            return self._given_up(taken, _OPEN)
        except csv.Error as error:
            return self._given_up(taken, str(error))
        return cells

    def _given_up(self, taken: list[Line], reason: str) -> str:
        """The first line is lost; those after it are read as if it were not there."""
        self.lines.put_back(taken[1:])
        return reason
