"""What went wrong at a Redis, in words for clients."""

from __future__ import annotations

from redis.exceptions import AuthenticationError
from redis.exceptions import ConnectionError as RedisConnectionError

from gateway.errors import ErrorClass, UpstreamError


def failure(error: Exception) -> UpstreamError:
    """Redis's error in words for clients; nothing of a URL or a value."""
    if isinstance(error, AuthenticationError):
        message = "The source does not accept who we are."
        return UpstreamError(message, kind=ErrorClass.CONNECT, detail="AUTH failed")
    if isinstance(error, RedisConnectionError | OSError | ValueError):
        message = "The source cannot be reached."
        kind = type(error).__name__
        return UpstreamError(message, kind=ErrorClass.CONNECT, detail=kind)
    word = str(error).partition(" ")[0]
    detail = word if word.isupper() else type(error).__name__
    return UpstreamError("The command failed.", kind=ErrorClass.QUERY, detail=detail)
