"""What went wrong at a NATS, in words for clients."""

from __future__ import annotations

from nats.errors import Error
from nats.js.errors import APIError, NotFoundError

from gateway.errors import ErrorClass, UpstreamError


def unreachable(error: BaseException) -> UpstreamError:
    """Why there is no connection; nothing of a URL or of who asks."""
    if "authorization" in str(error).lower():
        message, detail = "The source does not accept who we are.", "authorization"
    else:
        message, detail = "The source cannot be reached.", type(error).__name__
    return UpstreamError(message, kind=ErrorClass.CONNECT, detail=detail)


def failure(error: Error) -> UpstreamError:
    """Why nothing can be listened to, over a connection that stands."""
    if isinstance(error, NotFoundError):
        message = "The source has no such stream."
        return UpstreamError(message, kind=ErrorClass.QUERY, detail="no such stream")
    if isinstance(error, APIError):
        message = "The source does not let its stream be read."
        detail = f"JetStream error {error.err_code}"
        return UpstreamError(message, kind=ErrorClass.QUERY, detail=detail)
    message = "The source does not let its stream be read."
    return UpstreamError(message, kind=ErrorClass.QUERY, detail=type(error).__name__)
