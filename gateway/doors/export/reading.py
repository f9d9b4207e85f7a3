"""A path → its rows, by what its name says it is.

In charge of formats and of opening. `-` is JSON lines from stdin.
"""

from __future__ import annotations

import gzip
import sys
from pathlib import Path
from typing import BinaryIO, cast

from gateway.doors.export.csv_rows import CsvRows
from gateway.doors.export.duckdb_rows import JsonRows, ParquetRows
from gateway.doors.export.jsonl_rows import JsonlRows
from gateway.doors.export.lines import Lines
from gateway.doors.export.rows import InputError, Rows

STREAM = "-"
"""Stdin or stdout in place of a file."""
_LINES = (".jsonl", ".ndjson")
_SEPARATORS = {".csv": ",", ".tsv": "\t"}
KNOWN = ".csv, .tsv, .jsonl, .ndjson (these also with .gz), .json or .parquet"


def open_rows(given: str) -> Rows:
    """The rows of a file, opened.

    Raises:
        InputError: it cannot be opened, or its name says nothing.
    """
    if given == STREAM:
        return JsonlRows(Lines(sys.stdin.buffer))
    path = Path(given)
    packed = path.suffix == ".gz"
    suffix = (Path(path.stem).suffix if packed else path.suffix).lower()
    if not path.is_file():
        raise InputError("there is no such file")
    if suffix == ".parquet" and not packed:
        return ParquetRows(path)
    if suffix == ".json" and not packed:
        return JsonRows(path)
    if suffix in _LINES:
        return JsonlRows(_lines(path, packed=packed))
    if suffix in _SEPARATORS:
        return CsvRows(_lines(path, packed=packed), _SEPARATORS[suffix])
    raise InputError(f"its name says not what it is; use {KNOWN}")


def _lines(path: Path, *, packed: bool) -> Lines:
    if packed:
        return Lines(cast("BinaryIO", gzip.open(path, "rb")))
    return Lines(path.open("rb"), path.stat().st_size)
