"""A request → the bytes that go over the wire, in one piece. Pure.

In charge of the request line, of the headers that belong to the connection, and of the
last look at what others have rendered: nothing may end a line but us. Must never let a
value leave its place.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote, urlsplit

from gateway.connectors.rest_request import Request
from gateway.connectors.transport.lean.trouble import unsendable

_FRAMING = frozenset({"content-length", "transfer-encoding", "connection"})
_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})
_PORTS = {"http": 80, "https": 443}
_SAFE = "/:@!$&'()*+,;=~%?[]"


class RequestWriter:
    """Writes the requests to one base URL.

    Remembers the last headers by identity: a source hands in the same map where a
    request adds none of its own. Header maps are never changed after they were made.
    """

    __slots__ = ("_block", "_host", "_last", "_prefix")

    def __init__(self, base: str) -> None:
        parts = urlsplit(base)
        self._host = _host(base)
        self._prefix = quote(parts.path, safe=_SAFE)
        self._last: Mapping[str, str] = {}
        self._block = _lines(self._host, self._last)

    def written(self, request: Request) -> bytes:
        """The whole request, head and body.

        Raises:
            UpstreamError: rejected, for what would not be one request.
        """
        headers, method, content = request.headers, request.method, request.content
        if headers is not self._last:
            self._block = _lines(self._host, headers)
            self._last = headers
        target = self._prefix + request.url
        if not (target.isascii() and target.isprintable()) or " " in target:
            target = quote(target, safe=_SAFE)
        if target[:1] != "/":
            target = f"/{target}"
        if not method.isascii() or not method.isalpha():
            raise unsendable("a method that is none")
        if content is None:
            length = "content-length: 0\r\n" if method in _WITH_BODY else ""
            head = f"{method} {target} HTTP/1.1\r\n{self._block}{length}\r\n"
            return head.encode("utf-8", "replace")
        length = f"content-length: {len(content)}\r\n\r\n"
        head = f"{method} {target} HTTP/1.1\r\n{self._block}{length}"
        return head.encode("utf-8", "replace") + content

    def around(self, request: Request) -> tuple[str, str]:
        """What is written before and behind the address of a request without a body.

        Raises:
            UpstreamError: rejected, as of `written`.
        """
        lines = _lines(self._host, request.headers)
        return f"{request.method} {self._prefix}", f" HTTP/1.1\r\n{lines}\r\n"


def _lines(host: str, headers: Mapping[str, str]) -> str:
    """The header lines but the length, each with its end.

    Where a request ends is ours to say, whoever else has said it.

    Raises:
        UpstreamError: rejected, where a value holds a line of its own.
    """
    lines = [f"{name}: {value}\r\n" for name, value in headers.items()]
    if not headers.keys().isdisjoint(_FRAMING):
        lines = [
            f"{name}: {value}\r\n"
            for name, value in headers.items()
            if name not in _FRAMING
        ]
    if "host" not in headers:
        lines.insert(0, f"host: {host}\r\n")
    block, ends = "".join(lines), len(lines)
    if block.count("\n") != ends or block.count("\r") != ends or "\0" in block:
        raise unsendable("a line break or a null in a header")
    return block


def _host(base: str) -> str:
    """The host as requests name it, with its port unless everybody knows it."""
    parts = urlsplit(base)
    name = parts.hostname or ""
    name = name if name.isascii() else name.encode("idna").decode()
    bracketed = f"[{name}]" if ":" in name else name
    port = parts.port
    if port is None or port == _PORTS[parts.scheme]:
        return bracketed
    return f"{bracketed}:{port}"
