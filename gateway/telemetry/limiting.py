"""What can happen to the limits of those who ask. Part of `events`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class LimitExceeded:
    """So many requests asked for more than a limit allows since it was told last.

    ``verdict`` is refused, or warned where the limit is not held. ``found`` and
    ``allowed`` are those of the last one, whose id is ``request_id``.
    """

    limit: str
    verdict: str
    found: float
    allowed: float
    count: int
    request_id: str


Limiting: TypeAlias = LimitExceeded
"""Any of them."""
