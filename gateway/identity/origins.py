"""Whom a request counts for: who was proven, else where it came from. Pure.

In charge of nobody choosing the name that he is counted by. What `x-forwarded-for`
says is believed from the proxies' own addresses alone, from its end: each proxy adds
the address that it saw.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from gateway.cache.bounded import Bounded
from gateway.request.model import Arrived, Caller

Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network
_FORWARDED = "x-forwarded-for"
_NOWHERE = "address ?"
_KEPT = 1_000
_MOST_HOPS = 20
_HOUSEHOLD = 64
"""Bits of an IPv6 address that tell households apart: the rest is theirs to choose."""


@dataclass(frozen=True, slots=True)
class Origins:
    """Names whom a request counts for. ``proxies`` are believed."""

    proxies: tuple[Network, ...] = ()
    _known: Bounded[str, tuple[str, bool]] = field(
        default_factory=lambda: Bounded(_KEPT), repr=False, compare=False
    )

    def __call__(self, headers: Mapping[str, str], caller: Caller) -> str:
        """The proven caller, by issuer and subject; else the address."""
        if caller.subject is not None:
            issuer = caller.claims.get("iss")
            return (
                f"caller {issuer if isinstance(issuer, str) else ''} {caller.subject}"
            )
        peer = headers.peer if isinstance(headers, Arrived) else None
        if peer is None:
            return _NOWHERE
        name, is_proxy = self._known.get(peer, lambda: self._read(peer))
        if is_proxy and _FORWARDED in headers:
            return self._behind(headers[_FORWARDED], name)
        return name

    def _behind(self, forwarded: str, nearest: str) -> str:
        """The last address that no proxy of ours has."""
        for hop in reversed(forwarded.rsplit(",", _MOST_HOPS)[-_MOST_HOPS:]):
            name, is_proxy = self._read(hop.strip())
            if name == _NOWHERE:
                return nearest  # what a proxy of ours added is an address
            if not is_proxy:
                return name
            nearest = name
        return nearest

    def _read(self, text: str) -> tuple[str, bool]:
        """An address's name, and whether it is a proxy's."""
        try:
            found = ipaddress.ip_address(text.partition("%")[0])
        except ValueError:
            return _NOWHERE, False
        address = getattr(found, "ipv4_mapped", None) or found
        is_proxy = any(address in network for network in self.proxies)
        if isinstance(address, ipaddress.IPv6Address):
            network = ipaddress.ip_network((address, _HOUSEHOLD), strict=False)
            return f"address {network}", is_proxy
        return f"address {address}", is_proxy
