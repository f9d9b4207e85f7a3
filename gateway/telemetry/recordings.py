"""What can happen while requests are recorded, as events. Part of `events`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class RecordingsDropped:
    """Requests that were chosen were not recorded; so many since it was told last."""

    number: int
    reason: str


@dataclass(frozen=True, slots=True)
class RecordingsLost:
    """The folder of recordings cannot be written; requests go on as always."""

    reason: str


@dataclass(frozen=True, slots=True)
class RecordingsKept:
    """It can be written again."""

    folder: str


Recordings: TypeAlias = RecordingsDropped | RecordingsLost | RecordingsKept
"""Any of them."""
