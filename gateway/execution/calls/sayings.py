"""What a source's failed reply says of itself, as the source's ``errors`` reads it.

In charge of turning it into short text for those who may see details. Must never let
a body through as it is, and never hide the failure: what cannot be read is not said.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import orjson

from gateway.connectors.base import Reply
from gateway.errors import UpstreamError
from gateway.execution.model import Failed, Failure
from gateway.execution.reading import evaluated
from gateway.expression import Expression
from gateway.profile.model import SourceSays
from gateway.record import replace

_LONGEST = 500
"""Characters of what is told; a stack trace has more."""


def failed(
    error: UpstreamError, attempts: int, says: SourceSays | None = None
) -> Failed:
    """A source's last error as the step's failure, with what its reply says."""
    failure = Failure(error.code, error.message, attempts, error.status, error.detail)
    if says is None or error.status is None:
        return Failed(failure)
    response = {
        "status": error.status,
        "headers": error.headers,
        "body": _decoded(error.content),
    }
    return Failed(with_words(failure, says, {"response": response}))


def settled(
    came: Reply | UpstreamError, attempts: int, says: SourceSays | None
) -> Reply | Failed:
    """What came of an attempt as a value."""
    return failed(came, attempts, says) if isinstance(came, UpstreamError) else came


def with_words(
    failure: Failure, says: SourceSays | None, scope: Mapping[str, object]
) -> Failure:
    """The failure with the words of its ``response``: a message, and its own code."""
    if says is None:
        return failure
    message = _text(says.message, scope)
    detail = "; ".join(filter(None, (failure.detail, message))) or None
    return replace(failure, detail=detail, upstream_code=_text(says.code, scope))


def _decoded(content: bytes) -> object:
    """The body as JSON; null where it is none."""
    try:
        body: object = orjson.loads(content)
    except ValueError:
        return None
    return body


def _text(read: Expression | None, scope: Mapping[str, object]) -> str | None:
    """What an expression reads as one short text; None for anything without one."""
    if read is None:
        return None
    value = evaluated(read, scope)
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        return None
    return str(value)[:_LONGEST] or None
