"""What can go wrong on a connection, in the words that every transport uses.

In charge of the failures only. Must never name a host or a body in a message; the
detail is for the log.
"""

from __future__ import annotations

from gateway.connectors.transport.base import StaleError
from gateway.errors import ErrorClass, UpstreamError


def broken(detail: str) -> UpstreamError:
    """The connection ended too early, or what came is no HTTP."""
    return UpstreamError(_BROKEN, kind=ErrorClass.RESET, detail=detail)


def stale(detail: str) -> StaleError:
    """A kept connection had ended already."""
    return StaleError(_BROKEN, kind=ErrorClass.RESET, detail=detail)


def unreachable(error: Exception) -> UpstreamError:
    """No connection came about: the name, the port or the certificate is wrong."""
    return UpstreamError(
        "The source cannot be reached.",
        kind=ErrorClass.CONNECT,
        detail=f"{type(error).__name__}: {error}",
    )


def unsendable(detail: str) -> UpstreamError:
    """A request that is no HTTP; nothing of it was sent."""
    return UpstreamError(
        "The request cannot be sent as it is.",
        kind=ErrorClass.REJECTED,
        detail=detail,
    )


_BROKEN = "The connection broke before the answer."
