"""Whether a document that was sent may run, and who hears where it is in no list.

Every door that takes documents from its callers asks here. Operations that the owner
wrote (profiles, saved operations) are trusted, and never asked about.
"""

from __future__ import annotations

from gateway.errors import Code, RequestError
from gateway.persisted.model import Mode, Persisted
from gateway.request.model import Asking, RequestContext
from gateway.telemetry.auditing import OperationUnlisted
from gateway.telemetry.events import Observer
from gateway.values import digest

_FORBIDDEN = 403


def judge(
    persisted: Persisted, asking: Asking, request: RequestContext, observe: Observer
) -> None:
    """Refuse a document that is in no manifest, or tell of it, as is wanted.

    Raises:
        RequestError: OPERATION_NOT_LISTED; PERSISTED_QUERY_ID_REQUIRED for one that
            has to be named.
    """
    text, refuses = asking.document, persisted.mode is Mode.ENFORCE
    if not persisted.guards or persisted.allows(text):
        return
    if persisted.tell(text):
        known, client = digest(text)[:16], request.client
        observe(
            OperationUnlisted(
                request.request_id, asking.operation, client, known, refuses
            )
        )
    if not refuses:
        return
    if persisted.ids_only:
        raise RequestError(
            "Operations are asked for by their ids here, and no document is taken.",
            code=Code.PERSISTED_QUERY_ID_REQUIRED,
            status=_FORBIDDEN,
        )
    raise RequestError(
        "The operation is none of those that may be asked here.",
        code=Code.OPERATION_NOT_LISTED,
        status=_FORBIDDEN,
    )
