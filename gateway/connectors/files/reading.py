"""The text of a reference file → its data, or what is wrong with it and where.

In charge of the formats. Must never open a file.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Mapping
from io import StringIO
from typing import Literal, TypeAlias

import orjson

from gateway.errors import Problem, Problems
from gateway.profile.source import read_data
from gateway.values import SourceSpan

Format: TypeAlias = Literal["json", "ndjson", "yaml", "csv"]
Column: TypeAlias = Literal["text", "int", "float", "boolean"]
_SWITCHES = {"true": True, "false": False, "1": True, "0": False}


class UnreadableError(Exception):
    """The text is no data; ``problem`` has the place."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


def data_of(
    text: str, file: str, form: Format, columns: Mapping[str, Column]
) -> object:
    """The data in a file's text. ``columns`` are the types of a CSV file's.

    Raises:
        UnreadableError: it holds something else.
    """
    text = text.removeprefix("\ufeff")
    match form:
        case "json":
            return _json(text, file)
        case "ndjson":
            lines = enumerate(text.splitlines(), 1)
            return [_json(line, file, first=n) for n, line in lines if line.strip()]
        case "yaml":
            return _yaml(text, file)
        case "csv":
            return _csv(text, file, columns)


def _json(text: str, file: str, *, first: int = 1) -> object:
    try:
        found: object = orjson.loads(text)
    except ValueError:
        raise _broken_json(text, file, first) from None
    return found


def _broken_json(text: str, file: str, first: int) -> UnreadableError:
    """Python's own parser says in words what is wrong, and counts in characters."""
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        place = SourceSpan(file, first + error.lineno - 1, error.colno)
        return _wrong(place, f"this is not JSON: {error.msg.lower()}")
    except RecursionError:
        return _wrong(SourceSpan(file, first), "this is nested too deep")
    return _wrong(SourceSpan(file, first), "this is not JSON: NaN or half a character")


def _yaml(text: str, file: str) -> object:
    problems = Problems()
    found = read_data(text, file, problems)
    if problems.errors:
        raise UnreadableError(problems.errors[0])
    return found


def _csv(text: str, file: str, columns: Mapping[str, Column]) -> object:
    head = text.partition("\n")[0]
    delimiter = max(",;\t", key=head.count)
    reader = csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[dict[str, object]] = []
    try:
        names = next(reader, [])
        _check_names(names, file, columns)
        for cells in reader:
            if not cells:
                continue
            if len(cells) != len(names):
                why = f"this row has {len(cells)} cells, and the first {len(names)}"
                raise _wrong(SourceSpan(file, reader.line_num), why)
            row = zip(names, cells, strict=True)
            rows.append({n: _cell(c, n, columns) for n, c in row})
    except csv.Error as error:
        raise _wrong(SourceSpan(file, reader.line_num), f"no CSV: {error}") from None
    except ValueError as error:
        raise _wrong(SourceSpan(file, reader.line_num), str(error)) from None
    return rows


def _check_names(names: list[str], file: str, columns: Mapping[str, Column]) -> None:
    twice = next((name for name in names if names.count(name) > 1), None)
    if not names or twice is not None or "" in names:
        why = f"two columns are named {twice!r}" if twice else "a column has no name"
        raise _wrong(SourceSpan(file), why)
    missing = [name for name in columns if name not in names]
    if missing:
        raise _wrong(SourceSpan(file), f"there is no column {missing[0]!r}")


def _cell(cell: str, name: str, columns: Mapping[str, Column]) -> object:
    """An empty cell is null, and text stays as it is.

    Raises:
        ValueError: it does not have the column's type.
    """
    kind = columns.get(name, "text")
    if not cell or kind == "text":
        return cell or None
    try:
        return _CELLS[kind](cell.strip())
    except (ValueError, KeyError):
        message = f"{cell!r} in column {name!r} is no {kind}"
        raise ValueError(message) from None


def _boolean(cell: str) -> bool:
    return _SWITCHES[cell.lower()]


_CELLS: Mapping[str, Callable[[str], object]] = {
    "int": int,
    "float": float,
    "boolean": _boolean,
}


def _wrong(place: SourceSpan, message: str) -> UnreadableError:
    hint = "until it is repaired, what was good before goes on serving"
    return UnreadableError(Problem(place, message, hint))
