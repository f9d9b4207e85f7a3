"""Columns as a query's text tells them, and as its database does.

In charge of which of the two counts. Must never ask where the text tells all: a profile
whose columns are cast has the same types wherever it is loaded.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeAlias, runtime_checkable

from gateway.connectors.sql_types import JSON
from gateway.record import replace
from gateway.shape import FieldShape

Columns: TypeAlias = tuple[FieldShape, ...] | None


@runtime_checkable
class Describing(Protocol):
    """A source that can be asked at load what a query gives."""

    @property
    def dialect(self) -> str:
        """Its SQL, by sqlglot's word."""

    def columns(self, query: str) -> Columns:
        """The columns of a query; None where nobody says."""


def described(told: Columns, ask: Callable[[], Columns]) -> Columns:
    """What the text tells, with the types that only the database knows."""
    if told is not None and all(each.type != JSON for each in told):
        return told
    found = ask()
    if found is None or told is None:
        return told if found is None else found
    types = {each.name: each.type for each in found}
    return tuple(
        replace(each, type=types.get(each.name, JSON)) if each.type == JSON else each
        for each in told
    )
