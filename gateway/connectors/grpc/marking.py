"""A call on its way, marked for whoever looks into it.

In charge of what gRPC's library lets us know: not when there was a connection, but when
messages came and which status ended it. Must never cost a call of which nobody asked.
"""

from __future__ import annotations

import asyncio

from gateway.connectors.marks import MARKING


def has_begun() -> None:
    """The first message of the answer is there."""
    marks = MARKING.get()
    if marks is not None:
        marks.first = asyncio.get_running_loop().time()


def has_ended(code: int) -> None:
    """All of it is there, or the status came in its place."""
    marks = MARKING.get()
    if marks is not None:
        marks.code, marks.received = code, asyncio.get_running_loop().time()
