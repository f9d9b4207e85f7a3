"""How many requests are under way in this process, and how many may be.

In charge of one number, which is compared before anything of a request is read. Must
never know what a request is.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Crowding:
    """Requests under way: ``now``, of ``most`` at a time."""

    most: int = 1_000
    now: int = 0
