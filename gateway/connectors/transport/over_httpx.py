"""HTTP by httpx: everything it can do, at its price. The only importer of httpx.

In charge of turning its exceptions into ours at this border. Uses httpx's transport
and not its client, so that there is no cookie jar, no redirect and no environment to
switch off. Must never name a host or a body in a message.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections import deque
from collections.abc import AsyncIterable
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

import httpx

from gateway.connectors.marks import MARKING, Marks
from gateway.connectors.rest_request import Request
from gateway.connectors.running import drained
from gateway.connectors.settings import STRAIGHT, RestSettings, Route
from gateway.connectors.transport.base import WireReply
from gateway.connectors.transport.inflate import Body
from gateway.connectors.transport.lean import Keeping, LeanTransport
from gateway.connectors.transport.lean.trouble import unreachable
from gateway.errors import ErrorClass, UpstreamError
from gateway.tls import TlsFiles, tls_trouble, trust_of

_IDLE_SECONDS = 30.0
_BODYLESS = (204, 304)
_IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})


@dataclass(slots=True)
class _Line:
    """One connection, and since when it is idle, in seconds of the loop."""

    pool: httpx.AsyncHTTPTransport
    idle_since: float = 0.0
    was_used: bool = False


def over_httpx(settings: RestSettings, base: str) -> HttpxTransport:
    """The transport of a source."""
    return HttpxTransport(
        base,
        connections=settings.connections,
        tls=settings.tls,
        route=settings.route,
    )


class HttpxTransport:
    """Connections below one base URL. See Note [one connection each]."""

    __slots__ = (
        "_base",
        "_ending",
        "_extensions",
        "_idle",
        "_room",
        "_route",
        "_tls",
        "_trust",
    )

    def __init__(
        self,
        base: str,
        *,
        connections: int,
        tls: TlsFiles | None = None,
        route: Route = STRAIGHT,
    ) -> None:
        self._base = base
        self._route = route
        self._tls = tls
        self._trust = trust_for(base, tls)
        name = tls.server_name if tls else None
        self._extensions = {"sni_hostname": name} if name else {}
        self._room = asyncio.Semaphore(connections)
        self._idle: deque[_Line] = deque()
        self._ending: set[asyncio.Task[None]] = set()

    async def send(self, request: Request, limit: int) -> WireReply:
        async with self._room:
            line = self._take()
            try:
                return await self._sent(line, request, limit)
            except UpstreamError as error:
                if not self._was_left(line, request, error):
                    raise
            return await self._sent(self._new(), request, limit)

    async def _sent(self, line: _Line, request: Request, limit: int) -> WireReply:
        try:
            reply, is_clean = await self._exchange(line, request, limit)
        except BaseException:
            self._drop(line)
            raise
        if is_clean:
            self._keep(line)
        else:
            self._drop(line)
        return reply

    def _was_left(self, line: _Line, request: Request, error: UpstreamError) -> bool:
        """Whether a kept connection was closed meanwhile, and asking anew is harmless.

        httpcore looks whether one of HTTP/1.1 is closed before it uses it, and does
        not for HTTP/2.
        """
        broke = error.kind is ErrorClass.RESET and line.was_used
        return broke and self._route.http2 and request.method in _IDEMPOTENT

    async def reach(self) -> str:
        """A handshake by our own dialer: httpx makes none without a request.

        Raises:
            UpstreamError: connect.
        """
        tls, route = self._tls, self._route
        if route.proxy or route.socket:
            return "not tried without a health path"
        line = LeanTransport(self._base, Keeping(1), trust=self._trust, tls=tls)
        try:
            return await line.reach()
        finally:
            await line.close()

    async def close(self) -> None:
        while self._idle:
            self._drop(self._idle.pop())
        await drained(self._ending)

    async def _exchange(
        self, line: _Line, request: Request, limit: int
    ) -> tuple[WireReply, bool]:
        """The reply, and whether the connection has nothing of it left."""
        try:
            marks = MARKING.get()
            wire = self._wire(request)
            if marks is not None:
                wire.extensions = {**wire.extensions, "trace": partial(_marked, marks)}
            response = await line.pool.handle_async_request(wire)
            reply = await _read(response, limit, request.method)
            if marks is not None:
                marks.received = asyncio.get_running_loop().time()
            is_clean = not _has_surplus(response)
            await response.aclose()
        except (httpx.TransportError, httpx.InvalidURL, OSError) as error:
            raise ours(error) from None
        return reply, is_clean

    def _take(self) -> _Line:
        """The connection that was used last, so that the others can grow old."""
        if self._idle:
            return self._idle.pop()
        return self._new()

    def _new(self) -> _Line:
        route = self._route
        limits = httpx.Limits(max_connections=1, keepalive_expiry=_IDLE_SECONDS)
        pool = httpx.AsyncHTTPTransport(
            verify=self._trust,
            trust_env=False,
            limits=limits,
            uds=route.socket,
            proxy=httpx.Proxy(route.proxy) if route.proxy else None,
            # Without TLS nothing agrees on a version, so it is HTTP/2 from the start.
            http1=not route.http2 or self._base.startswith("https:"),
            http2=route.http2,
        )
        return _Line(pool)

    def _keep(self, line: _Line) -> None:
        """Keep a connection for the next call, and end those that grew old."""
        line.idle_since, line.was_used = asyncio.get_running_loop().time(), True
        self._idle.append(line)
        while line.idle_since - self._idle[0].idle_since > _IDLE_SECONDS:
            self._drop(self._idle.popleft())

    def _drop(self, line: _Line) -> None:
        """End a connection, whatever becomes of whoever used it."""
        task = asyncio.get_running_loop().create_task(_end(line))
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)

    def _wire(self, request: Request) -> httpx.Request:
        headers = [
            (name.encode(), value.encode("utf-8", "replace"))
            for name, value in request.headers.items()
        ]
        url = self._base + request.url
        return httpx.Request(
            request.method,
            url,
            headers=headers,
            content=request.content,
            extensions=self._extensions,
        )


async def _end(line: _Line) -> None:
    # A connection that breaks while it is closed is closed all the same.
    with contextlib.suppress(Exception):
        await line.pool.aclose()


_MARKED = {
    "send_request_headers.started": "connected",
    "receive_response_headers.complete": "first",
}
"""What httpcore tells of a request, and which mark it is."""


async def _marked(marks: Marks, event: str, _told: object) -> None:
    name = _MARKED.get(event.partition(".")[2])
    if name is not None:
        setattr(marks, name, asyncio.get_running_loop().time())


async def _read(response: httpx.Response, limit: int, method: str) -> WireReply:
    headers = {name.lower(): value for name, value in response.headers.items()}
    body = Body(headers.get("content-encoding", ""), limit)
    if method != "HEAD" and response.status_code not in _BODYLESS:
        body.expect(headers.get("content-length", "0"))
    async for chunk in cast("AsyncIterable[bytes]", response.stream):
        body.feed(chunk)
    return WireReply(response.status_code, body.finish(), headers, body.received)


def _has_surplus(response: httpx.Response) -> bool:
    """Whether more bytes came than the reply has.

    httpcore would give them to the connection's next caller as his own reply. It has
    no public word for them, so this walks down to h11; a test holds it to that.
    """
    if response.extensions.get("http_version") == b"HTTP/2":
        return False  # frames say whose they are
    stream: Any = response.stream
    state = stream._httpcore_stream._stream._connection._h11_state  # noqa: SLF001
    surplus, _ = state.trailing_data
    return bool(surplus)


def trust_for(base: str, tls: TlsFiles | None = None) -> ssl.SSLContext:
    """The system's authorities; an empty list where no call can need it.

    Reading the authorities takes 20 ms, and nothing is followed from http to https.
    """
    if base.startswith("https:"):
        return trust_of(tls)
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def ours(error: Exception) -> UpstreamError:
    """An exception of httpx as the source's failure."""
    if tls_trouble(error) is not None:
        return unreachable(error)
    match error:
        case httpx.ProxyError():
            kind, message = ErrorClass.CONNECT, "The source's proxy does not let us by."
        case httpx.TimeoutException():
            kind, message = ErrorClass.TIMEOUT, "The source did not answer in time."
        case httpx.ConnectError():
            kind, message = ErrorClass.CONNECT, "The source cannot be reached."
        case httpx.InvalidURL() | httpx.LocalProtocolError():
            kind, message = ErrorClass.REJECTED, "The request cannot be sent as it is."
        case _:
            kind, message = ErrorClass.RESET, "The connection broke before the answer."
    return UpstreamError(message, kind=kind, detail=f"{type(error).__name__}: {error}")


# Note [one connection each]
# Cancelled at the wrong moment, httpcore's pool (1.0.9) forgets to take back what it
# had given: a connection that was assigned and never begun, or one whose return the
# cancel cut short. After some 400 cancels all of 16 connections counted as in use, by
# nobody, and every later call waited for ever. So each connection is a pool of its own
# here, and one whose call did not come to its end is thrown away as a whole: there is
# no shared state that a cancel could leave half changed.
