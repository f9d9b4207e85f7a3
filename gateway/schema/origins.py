"""Which pages of other origins may ask, and what their browsers are told of it.

In charge of CORS and of requests that another origin's page makes a browser send: the
algorithm is that of Go's `CrossOriginProtection` (Filippo Valsorda). Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from gateway.schema.exchange import Headers
from gateway.schema.hosts import name_of

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_OWN = frozenset({"same-origin", "none"})
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_METHODS = b"GET, POST, PUT, PATCH, DELETE"
_EXPOSED = b"x-request-id, idempotent-replayed, headwater-release, retry-after, etag"
_LONGEST = 2_000


@dataclass(frozen=True, slots=True)
class Origins:
    """The origins whose pages may ask and read, besides the gateway's own.

    ``named`` are in lower case; ``any``: all of them. ``loopback``: those of this
    machine, on whatever port. ``credentials``: their browsers may send cookies and
    certificates. ``max_age`` is in seconds: how long they remember what is allowed.
    """

    named: frozenset[str] = frozenset()
    any: bool = False
    loopback: bool = False
    credentials: bool = False
    max_age: int = 600
    _lines: tuple[tuple[bytes, bytes], ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        lines = [(b"vary", b"origin"), (b"access-control-expose-headers", _EXPOSED)]
        if self.credentials:
            lines.append((b"access-control-allow-credentials", b"true"))
        object.__setattr__(self, "_lines", tuple(lines))

    def lists(self, origin: str) -> bool:
        """Whether pages of the origin may ask."""
        return self.any or origin.lower() in self.named or self._is_local(origin)

    def _is_local(self, origin: str) -> bool:
        return self.loopback and name_in(origin) in _LOOPBACK

    def refuses(self, headers: Mapping[str, str], method: str) -> bool:
        """Whether another origin's page sends what could do something.

        ``method`` is ``CONNECT`` for a WebSocket. Programs send neither header.
        """
        origin = headers.get("origin")
        if method in _SAFE or (origin is not None and self.lists(origin)):
            return False
        site = headers.get("sec-fetch-site")
        if site is not None:
            return site not in _OWN
        return origin is not None and not _is_own(origin, headers.get("host"))

    def told(self, headers: Mapping[str, str]) -> Headers:
        """What an answer tells the page's browser; nothing where it may not read it."""
        origin = headers.get("origin")
        if origin is None or not self.lists(origin):
            return ()
        name = b"access-control-allow-origin"
        return ((name, origin.encode("latin-1")), *self._lines)

    def preflight(self, headers: Mapping[str, str]) -> Headers | None:
        """What a preflight is answered; None where this is none, or may not ask.

        A listed page may send whatever header it asks for: which of them mean anything
        is decided where they are read.
        """
        told = self.told(headers)
        if not told or "access-control-request-method" not in headers:
            return None
        asked = headers.get("access-control-request-headers", "")
        allowed = asked if len(asked) <= _LONGEST and asked.isprintable() else ""
        return (
            *told,
            (b"access-control-allow-methods", _METHODS),
            (b"access-control-allow-headers", allowed.encode("latin-1", "replace")),
            (b"access-control-max-age", str(self.max_age).encode()),
        )


NO_ORIGINS = Origins()


def name_in(origin: str) -> str | None:
    """The host's name in an origin; None: it is none."""
    try:
        return urlsplit(origin).hostname
    except ValueError:
        return None


def _is_own(origin: str, host: str | None) -> bool:
    """Whether the origin is that under which this request came."""
    if host is None or name_of(host) is None:
        return False
    try:
        return urlsplit(origin).netloc.lower() == host.lower()
    except ValueError:
        return False
