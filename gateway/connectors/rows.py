"""Rows as an answer: one or many, and how many at most. One rule for every SQL source.

In charge of `rows:`. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from gateway.connectors.acceptance import invalid

Rows: TypeAlias = Literal["one", "many"]


@dataclass(frozen=True, slots=True)
class SqlTarget:
    """One query with bound parameters.

    ``query`` names them ``$name``; ``params`` holds each one's slot or constant.
    """

    query: str
    params: Mapping[str, object]
    rows: Rows = "one"
    parts: tuple[str, ...] = field(default=(), compare=False, repr=False)
    """The query as written, cut at its parameters: text, name, text, name, ..., text.

    For sources that write a parameter in another way than ``$name``.
    """
    exact: bool = False
    """Whether numbers inside JSON columns must not pass through a float."""


def as_answer(rows: Sequence[Mapping[str, object]], wanted: Rows) -> object:
    """All rows as a list, or the only one; no row is null.

    Raises:
        UpstreamError: invalid, for several rows where one is wanted.
    """
    if wanted == "many":
        return list(rows)
    if len(rows) > 1:
        raise invalid("The query gives several rows where one is wanted.")
    return rows[0] if rows else None


def checked_rows(body: object, wanted: Rows) -> object:
    """A canned body under the same rule: a list is rows, a map is one, null is none."""
    if isinstance(body, Mapping):
        rows: Sequence[Mapping[str, object]] = [body]
    else:
        rows = body if isinstance(body, list | tuple) else []
    if body is not None and not isinstance(body, Mapping | list | tuple):
        raise invalid("A query's canned answer is a row, or a list of rows.")
    return as_answer(rows, wanted)


def size_of(row: Iterable[object]) -> int:
    """Roughly, in bytes: texts count, and every other value as eight.

    Lists and maps are eight and what is in them, so that empty ones are not free.
    """
    return sum(map(_size, row))


def _size(value: object) -> int:
    match value:
        case str() | bytes():
            return len(value)
        case list() | tuple():
            return 8 + size_of(value)
        case Mapping():
            return 8 + size_of(value) + size_of(value.values())
    return 8
