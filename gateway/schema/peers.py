"""How many connections are open, of all and of each address, and who is one too many.

In charge of one address not taking all connections that there may be. A proxy's are
those of many, and are not counted by address. Must never read what is sent.
"""

from __future__ import annotations

import ipaddress
from collections import Counter
from collections.abc import Callable
from typing import Final

from gateway.errors import Code
from gateway.policy.limits import Excess
from gateway.schema import refusals
from gateway.schema.bounds import Bounds

_HOUSEHOLD: Final = 64
"""Bits of an IPv6 address that tell households apart: the rest is theirs to choose."""
_SAID: Final = "has as many connections open"


def _unheard(_excess: Excess) -> None:
    """Nobody is told."""


class Peers:
    """Of one server in one process. ``tell`` hears of each that is refused."""

    __slots__ = ("_open", "bounds", "tell")

    def __init__(
        self, bounds: Bounds, tell: Callable[[Excess], object] = _unheard
    ) -> None:
        self.bounds = bounds
        self.tell = tell
        self._open: Counter[str] = Counter()

    def name(self, client: tuple[str, int] | None) -> str | None:
        """What a connection is counted by: None for a proxy's, and a local socket's."""
        if client is None:
            return None
        try:
            found = ipaddress.ip_address(client[0].partition("%")[0])
        except ValueError:
            return None
        address = getattr(found, "ipv4_mapped", None) or found
        if any(address in network for network in self.bounds.proxies):
            return None
        if isinstance(address, ipaddress.IPv6Address):
            return str(ipaddress.ip_network((address, _HOUSEHOLD), strict=False))
        return str(address)

    def enter(self, name: str | None) -> None:
        """One more is open."""
        if name is not None:
            self._open[name] += 1

    def leave(self, name: str | None) -> None:
        """One is open no more; nothing is kept of who has none."""
        if name is not None:
            self._open[name] -= 1
            if self._open[name] <= 0:
                del self._open[name]

    def beyond(self, name: str | None, all_: int) -> refusals.Refusal | None:
        """What one that has entered is told where it is too many, of ``all_`` open."""
        bounds = self.bounds
        if all_ > bounds.connections:
            self.tell(_excess("connections", bounds.connections, "The process"))
            return refusals.full(bounds.connections)
        if name is not None and self._open[name] > bounds.per_client:
            limit = "connections_per_client"
            self.tell(_excess(limit, bounds.per_client, "The client"))
            return refusals.full_of_one(bounds.per_client)
        return None


def _excess(limit: str, most: int, subject: str) -> Excess:
    return Excess(limit, Code.OVERLOADED, _SAID, None, most, subject, later=1.0)
