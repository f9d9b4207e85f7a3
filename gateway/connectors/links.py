"""The address that a reply names for what comes next, followed safely.

In charge of one question: which path and query below the source's URL does a link mean
(RFC 3986, 5.2)? Pure. Must never let a reply send a call, and the credentials with it,
to another host or out of the source's own path.
"""

from __future__ import annotations

import re
from urllib.parse import SplitResult, unquote, urljoin, urlsplit

from gateway.connectors.acceptance import invalid

_PLAIN = re.compile(r"[!-\[\]-~]*")
"""ASCII without spaces and backslashes, which clients and servers read differently."""
_PORTS = {"http": 80, "https": 443}


def followed(link: str, base: str, own: str) -> str:
    """Path and query below ``base`` of a link in the reply to ``own``.

    Raises:
        UpstreamError: invalid, where it leads away from the source.
    """
    try:
        here, there = urlsplit(base), urlsplit(urljoin(base + own, link))
        same = _origin(here) == _origin(there)
    except ValueError:
        raise invalid("The source's link to its next page cannot be read.") from None
    root = here.path.rstrip("/")
    below = there.path.startswith(f"{root}/") and not _climbs(there.path)
    if not (same and below and _PLAIN.fullmatch(link)):
        raise invalid("The source's link to its next page leads away from it.")
    path = there.path[len(root) :]
    return f"{path}?{there.query}" if there.query else path


def _origin(parts: SplitResult) -> tuple[str, str | None, int | None, str | None]:
    port = parts.port or _PORTS.get(parts.scheme)
    return parts.scheme, parts.hostname, port, parts.username


def _climbs(path: str) -> bool:
    """Whether a segment could mean the one above it, spelled in whichever way."""
    segments = re.split(r"[/\\]", unquote(unquote(path)))
    return ".." in segments or "." in segments
