"""Lines of answers → a Parquet file, by DuckDB, when all of them are there.

In charge of the last step of an export into Parquet. The output appears in one piece;
until then the lines are beside it, and are what a second start goes on from.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from gateway.doors.export.columns import Column

_LONGEST = 16 * 1024 * 1024
"""DuckDB's own bound for a line; longer ones raise it."""


def lines_path(output: Path) -> Path:
    """Where the answers are until the output is made of them."""
    return output.with_name(f"{output.name}.rows.jsonl")


def write_parquet(lines: Path, output: Path, columns: Sequence[Column]) -> None:
    """The output, of all lines, in the order of their rows; the lines are removed."""
    import duckdb

    aside = output.with_name(f"{output.name}.new")
    longest = max(_LONGEST, 2 * _longest(lines))
    chosen = ", ".join(map(_chosen, columns))
    with duckdb.connect(":memory:") as database:
        database.execute(f"SET temp_directory = {_quoted(f'{output}.sorting')}")
        database.execute(
            f"COPY (SELECT {chosen} FROM read_json({_quoted(str(lines))}, "  # noqa: S608 - quoted
            "format='newline_delimited', columns={'row': 'BIGINT', 'key': 'JSON', "
            f"'data': 'JSON', 'errors': 'JSON'}}, maximum_object_size={longest}) "
            f"ORDER BY row) TO {_quoted(str(aside))} (FORMAT parquet)"
        )
    aside.replace(output)
    lines.unlink()


def _chosen(column: Column) -> str:
    name = '"' + column.name.replace('"', '""') + '"'
    first, *rest = column.path
    if not rest:
        return f"{first}::{column.type} AS {name}"
    steps = (one.replace("~", "~0").replace("/", "~1") for one in rest)
    pointer = _quoted("".join(f"/{one}" for one in steps))
    return f"TRY_CAST({first} ->> {pointer} AS {column.type}) AS {name}"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _longest(lines: Path) -> int:
    """Bytes of the longest line."""
    with lines.open("rb") as file:
        return max(map(len, file), default=0)
