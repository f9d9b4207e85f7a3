"""What can happen to the records of who reads and uses what, and to who asks what."""

from __future__ import annotations

from typing import TypeAlias

from gateway.record import Model


class AuditFailed(Model, frozen=True):
    """It could not be recorded who read: ``message`` is the system's."""

    request_id: str
    message: str


class Declassified(Model, frozen=True):
    """A request is given what steps make of answers that are denied to its caller."""

    request_id: str
    caller: str | None
    steps: tuple[str, ...]


class UsageNotKept(Model, frozen=True):
    """Counts of use could not be written; they are kept and tried again."""

    folder: str
    reason: str


class OperationUnlisted(Model, frozen=True):
    """A client asks what is in no manifest; told once for each text.

    ``document`` is the beginning of its digest, ``operation`` and ``client`` as the
    request names them. ``refused``: it is not answered.
    """

    request_id: str
    operation: str | None
    client: str | None
    document: str
    refused: bool


Auditing: TypeAlias = AuditFailed | Declassified | OperationUnlisted | UsageNotKept
