"""Requests that ask for an upgrade of their connection: to a WebSocket, or in vain.

The parser takes no body of such a request, so what a client sends as a body would be
read as a request that nobody in front of us has seen. Java's HTTP client asks for
HTTP/2 with each of its requests. We speak HTTP/1.1 and may ignore the wish, as RFC 9110
has it: the head is read once more, without it. Must never change what else it says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.schema.exchange import Headers

if TYPE_CHECKING:
    from httptools import HttpRequestParser

_OF_UPGRADES = (b"upgrade", b"connection", b"http2-settings")


def has_body(headers: Headers) -> bool:
    """Whether a request's headers announce one."""
    return any(
        name == b"transfer-encoding" or (name == b"content-length" and value != b"0")
        for name, value in headers
    )


def plain_head(parser: HttpRequestParser, url: bytes, headers: Headers) -> bytes:
    """The head that was read, as it is written without asking for an upgrade."""
    version = parser.get_http_version().encode()
    lines = [b"%s %s HTTP/%s" % (parser.get_method(), url, version)]
    lines += [b"%s: %s" % pair for pair in headers if pair[0] not in _OF_UPGRADES]
    closes = (
        name == b"connection" and b"close" in value.lower() for name, value in headers
    )
    if any(closes):
        lines.append(b"connection: close")
    return b"\r\n".join((*lines, b"", b""))
