"""What can happen to the store that a fleet shares incidents by. Part of `events`."""

from __future__ import annotations

from typing import TypeAlias

from gateway.record import Model


class IncidentsUnshared(Model, frozen=True):
    """The store fails by which a fleet tells once: each process tells for itself."""

    reason: str


class IncidentsShared(Model, frozen=True):
    """The fleet tells of an incident once again, after so many seconds."""

    seconds: float


Alarming: TypeAlias = IncidentsUnshared | IncidentsShared
"""Any of them."""
