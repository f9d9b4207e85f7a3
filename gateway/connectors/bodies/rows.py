"""Text of lines → a list: CSV with a header, and JSON line by line. Pure.

CSV is read as reference data is: `,`, `;` and tabs part it, whichever the first line
has most of, and an empty cell is null.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from io import StringIO

from gateway.connectors.bodies.decoding import invalid
from gateway.errors import UpstreamError

_SEPARATORS = ",;\t"


def csv_rows(text: str) -> list[dict[str, str | None]]:
    """The rows as maps by the names in the first line; cells are text.

    Raises:
        UpstreamError: invalid, where it is no CSV or a row is longer or shorter than
            the first line.
    """
    head = text.partition("\n")[0]
    separator = max(_SEPARATORS, key=head.count)
    reader = csv.reader(StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        names = next(reader, [])
        if names:
            _check_names(names)
        return list(_rows(names, reader))
    except csv.Error as error:
        message = f"Line {reader.line_num} of the source's answer is no CSV."
        raise invalid(message, detail=str(error)) from None


def _rows(
    names: Sequence[str], lines: Iterator[list[str]]
) -> Iterator[dict[str, str | None]]:
    for number, cells in enumerate(lines, 1):
        if not cells:
            continue  # an empty line
        if len(cells) != len(names):
            raise invalid(
                f"Row {number} of the source's CSV has {len(cells)} cells, and its "
                f"header {len(names)}."
            )
        yield {name: cell or None for name, cell in zip(names, cells, strict=True)}


def _check_names(names: Sequence[str]) -> None:
    if len(set(names)) < len(names):
        raise invalid("Two columns of the source's CSV have one name.")
    if "" in names:
        raise invalid("A column of the source's CSV has no name.")


def json_lines(text: bytes, read: Callable[[bytes], object]) -> list[object]:
    """What ``read`` makes of each line that is not empty.

    Raises:
        UpstreamError: invalid, naming the first line that is broken.
    """
    rows: list[object] = []
    for number, line in enumerate(text.split(b"\n"), 1):
        if not line.strip():
            continue
        try:
            rows.append(read(line))
        except UpstreamError as error:
            message = f"Line {number} of the source's answer is not valid JSON."
            raise invalid(message, detail=error.detail) from None
    return rows
