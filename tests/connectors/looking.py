"""Looking into a call: which points of it were marked, and in which order."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress

from gateway.connectors.marks import MARKING, Marks
from gateway.errors import UpstreamError


async def looked_into(calling: Callable[[], Awaitable[object]]) -> Marks:
    """The marks of a call, which have to be in their order."""
    marks = Marks()
    token = MARKING.set(marks)
    try:
        with suppress(UpstreamError):
            await calling()
    finally:
        MARKING.reset(token)
    points = [marks.connected, marks.first, marks.received]
    found = [at for at in points if at is not None]
    assert found == sorted(found)
    return marks


def told(marks: Marks) -> tuple[str, ...]:
    """The points of a call that were marked."""
    points = ("connected", "first", "received")
    return tuple(name for name in points if getattr(marks, name) is not None)
