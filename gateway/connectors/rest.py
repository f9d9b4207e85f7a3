"""REST at run time: the HTTP sources that answer `type: api` steps.

In charge of one call with its deadline. What is fixed at load time is `rest_step`; how
a request is written is `rest_request`, how it travels is `transport`. Must never follow
a redirect, keep a cookie, or name a host to a client.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, cast

from gateway.connectors.acceptance import answer, check_status
from gateway.connectors.base import Call, Reply, Wire
from gateway.connectors.bodies.validity import is_conditional, validators
from gateway.connectors.credentials.base import Proof
from gateway.connectors.credentials.opening import open_authorizer
from gateway.connectors.credentials.probing import probed
from gateway.connectors.credentials.proving import Proving, token_in
from gateway.connectors.hearing import GiveUp, Hearing, NeverArrivedError
from gateway.connectors.lane import RestLane
from gateway.connectors.masking import masked, masked_headers, masked_url
from gateway.connectors.probing import Probed
from gateway.connectors.rendering import header
from gateway.connectors.rest_keys import Keys
from gateway.connectors.rest_opening import base_of, open_transport
from gateway.connectors.rest_request import (
    NO_HEADERS,
    Request,
    RestTarget,
    link_of,
    path_of,
    payload,
    render,
)
from gateway.connectors.rest_step import FRAMING
from gateway.connectors.running import Running
from gateway.connectors.settings import RestSettings
from gateway.connectors.transport.base import Transport, WireReply
from gateway.connectors.transport.inflaters import accept_encoding
from gateway.connectors.under_way import Asked, UnderWay
from gateway.errors import ErrorClass, UpstreamError
from gateway.record import replace
from gateway.typed import Form
from gateway.values import JsonValue

if TYPE_CHECKING:
    from gateway.connectors.transport.streaming import Streamed

_CONDITIONAL = frozenset({"GET", "HEAD"})
_UNCHANGED = 304


class RestSource:
    """One HTTP API at run time. Owns its connections.

    Concurrency is bounded by the engine, not here.
    """

    __slots__ = (
        "_begin",
        "_headers",
        "_is_bare",
        "_proving",
        "_query",
        "_settings",
        "_transport",
        "_url",
        "keys",
        "running",
    )

    def __init__(
        self, settings: RestSettings, transport: Transport | None = None
    ) -> None:
        self._settings = settings
        self._url, self._query, credentials = base_of(settings.url)
        self._headers = {
            "accept": "application/json",
            "accept-encoding": accept_encoding(),
            "user-agent": "headwater",
            **credentials,
            **{name.lower(): value for name, value in settings.headers.items()},
        }
        self.keys = Keys(self._url, self._headers, settings.unwrap)
        self._transport = transport or open_transport(settings, self._url)
        self._proving: Proving | None = None
        if settings.auth is not None:
            authorizer = open_authorizer(settings.auth, self._url)
            self._proving = Proving(authorizer, self._headers)
        self._begin = getattr(self._transport, "begin", None)
        self._is_bare = not self._query and not (self._proving and self._proving.reads)
        self.running = Running()

    def render(self, call: Call[RestTarget]) -> Wire:
        target = call.target
        if target.is_bare and self._is_bare and not call.headers:
            url = path_of(target, call.inputs)  # what most calls are, in fewer steps
            request = Request(target.method, url, self._headers)
            return Wire((self.keys.family(target), url), request)
        request = self._request(call)
        return Wire(self.keys.of(target, request), request)

    @property
    def is_whole(self) -> bool:
        """Whether a reply's body is the answer, and no key of it."""
        return self._settings.unwrap is None

    def lane(
        self,
        target: RestTarget,
        names: Mapping[str, str],
        told: Mapping[str, str] = NO_HEADERS,
    ) -> RestLane | None:
        """How a step calls of which a request fills texts of its address, if it can.

        ``names`` are those by which values come, by the slots that they fill; ``told``
        are further headers.
        """
        open_frame = getattr(self._transport, "frame", None)
        if open_frame is None or self._proving is not None or not self._is_bare:
            return None
        if target.texts is None:
            return None
        own = "".join(part for part in target.texts if isinstance(part, str))
        if not (own[:1] == "/" and own.isascii()):
            return None
        if not own.isprintable() or " " in own:
            return None
        request = Request(target.method, own, {**self._headers, **told})
        frame = open_frame(request, self._settings.response_limit)
        return None if frame is None else RestLane(self, target, names, frame)

    def conditions(self, call: Call[RestTarget], kept: Reply) -> Mapping[str, str]:
        """Headers that ask for an answer only if it is no longer the one that is kept.

        Sent among a call's `passing`, they make a reply of status 304 of "it still is".
        """
        if call.target.method not in _CONDITIONAL:
            return NO_HEADERS
        wire = call.wire or self.render(call)
        return validators(kept.headers, cast("Request", wire.request).headers)

    async def call(self, call: Call[RestTarget]) -> Reply:
        wire = call.wire or self.render(call)
        request = cast("Request", wire.request)
        if call.passing:
            request = replace(request, headers={**request.headers, **call.passing})
        with self.running:
            try:
                async with asyncio.timeout_at(call.deadline.at):
                    reply = await self._sent(request)
            except TimeoutError:
                message = "The source did not answer in time."
                raise UpstreamError(message, kind=ErrorClass.TIMEOUT) from None
        if reply.status == _UNCHANGED and is_conditional(call.passing):
            return Reply(None, reply.status, reply.headers, reply.size)
        return self.read(call.target, reply, call.form)

    async def _sent(self, request: Request) -> WireReply:
        limit = self._settings.response_limit
        if self._proving is None:
            return await self._transport.send(request, limit)
        return await self._proving.sent(request, self._transport, limit)

    def begin(self, call: Call[RestTarget], hearing: Hearing) -> GiveUp | None:
        """Send a call on a connection that is open and free; None without one.

        Raises:
            UpstreamError: rejected, where the request is none.
        """
        if self._begin is None:
            return None
        wire = call.wire or self.render(call)
        request = cast("Request", wire.request)
        if call.passing:
            request = replace(request, headers={**request.headers, **call.passing})
        proven = self._proven(request)
        if proven is None:
            return None  # a token has to be fetched first
        sent, proof = proven
        asked = Asked(request, proof, call.form)
        under_way = UnderWay(self, call.target, asked, hearing)
        leave = self._begin(sent, self._settings.response_limit, under_way)
        if leave is None:
            return None
        self.running.enter()
        under_way.give_up = leave
        return under_way.leave

    def heard(self, target: RestTarget, asked: Asked, reply: WireReply) -> Reply:
        """What a call that was begun came to.

        Raises:
            UpstreamError: it is no answer.
            NeverArrivedError: its proof was refused, and a better one may be had.
        """
        self.running.leave()
        if self._proving is not None:
            reply = self._accepted(asked.request, asked.proof, reply)
        return self.read(target, reply, asked.form)

    def lost(self) -> None:
        """A call that was begun came to nothing."""
        self.running.leave()

    def _proven(self, request: Request) -> tuple[Request, Proof] | None:
        """The request as it is sent; None where its proof has to be waited for."""
        proving = self._proving
        return (request, NO_HEADERS) if proving is None else proving.now(request)

    def _accepted(self, request: Request, proof: Proof, reply: WireReply) -> WireReply:
        """The reply to a call that was worked on.

        Raises:
            NeverArrivedError: its proof was refused, and a better one may be had.
        """
        proving = self._proving
        if proving is not None and proving.is_refused(request, proof, reply):
            raise NeverArrivedError
        return reply

    def read(self, target: RestTarget, reply: WireReply, form: Form | None) -> Reply:
        check_status(reply.status, target.accepts, reply.headers, reply.content)
        body = answer(reply, target, unwrap=self._settings.unwrap, form=form)
        return Reply(body, reply.status, reply.headers, reply.size)

    def describe(self, call: Call[RestTarget]) -> Mapping[str, JsonValue]:
        request = self._request(call)
        return {
            "method": request.method,
            "url": masked_url(self._url + request.url),
            "headers": masked_headers(request.headers),
            "body": cast("JsonValue", masked(payload(call.target, call.inputs))),
        }

    async def close(self) -> None:
        await self.running.ended()
        if self._proving is not None:
            await self._proving.close()
        await self._transport.close()

    @asynccontextmanager
    async def streamed(
        self, call: Call[RestTarget], added: Mapping[str, str]
    ) -> AsyncIterator[Streamed]:
        """One call whose reply is read as it comes, with these headers in place."""
        from gateway.connectors.transport.streaming import Streaming

        request = self._request(call)
        request = replace(request, headers={**request.headers, **added})
        streaming = Streaming(self._settings, self._url, self._proving)
        with self.running:
            async with streaming.opened(request, call.deadline) as reply:
                yield reply

    async def probe(self, _targets: Mapping[str, object]) -> Probed:
        """Shake hands and get a token; ask for nothing but the `health` path."""
        return await probed(self._transport, self._proving, self._settings)

    def _request(self, call: Call[RestTarget]) -> Request:
        """The step's request with the source's own headers under it."""
        made = render(call.target, call.inputs, self._url)
        reads = None if self._proving is None else self._proving.reads
        caller = None if reads is None else token_in(call.headers.get(reads, ""))
        if made.headers is NO_HEADERS and not call.headers and not self._query:
            return Request(made.method, made.url, self._headers)
        passed = {
            name: header(name, value)
            for name, value in call.headers.items()
            if name not in FRAMING and name != reads
        }
        headers = self._headers
        if passed or made.headers:
            headers = {**headers, **passed, **made.headers}
        url = made.url
        linked = link_of(call.target, call.inputs) is not None
        if self._query and not (linked and self._query in url):
            url += f"{'&' if '?' in url else '?'}{self._query}"
        return Request(made.method, url, headers, made.content, caller)
