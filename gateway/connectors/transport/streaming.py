"""One request whose reply is read as it comes, over httpx, on a connection of its own.

In charge of beginning it, with proof of who calls, and of freeing it whatever becomes
of the reader. Must never read ahead of whoever reads: a slow one slows its source.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager, suppress
from typing import cast

import httpx

from gateway.clock import Deadline
from gateway.connectors.acceptance import check_status, invalid
from gateway.connectors.credentials.proving import Proving
from gateway.connectors.rest_request import Request
from gateway.connectors.settings import RestSettings
from gateway.connectors.transport.base import WireReply
from gateway.connectors.transport.over_httpx import ours, trust_for
from gateway.errors import ErrorClass, UpstreamError
from gateway.record import Model

_ALIVE = (
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    *(
        (socket.IPPROTO_TCP, option, seconds)
        for name, seconds in (("TCP_KEEPIDLE", 30), ("TCP_KEEPINTVL", 10))
        if (option := getattr(socket, name, None)) is not None
    ),
)
"""A host that is gone without a word is noticed in a minute or two."""
_SAID = 10_000
"""Bytes of a refusal that are read, since they may say why."""


class Streamed(Model, frozen=True):
    """A reply whose body is still coming. ``chunks`` is read once.

    ``limit`` is how many bytes of it may belong together.
    """

    status: int
    headers: Mapping[str, str]
    chunks: AsyncIterator[bytes]
    limit: int


class Streaming(Model, frozen=True):
    """What it takes to ask a source for a stream. ``base`` is its URL, bare."""

    settings: RestSettings
    base: str
    proving: Proving | None

    @asynccontextmanager
    async def opened(
        self, request: Request, deadline: Deadline
    ) -> AsyncIterator[Streamed]:
        """The reply once its head has come, by the deadline.

        Raises:
            UpstreamError: connect, reset, timeout; status, where it is no success.
        """
        line = self._line()
        try:
            try:
                async with asyncio.timeout_at(deadline.at):
                    response = await self._begun(line, request)
            except TimeoutError:
                late = "The source did not answer in time."
                raise UpstreamError(late, kind=ErrorClass.TIMEOUT) from None
            headers = {name.lower(): value for name, value in response.headers.items()}
            if headers.get("content-encoding", "identity") != "identity":
                raise invalid("The source's stream is compressed, unasked.")
            async with aclosing(_chunks(response)) as chunks:
                limit = self.settings.response_limit
                yield Streamed(response.status_code, headers, chunks, limit)
        finally:
            with suppress(Exception):  # it may break while it is closed
                await line.aclose()

    async def _begun(
        self, line: httpx.AsyncHTTPTransport, request: Request
    ) -> httpx.Response:
        """The head of the reply, asked for again where the first proof was refused."""
        proving = self.proving
        if proving is None:
            return await self._head(line, request)
        for again in (True, False):
            sent, proof = await proving.proven(request)
            try:
                return await self._head(line, sent)
            except UpstreamError as error:
                reply = WireReply(error.status or 0, b"")
                if not (again and proving.is_refused(request, proof, reply)):
                    raise
        raise AssertionError  # the second time returned or raised

    async def _head(
        self, line: httpx.AsyncHTTPTransport, request: Request
    ) -> httpx.Response:
        try:
            response = await line.handle_async_request(self._wire(request))
        except (httpx.TransportError, httpx.InvalidURL, OSError) as error:
            raise ours(error) from None
        headers = {name.lower(): value for name, value in response.headers.items()}
        content = b""
        if not response.is_success:
            async for chunk in _chunks(response):
                content += chunk
                if len(content) > _SAID:
                    break
            await response.aclose()
        check_status(response.status_code, frozenset(), headers, content[:_SAID])
        return response

    def _wire(self, request: Request) -> httpx.Request:
        headers = {**request.headers, "accept-encoding": "identity"}
        name = self.settings.tls.server_name if self.settings.tls else None
        return httpx.Request(
            request.method,
            self.base + request.url,
            headers=[
                (n.encode(), v.encode("utf-8", "replace")) for n, v in headers.items()
            ],
            content=request.content,
            extensions={"sni_hostname": name} if name else {},
        )

    def _line(self) -> httpx.AsyncHTTPTransport:
        route = self.settings.route
        return httpx.AsyncHTTPTransport(
            verify=trust_for(self.base, self.settings.tls),
            trust_env=False,
            limits=httpx.Limits(max_connections=1),
            uds=route.socket,
            proxy=httpx.Proxy(route.proxy) if route.proxy else None,
            http1=not route.http2 or self.base.startswith("https:"),
            http2=route.http2,
            socket_options=None if route.socket else _ALIVE,
        )


async def _chunks(response: httpx.Response) -> AsyncGenerator[bytes, None]:
    try:
        async for chunk in cast("AsyncIterable[bytes]", response.stream):
            yield chunk
    except (httpx.TransportError, OSError) as error:
        raise ours(error) from None
