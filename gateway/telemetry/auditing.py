"""What can happen to the record of who reads what."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AuditFailed:
    """It could not be recorded who read: ``message`` is the system's."""

    request_id: str
    message: str
