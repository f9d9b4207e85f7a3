"""What can happen while requests are recorded, as events. Part of `events`."""

from __future__ import annotations

from typing import TypeAlias

from gateway.record import Model


class RecordingsDropped(Model, frozen=True):
    """Requests that were chosen were not recorded; so many since it was told last."""

    number: int
    reason: str


class RecordingsLost(Model, frozen=True):
    """The folder of recordings cannot be written; requests go on as always."""

    reason: str


class RecordingsKept(Model, frozen=True):
    """It can be written again."""

    folder: str


Recordings: TypeAlias = RecordingsDropped | RecordingsLost | RecordingsKept
"""Any of them."""
