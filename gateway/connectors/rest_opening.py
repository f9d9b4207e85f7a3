"""What a REST source is made of when it is opened: its base, and how it travels."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from urllib.parse import unquote, urlsplit, urlunsplit

from gateway.connectors.settings import STRAIGHT, RestSettings
from gateway.connectors.transport.base import Transport


def base_of(url: str) -> tuple[str, str, Mapping[str, str]]:
    """The base without a trailing slash, its query, and the credentials in it."""
    parts = urlsplit(url)
    user, at, host = parts.netloc.rpartition("@")
    bare = urlunsplit((parts.scheme, host, parts.path.rstrip("/"), "", ""))
    if not at:
        return bare, parts.query, {}
    token = base64.b64encode(unquote(user).encode()).decode()
    return bare, parts.query, {"authorization": f"Basic {token}"}


def open_transport(settings: RestSettings, base: str) -> Transport:
    """Our own HTTP/1.1, or httpx where a source asks for it or its route needs it.

    Imported when a source is opened: neither `check` nor `--help` should pay for it.
    """
    if settings.transport == "httpx" or settings.route != STRAIGHT:
        from gateway.connectors.transport.over_httpx import over_httpx

        return over_httpx(settings, base)
    from gateway.connectors.transport.lean import Keeping, LeanTransport

    return LeanTransport(base, Keeping(settings.connections), tls=settings.tls)
