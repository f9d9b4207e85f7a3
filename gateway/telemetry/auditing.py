"""What can happen to the records of who reads what and who uses what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class AuditFailed:
    """It could not be recorded who read: ``message`` is the system's."""

    request_id: str
    message: str


@dataclass(frozen=True, slots=True)
class Declassified:
    """A request is given what steps make of answers that are denied to its caller."""

    request_id: str
    caller: str | None
    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UsageNotKept:
    """Counts of use could not be written; they are kept and tried again."""

    folder: str
    reason: str


Auditing: TypeAlias = AuditFailed | Declassified | UsageNotKept
