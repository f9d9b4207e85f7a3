"""The port between REST sources and HTTP: one request, one whole reply.

In charge of the contract; every transport passes one test suite against a hostile
upstream. Must never name a library.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple, Protocol

from gateway.connectors.rest_request import Request


class WireReply(NamedTuple):
    """A reply read to its end. ``content`` is inflated; ``size`` is as received.

    ``headers`` are lower-case and may be shared by replies: nobody changes them. A
    tuple, since a frozen dataclass takes twice the time to make.
    """

    status: int
    content: bytes
    headers: Mapping[str, str] = MappingProxyType({})
    size: int = 0


class Transport(Protocol):
    """Connections to one host. Follows no redirect, keeps no cookie."""

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
