"""How an HTTP API is reached, as written: `socket`, `proxy`, `http2`.

In charge of which of them go together. Must never show a proxy's password.
"""

from __future__ import annotations

import re
from importlib.util import find_spec
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit, urlunsplit

from gateway.strict import wrong, wrong_key

if TYPE_CHECKING:
    from gateway.deployment.sources.rest import RestSource

_UNIX = "http+unix"
_PROXY = re.compile(r"https?://[^/\s?#]+/?")


def proxy_url(written: str) -> str:
    """A proxy that is asked by HTTP."""
    if not _PROXY.fullmatch(written):
        raise wrong("this is no http proxy", hint="write http://proxy.internal:3128")
    return written


def unix_socket(written: str) -> str:
    """A path that does not depend on where the gateway was started."""
    if not written.startswith("/"):
        hint = "write it from the root: /run/api.sock"
        raise wrong("this is no absolute path", hint=hint)
    return written


def parted(url: str) -> tuple[str, str | None]:
    """The URL as it is spoken, and the socket that it names; None for a host's."""
    parts = urlsplit(url)
    if parts.scheme != _UNIX:
        return url, None
    spoken = urlunsplit(("http", "localhost", parts.path, parts.query, ""))
    return spoken, unquote(parts.netloc)


def check_route(source: RestSource) -> None:
    """Refuse what cannot be meant together, and HTTP/2 without what speaks it."""
    urls = [source.url] if isinstance(source.url, str) else source.url.values()
    sockets = [socket for _, socket in map(parted, urls) if socket is not None]
    if any(not socket.startswith("/") for socket in sockets):
        hint = "write http+unix://%2Frun%2Fapi.sock/"
        raise wrong_key("url", "its host is no path of a socket", hint=hint)
    named = bool(sockets)
    if named and source.socket is not None:
        raise wrong_key("socket", "'url' names a socket already", hint="remove one")
    if source.proxy is not None and (source.socket or named):
        message = "a socket is on this machine, and is not reached by a proxy"
        raise wrong_key("proxy", message, hint="remove it")
    if source.http2:
        _check_http2(source)
    _check_transport(source)


def _check_http2(source: RestSource) -> None:
    if find_spec("h2") is None:
        message = "HTTP/2 needs a package that is not installed"
        raise wrong_key("http2", message, hint="pip install 'headwater[http2]'")
    urls = [source.url] if isinstance(source.url, str) else source.url.values()
    if source.proxy is not None and any(url.startswith("http:") for url in urls):
        message = "a proxy passes HTTP/2 on only inside TLS"
        raise wrong_key("http2", message, hint="write https:// in 'url', or remove it")


def _check_transport(source: RestSource) -> None:
    """`lean` as written is a promise that these keys would break."""
    if source.transport != "lean" or "transport" not in source.model_fields_set:
        return
    for key in ("socket", "proxy", "http2"):
        if getattr(source, key):
            message = f"'{key}' goes over httpx"
            raise wrong_key("transport", message, hint="remove 'transport'")
