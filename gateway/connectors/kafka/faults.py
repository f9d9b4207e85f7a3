"""What went wrong at a Kafka, in words for clients."""

from __future__ import annotations

from aiokafka.errors import (
    ClusterAuthorizationFailedError,
    KafkaError,
    OffsetOutOfRangeError,
    TopicAuthorizationFailedError,
)

from gateway.connectors.rendering import rejected
from gateway.connectors.streams.ears import broken
from gateway.errors import ErrorClass, UpstreamError

_REFUSED = (ClusterAuthorizationFailedError, TopicAuthorizationFailedError)


def unreachable(error: BaseException) -> UpstreamError:
    """Why there is no connection; the library does not tell a refused login apart."""
    message = "The source cannot be reached, or does not accept who we are."
    detail = type(error).__name__
    return UpstreamError(message, kind=ErrorClass.CONNECT, detail=detail)


def failure(error: KafkaError) -> UpstreamError:
    """Why nothing can be listened to any more."""
    if isinstance(error, _REFUSED):
        return forbidden()
    if isinstance(error, OffsetOutOfRangeError):
        return rejected("The event to go on after is not kept any more.")
    return broken(type(error).__name__)


def forbidden() -> UpstreamError:
    """It knows us, and does not let us."""
    message = "The source does not let this be listened to."
    return UpstreamError(message, kind=ErrorClass.QUERY, detail="permission")


def missing() -> UpstreamError:
    """Nothing has that name."""
    message = "The source has no such topic."
    return UpstreamError(message, kind=ErrorClass.QUERY, detail="no such topic")
