"""What can happen to the limits of those who ask. Part of `events`."""

from __future__ import annotations

from typing import TypeAlias

from gateway.record import Model


class LimitExceeded(Model, frozen=True):
    """So many requests asked for more than a limit allows since it was told last.

    ``verdict`` is refused, or warned where the limit is not held. ``found`` and
    ``allowed`` are those of the last one, whose id is ``request_id``; what has no
    number is not ``found``.
    """

    limit: str
    verdict: str
    found: float | None
    allowed: float
    count: int
    request_id: str


class RatesUnshared(Model, frozen=True):
    """The store that a fleet shares its rates by fails: each process counts alone."""

    reason: str


class RatesShared(Model, frozen=True):
    """The fleet shares its rates again, after so many seconds."""

    seconds: float


Limiting: TypeAlias = LimitExceeded | RatesUnshared | RatesShared
"""Any of them."""
