"""HTTP by httpx: everything it can do, at its price. The only importer of httpx.

In charge of turning its exceptions into ours at this border. Uses httpx's transport
and not its client, so that there is no cookie jar, no redirect and no environment to
switch off. Must never name a host or a body in a message.
"""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterable
from typing import Any, cast

import httpx

from gateway.connectors.rest_request import Request
from gateway.connectors.transport.base import WireReply
from gateway.connectors.transport.inflate import Body
from gateway.errors import ErrorClass, UpstreamError

_IDLE_SECONDS = 30.0


class HttpxTransport:
    """One httpx connection pool below one base URL."""

    __slots__ = ("_base", "_pool")

    def __init__(self, base: str, *, connections: int) -> None:
        self._base = base
        self._pool = httpx.AsyncHTTPTransport(
            verify=_trust(base),
            trust_env=False,
            limits=httpx.Limits(
                max_connections=connections,
                max_keepalive_connections=connections,
                keepalive_expiry=_IDLE_SECONDS,
            ),
        )

    async def send(self, request: Request, limit: int) -> WireReply:
        try:
            response = await self._pool.handle_async_request(self._wire(request))
            try:
                return await _read(response, limit)
            finally:
                await response.aclose()
        except (httpx.TransportError, httpx.InvalidURL, OSError) as error:
            raise _ours(error) from None

    async def close(self) -> None:
        await self._pool.aclose()

    def _wire(self, request: Request) -> httpx.Request:
        headers = [
            (name.encode(), value.encode("utf-8", "replace"))
            for name, value in request.headers.items()
        ]
        url = self._base + request.url
        return httpx.Request(
            request.method, url, headers=headers, content=request.content
        )


async def _read(response: httpx.Response, limit: int) -> WireReply:
    headers = {name.lower(): value for name, value in response.headers.items()}
    body = Body(headers.get("content-encoding", ""), limit)
    async for chunk in cast("AsyncIterable[bytes]", response.stream):
        body.feed(chunk)
    if _has_surplus(response):
        await response.extensions["network_stream"].aclose()
    return WireReply(response.status_code, body.finish(), headers, body.received)


def _has_surplus(response: httpx.Response) -> bool:
    """Whether more bytes came than the reply has.

    httpcore would give them to the connection's next caller as his own reply. It has
    no public word for them, so this walks down to h11; a test holds it to that.
    """
    stream: Any = response.stream
    state = stream._httpcore_stream._stream._connection._h11_state  # noqa: SLF001
    surplus, _ = state.trailing_data
    return bool(surplus)


def _trust(base: str) -> ssl.SSLContext:
    """The system's authorities; an empty list where no call can need it.

    Reading the authorities takes 20 ms, and nothing is followed from http to https.
    """
    if base.startswith("https:"):
        return ssl.create_default_context()
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _ours(error: Exception) -> UpstreamError:
    match error:
        case httpx.TimeoutException():
            kind, message = ErrorClass.TIMEOUT, "The source did not answer in time."
        case httpx.ConnectError():
            kind, message = ErrorClass.CONNECT, "The source cannot be reached."
        case httpx.InvalidURL() | httpx.LocalProtocolError():
            kind, message = ErrorClass.REJECTED, "The request cannot be sent as it is."
        case _:
            kind, message = ErrorClass.RESET, "The connection broke before the answer."
    return UpstreamError(message, kind=kind, detail=f"{type(error).__name__}: {error}")
