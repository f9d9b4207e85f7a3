"""What a proxy vouches for: who it saw a certificate of. Pure.

In charge of believing such headers from the proxies' own addresses alone. The address
is the connection's; what `x-forwarded-for` says is never looked at.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import TypeAlias

import orjson

from gateway.cache.bounded import Bounded
from gateway.identity.model import Reason, unbelieved
from gateway.record import Model, field
from gateway.request.model import Arrived
from gateway.values import JsonValue

Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network
_PEERS = 1_000
_LONGEST = 8_192


class Vouched(Model, frozen=True):
    """Whom a proxy names, with what it says of him."""

    claims: Mapping[str, JsonValue]
    tenant: str | None


class ProxyRule(Model, frozen=True):
    """The proxies' networks, and the headers in which they say who asks."""

    networks: tuple[Network, ...]
    subject: str
    tenant: str | None = None
    claims: str | None = None
    _peers: Bounded[str, bool] = field(default_factory=lambda: Bounded(_PEERS))

    @property
    def headers(self) -> tuple[str, ...]:
        """Every header that only a proxy may send."""
        named = (self.subject, self.tenant, self.claims)
        return tuple(one for one in named if one is not None)

    def vouched(self, headers: Mapping[str, str]) -> Vouched | None:
        """Whom the proxy names; None where it names nobody.

        Raises:
            NotBelievedError: the headers come from elsewhere, twice, or cannot be read.
        """
        present = [name for name in self.headers if name in headers]
        if not present:
            return None
        peer = headers.peer if isinstance(headers, Arrived) else None
        if peer is None or not self._peers.get(peer, lambda: self._is_proxy(peer)):
            detail = f"The header {present[0]!r} is believed from a proxy alone."
            raise unbelieved(Reason.PROXY, detail)
        twice = headers.repeated if isinstance(headers, Arrived) else frozenset()
        for name in present:
            if name in twice:
                detail = f"The header {name!r} came more than once."
                raise unbelieved(Reason.PROXY, detail)
        subject = headers.get(self.subject, "").strip()
        if not subject:
            detail = f"The proxy's header {self.subject!r} names nobody."
            raise unbelieved(Reason.PROXY, detail)
        claims = self._claims(headers)
        tenant = headers.get(self.tenant, "").strip() if self.tenant else ""
        return Vouched({**claims, "sub": subject}, tenant or None)

    def _claims(self, headers: Mapping[str, str]) -> Mapping[str, JsonValue]:
        text = headers.get(self.claims) if self.claims else None
        if text is None:
            return {}
        try:
            found = orjson.loads(text[:_LONGEST].encode("latin-1", "replace"))
        except orjson.JSONDecodeError:
            found = None
        if not isinstance(found, dict):
            detail = f"The proxy's header {self.claims!r} is no JSON object."
            raise unbelieved(Reason.PROXY, detail)
        return found

    def _is_proxy(self, peer: str) -> bool:
        try:
            address = ipaddress.ip_address(peer.partition("%")[0])
        except ValueError:
            return False
        mapped = getattr(address, "ipv4_mapped", None)
        return any((mapped or address) in network for network in self.networks)
