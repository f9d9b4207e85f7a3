"""Calls of SQL sources in tests, written with their parameters in place."""

from __future__ import annotations

import pytest

from gateway.clock import Deadline, LoopClock
from gateway.connectors.base import Call, Slot
from gateway.connectors.rows import Rows, SqlTarget
from gateway.connectors.sql_text import parts_of, placeholders, translated
from gateway.errors import ErrorClass, UpstreamError


def target(query: str, rows: Rows = "many", dialect: str = "mysql") -> SqlTarget:
    """The target that a step with this query has."""
    found = placeholders(query, dialect)

    def name(each: object) -> str:
        return str(getattr(each, "name", ""))

    slots = {name(each): Slot(name(each)) for each in found}
    parts = parts_of(query, found, name)
    return SqlTarget(translated(query, found, name), slots, rows, parts)


def call(
    query: str, rows: Rows = "many", *, within: float = 30.0, **inputs: object
) -> Call[SqlTarget]:
    """A call of such a step; the inputs are its parameters."""
    deadline = Deadline.after(within, LoopClock())
    return Call("shop", target(query, rows), inputs, deadline)


async def failure(source: object, asked: Call[SqlTarget]) -> UpstreamError:
    """What the source says; the test fails where it answers."""
    with pytest.raises(UpstreamError) as caught:
        await source.call(asked)  # type: ignore[attr-defined]
    return caught.value


async def said(source: object, asked: Call[SqlTarget]) -> tuple[ErrorClass, str]:
    """Its class and what a client reads of it."""
    error = await failure(source, asked)
    return error.kind, error.message
