"""REST at run time: the HTTP sources that answer `type: api` steps.

In charge of one call with its deadline. What is fixed at load time is `rest_step`; how
a request is written is `rest_request`, how it travels is `transport`. Must never follow
a redirect, keep a cookie, or name a host to a client.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Hashable, Mapping
from dataclasses import replace
from typing import cast
from urllib.parse import unquote, urlsplit, urlunsplit

from gateway.connectors.acceptance import answer, check_status
from gateway.connectors.base import (
    Begun,
    Call,
    NeverArrivedError,
    Reply,
    Wire,
)
from gateway.connectors.masking import masked, masked_headers, masked_url
from gateway.connectors.rendering import header
from gateway.connectors.rest_request import (
    NO_HEADERS,
    Request,
    RestTarget,
    filled,
    link_of,
    render,
)
from gateway.connectors.rest_step import FRAMING, SAFE_METHODS
from gateway.connectors.running import Running
from gateway.connectors.settings import RestSettings
from gateway.connectors.transport.base import (
    Asking,
    StaleError,
    Transport,
    WireReply,
)
from gateway.connectors.transport.inflaters import accept_encoding
from gateway.errors import ErrorClass, UpstreamError
from gateway.values import JsonValue


class RestSource:
    """One HTTP API at run time. Owns its connections.

    Concurrency is bounded by the engine, not here.
    """

    __slots__ = (
        "_headers",
        "_own_key",
        "_query",
        "_running",
        "_settings",
        "_transport",
        "_url",
    )

    def __init__(
        self, settings: RestSettings, transport: Transport | None = None
    ) -> None:
        self._settings = settings
        self._url, self._query, credentials = _base(settings.url)
        self._headers = {
            "accept": "application/json",
            "accept-encoding": accept_encoding(),
            "user-agent": "headwater",
            **credentials,
            **{name.lower(): value for name, value in settings.headers.items()},
        }
        self._own_key = tuple(sorted(self._headers.items()))
        self._transport = transport or _default_transport(settings, self._url)
        self._running = Running()

    def render(self, call: Call[RestTarget]) -> Wire:
        request, target = self._request(call), call.target
        read_as = (target.accepts, target.exact, self._settings.unwrap)
        asked = (self._url, request.method, request.url, request.content)
        return Wire((asked, self._header_key(request.headers), read_as), request)

    def _header_key(self, headers: Mapping[str, str]) -> Hashable:
        """What headers are by value; the source's own are known."""
        if headers is self._headers:
            return self._own_key
        return tuple(sorted(headers.items()))

    async def call(self, call: Call[RestTarget]) -> Reply:
        wire = call.wire or self.render(call)
        request = cast("Request", wire.request)
        if call.passing:
            request = replace(request, headers={**request.headers, **call.passing})
        with self._running:
            try:
                async with asyncio.timeout_at(call.deadline.at):
                    reply = await self._transport.send(
                        request, self._settings.response_limit
                    )
            except TimeoutError:
                message = "The source did not answer in time."
                raise UpstreamError(message, kind=ErrorClass.TIMEOUT) from None
        return self._read(call.target, reply)

    def begin(self, call: Call[RestTarget]) -> Begun | None:
        """Send a call on a connection that is open and free; None without one.

        Raises:
            UpstreamError: rejected, where the request is none.
        """
        ask = getattr(self._transport, "begin", None)
        if ask is None:
            return None
        wire = call.wire or self.render(call)
        request = cast("Request", wire.request)
        if call.passing:
            request = replace(request, headers={**request.headers, **call.passing})
        asked: Asking | None = ask(request, self._settings.response_limit)
        if asked is None:
            return None
        future, leave = asked
        running = self._running
        running.enter()

        def read(done: asyncio.Future[WireReply]) -> Reply:
            running.leave()
            try:
                return self._read(call.target, done.result())
            except StaleError as error:
                if request.method in SAFE_METHODS:
                    raise NeverArrivedError from error
                raise

        def left() -> None:
            running.leave()
            leave()

        return Begun(future, read, left)

    def _read(self, target: RestTarget, reply: WireReply) -> Reply:
        check_status(reply.status, target.accepts, reply.headers, reply.content)
        body = answer(
            reply.status,
            reply.content,
            unwrap=self._settings.unwrap,
            exact=target.exact,
        )
        return Reply(body, reply.status, reply.headers, reply.size)

    def describe(self, call: Call[RestTarget]) -> Mapping[str, JsonValue]:
        request = self._request(call)
        target = call.target
        sent = target.form if target.form is not None else target.body
        return {
            "method": request.method,
            "url": masked_url(self._url + request.url),
            "headers": masked_headers(request.headers),
            "body": cast("JsonValue", masked(filled(sent, call.inputs))),
        }

    async def close(self) -> None:
        await self._running.ended()
        await self._transport.close()

    def _request(self, call: Call[RestTarget]) -> Request:
        """The step's request with the source's own headers under it."""
        made = render(call.target, call.inputs, self._url)
        if made.headers is NO_HEADERS and not call.headers and not self._query:
            return Request(made.method, made.url, self._headers)
        passed = {
            name: header(name, value)
            for name, value in call.headers.items()
            if name not in FRAMING
        }
        headers = self._headers
        if passed or made.headers:
            headers = {**headers, **passed, **made.headers}
        url = made.url
        linked = link_of(call.target, call.inputs) is not None
        if self._query and not (linked and self._query in url):
            url += f"{'&' if '?' in url else '?'}{self._query}"
        return Request(made.method, url, headers, made.content)


def _base(url: str) -> tuple[str, str, Mapping[str, str]]:
    """The base without a trailing slash, its query, and the credentials in it."""
    parts = urlsplit(url)
    user, at, host = parts.netloc.rpartition("@")
    bare = urlunsplit((parts.scheme, host, parts.path.rstrip("/"), "", ""))
    if not at:
        return bare, parts.query, {}
    token = base64.b64encode(unquote(user).encode()).decode()
    return bare, parts.query, {"authorization": f"Basic {token}"}


def _default_transport(settings: RestSettings, base: str) -> Transport:
    """Our own HTTP/1.1, or httpx where a source asks for it.

    Imported when a source is opened: neither `check` nor `--help` should pay for it.
    """
    if settings.transport == "httpx":
        from gateway.connectors.transport.over_httpx import HttpxTransport

        return HttpxTransport(base, connections=settings.connections)
    from gateway.connectors.transport.lean import Keeping, LeanTransport

    return LeanTransport(base, Keeping(settings.connections))
