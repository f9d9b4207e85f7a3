"""How many calls a request may make, counted while it runs.

In charge of what nobody knows before: how many objects a list has, how many pages. What
is known before is judged with the plan. Must never end a call that was made.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
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


@dataclass(slots=True)
class Allowance:
    """What is left of ``most`` calls: ``steps`` have begun, with one for each.

    ``beyond`` is told once of as many calls as were wanted; where it is not ``held``,
    all are allowed. Holds nothing that its request made, which is freed as it ends.
    """

    most: int
    steps: int = 0
    made: int = 0
    held: bool = True
    beyond: Callable[[int], None] | None = None

    def __call__(self, wanted: int, /) -> int:
        """How many of so many calls may be made besides; they count as made."""
        allowed = min(wanted, max(0, self.most - self.steps - self.made))
        if allowed < wanted:
            tell, self.beyond = self.beyond, None
            if tell is not None:
                tell(self.steps + self.made + wanted)
            allowed = allowed if self.held else wanted
        self.made += allowed
        return allowed


def unbounded(wanted: int) -> int:
    """Nobody counts."""
    return wanted
