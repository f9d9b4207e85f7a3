"""Events of the record of who reads what, as log lines."""

from __future__ import annotations

from typing import Any

from gateway.telemetry.auditing import (
    AuditFailed,
    Auditing,
    Declassified,
    OperationUnlisted,
    UsageNotKept,
)
from gateway.telemetry.lines import Log

AUDITING_LOGGED = {
    "policy.declassified": "a step gave what comes of answers denied to the caller",
    "audit.failed": "it could not be recorded who read what",
    "operation.unlisted": "an operation is asked for that is in no manifest",
    "usage.not_kept": "counts of use could not be written; they are tried again",
}


def _audit(log: Log, event: Auditing) -> None:
    match event:
        case AuditFailed(request, reason):
            log.error("audit.failed", request_id=request, reason=reason)
        case Declassified(request, caller, steps):
            log.info(
                "policy.declassified", request_id=request, caller=caller, steps=steps
            )
        case OperationUnlisted(request, operation, client, document, refused):
            log.warning(
                "operation.unlisted",
                request_id=request,
                operation=operation,
                client=client,
                document=document,
                refused=refused,
            )
        case UsageNotKept(folder, reason):
            log.warning("usage.not_kept", folder=folder, reason=reason)


AUDITING: dict[type, Any] = {
    AuditFailed: _audit,
    Declassified: _audit,
    OperationUnlisted: _audit,
    UsageNotKept: _audit,
}
"""What becomes of each event."""
