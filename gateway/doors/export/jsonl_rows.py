"""JSON lines → rows: one object a line.

In charge of reading them; a line that is no object is told and the next is read.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import orjson

from gateway.doors.export.lines import Line, Lines
from gateway.doors.export.rows import CHUNK, Bad, Chunk, Found, Row


@dataclass(slots=True)
class JsonlRows:
    """A file of JSON lines. Its rows may have different columns."""

    lines: Lines
    text: bool = False

    def columns(self) -> None:
        """Each row has its own."""

    def chunks(self) -> Iterator[Chunk]:
        """The rows; lines with nothing in them are none."""
        found = self._found()
        while chunk := list(islice(found, CHUNK)):
            yield chunk

    def read(self) -> float | None:
        """By bytes."""
        return self.lines.read()

    def close(self) -> None:
        """Close the file."""
        self.lines.file.close()

    def _found(self) -> Iterator[Found]:
        number = 0
        for line in self.lines:
            if line.wrong or line.text.strip():
                number += 1
                yield _row(number, line)


def _row(number: int, line: Line) -> Found:
    if line.wrong:
        return Bad(number, line.wrong, line.number)
    try:
        values = orjson.loads(line.text)
    except orjson.JSONDecodeError as error:
        return Bad(number, f"no JSON: {error.msg} at column {error.colno}", line.number)
    if not isinstance(values, dict):
        return Bad(number, "no JSON object", line.number)
    return Row(number, values, line.number)
