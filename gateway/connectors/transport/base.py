"""The port between REST sources and HTTP: one request, one whole reply.

In charge of the contract; every transport passes one test suite against a hostile
upstream. Must never name a library.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Protocol, TypeAlias

from gateway.connectors import hearing
from gateway.connectors.rest_request import Request
from gateway.errors import UpstreamError
from gateway.record import Record


class WireReply(Record, frozen=True):
    """A reply read to its end. ``content`` is inflated; ``size`` is as received.

    ``headers`` are lower-case and may be shared by replies: nobody changes them. A
    tuple, since a frozen dataclass takes twice the time to make.
    """

    status: int
    content: bytes
    headers: Mapping[str, str] = MappingProxyType({})
    size: int = 0


class StaleError(UpstreamError):
    """A kept connection ended before a single byte of the reply.

    The source most likely closed it while our request was on its way, so that nothing
    was done; only an idempotent request may count on that.
    """


Ear: TypeAlias = hearing.Ear[WireReply]
"""Who waits for a reply. What ends it may be a `StaleError`."""

GiveUp: TypeAlias = hearing.GiveUp
"""Gives a request up that is under way; its ear hears nothing more."""


Frame: TypeAlias = Callable[[str, Ear], hearing.Carrier | None]
"""Sends a request of which only the address is not known yet. It is under way when this
returns, or (None) no connection is open and free."""


class Transport(Protocol):
    """Connections to one host. Follows no redirect, keeps no cookie.

    One that can may have ``begin(request, limit, ear) -> GiveUp | None`` besides: the
    request is under way when it returns, or (None) no connection is open and free.
    And ``frame(request, limit) -> Frame | None``, for requests that are alike but for
    their addresses, which are ASCII, printable and without blanks; their bodies come
    back. None where such a request is no plain one.
    """

    async def send(self, request: Request, limit: int) -> WireReply:
        """Send one request; ``limit`` is in bytes of the inflated body.

        The caller bounds the time by cancelling, which frees the connection: it is
        never used again for another request unless its reply was read to the end.

        Raises:
            UpstreamError: connect, reset, rejected, or invalid for a body that is too
                large or cannot be inflated.
        """

    async def close(self) -> None:
        """Give back every connection."""
