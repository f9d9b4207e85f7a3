"""What can go wrong on a connection, in the words that every transport uses.

In charge of the failures only. Must never name a host or a body in a message; the
detail is for the log.
"""

from __future__ import annotations

import ssl

from gateway.connectors.transport.base import StaleError
from gateway.errors import ErrorClass, UpstreamError
from gateway.tls import tls_trouble


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
        detail=detail_of(error),
    )


def closed_by(error: Exception | None, *, untried: bool = False) -> UpstreamError:
    """The connection is closed, by a fault or by the other side.

    With TLS 1.3 a certificate of ours that is not accepted is told only now, and the
    word of it may be lost. ``untried``: TLS, and nothing was ever answered on it.
    """
    if isinstance(error, ssl.SSLError) and tls_trouble(error) is not None:
        return unreachable(error)
    said = "closed" if error is None else detail_of(error)
    return broken(f"{said}; {_UNTRIED}" if untried else said)


def detail_of(error: Exception) -> str:
    """What happened, for the log: in words where certificates are the reason."""
    plain = f"{type(error).__name__}: {error}"
    said = tls_trouble(error)
    return plain if said is None else f"{said} ({plain})"


def unsendable(detail: str) -> UpstreamError:
    """A request that is no HTTP; nothing of it was sent."""
    return UpstreamError(
        "The request cannot be sent as it is.",
        kind=ErrorClass.REJECTED,
        detail=detail,
    )


_UNTRIED = "it may ask for a certificate of the gateway, or refuse the one it has"
_BROKEN = "The connection broke before the answer."
