"""How many calls a request may make, counted while it runs.

In charge of what nobody knows before: how many objects a list has, how many pages. What
is known before is judged with the plan. Must never end a call that was made.
"""

from __future__ import annotations

from typing import Protocol

from gateway.errors import Code
from gateway.execution.model import Failed, Failure

BEYOND = Failed(
    Failure(
        Code.MAX_CALLS_LIMIT,
        "Not asked: the request makes no more upstream calls than 'limits.calls'"
        " allows.",
    )
)


class Allows(Protocol):
    """Asked before calls of objects and pages are made: how many of them may be."""

    def __call__(self, wanted: int, /) -> int: ...


def unbounded(wanted: int) -> int:
    """Nobody counts."""
    return wanted
