"""What can happen to the keys of those who prove who asks. Part of `events`."""

from __future__ import annotations

from typing import TypeAlias

from gateway.record import Model


class IssuerKeysTaken(Model, frozen=True):
    """An issuer publishes other keys than before, and they are believed now."""

    issuer: str
    keys: int


class IssuerKeysLost(Model, frozen=True):
    """An issuer's keys cannot be had; its last ones are believed for so long still.

    ``left`` is in seconds; 0 where there are none.
    """

    issuer: str
    reason: str
    left: float


class CallersRefused(Model, frozen=True):
    """So many callers were refused for one reason since it was told last."""

    reason: str
    detail: str
    count: int


Identifying: TypeAlias = IssuerKeysTaken | IssuerKeysLost | CallersRefused
"""Any of them."""
