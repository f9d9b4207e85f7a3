"""What can happen to the record of who reads what, and what belongs in it."""

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


Auditing: TypeAlias = AuditFailed | Declassified
