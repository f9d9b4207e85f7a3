"""How much of the server one connection may take: the settings, in their own words."""

from __future__ import annotations

import ipaddress
from typing import TypeAlias

from gateway.record import Model

Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network


class Bounds(Model, frozen=True):
    """Frozen as long as the process listens.

    ``head`` is in bytes: URL and headers together, a chunked body's trailers as well.
    ``headers`` is their number. ``receive``, ``idle`` and ``send`` are in seconds: to
    send one request whole, to be quiet between requests, and to take 64 KB of what is
    sent. ``connections`` are those of the process at a time, ``ahead`` the requests
    that one may send before it has its answers. ``per_client`` are the connections of
    one address; those of ``proxies`` are not counted by it.
    """

    head: int = 64_000
    headers: int = 100
    receive: float = 15.0
    idle: float = 75.0
    send: float = 60.0
    connections: int = 10_000
    ahead: int = 100
    per_client: int = 1_000
    proxies: tuple[Network, ...] = ()


DEFAULT = Bounds()
