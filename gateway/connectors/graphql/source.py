"""GraphQL at run time: a POST for each call, by the HTTP of REST sources.

In charge of what stands in the request and of what its reply means. How it travels,
who proves who calls, and what certificates are shown is `rest`'s. Must never name a
host to a client, nor repeat a mutation.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

from gateway.connectors.base import Call, Reply, Wire
from gateway.connectors.graphql.answering import answered
from gateway.connectors.graphql.target import GraphqlTarget, request_body
from gateway.connectors.graphql.telling import detailed
from gateway.connectors.hearing import GiveUp, Hearing, NeverArrivedError
from gateway.connectors.masking import masked
from gateway.connectors.probing import Probed
from gateway.connectors.rest import RestSource
from gateway.connectors.rest_request import RestTarget
from gateway.connectors.settings import GraphqlSettings
from gateway.connectors.transport.base import StaleError, Transport
from gateway.errors import UpstreamError
from gateway.record import Model, replace
from gateway.values import JsonValue

if TYPE_CHECKING:
    from gateway.connectors.transport.streaming import Streamed  # httpx takes its time

_ACCEPT = "application/graphql-response+json, application/json;q=0.9"
_HEADERS = "headers "
"""No name of an input."""
_NO_INPUTS: Mapping[str, object] = {}


class GraphqlSource:
    """One GraphQL API at run time. Owns its connections, through a REST source."""

    __slots__ = ("_path", "_rest")

    def __init__(
        self, settings: GraphqlSettings, transport: Transport | None = None
    ) -> None:
        http = settings.http
        path = urlsplit(http.url).path
        self._path = ("/",) if path.endswith("/") or not path else ("",)
        headers = {"accept": _ACCEPT, **http.headers}
        self._rest = RestSource(replace(http, headers=headers), transport)

    def render(self, call: Call[GraphqlTarget]) -> Wire:
        made = self._rest.render(self._posted(call))
        return Wire((made.key, call.target.root), made.request)

    async def call(self, call: Call[GraphqlTarget]) -> Reply:
        return read(call, await self._sent(self._posted(call), call))

    async def asked(self, call: Call[GraphqlTarget], body: object) -> Reply:
        """The response to another query than the call's, as it came.

        Raises:
            UpstreamError: as a call's own.
        """
        rest = self._posted(call._replace(wire=None))
        target = replace(rest.target, body=body)
        return await self._sent(rest._replace(target=target), call)

    def streamed(
        self, call: Call[GraphqlTarget], added: Mapping[str, str]
    ) -> AbstractAsyncContextManager[Streamed]:
        """One call whose reply is read as it comes, with these headers in place."""
        return self._rest.streamed(self._posted(call), added)

    async def _sent(self, asked: Call[RestTarget], call: Call[GraphqlTarget]) -> Reply:
        try:
            return await self._rest.call(asked)
        except StaleError:
            if call.target.mutation:
                raise
            return await self._again(asked, call)
        except UpstreamError as error:
            raise detailed(error, call.target, _sent_with(call)) from None

    async def _again(self, asked: Call[RestTarget], call: Call[GraphqlTarget]) -> Reply:
        """A query whose kept connection had ended is sent once more."""
        try:
            return await self._rest.call(asked)
        except UpstreamError as error:
            raise detailed(error, call.target, _sent_with(call)) from None

    def begin(self, call: Call[GraphqlTarget], hearing: Hearing) -> GiveUp | None:
        """Send a call on a connection that is open and free; None without one.

        Raises:
            UpstreamError: rejected, where the request is none.
        """
        return self._rest.begin(self._posted(call), _Heard(call, hearing))

    def _posted(self, call: Call[GraphqlTarget]) -> Call[RestTarget]:
        """The call as one of REST; what was rendered before is not rendered again."""
        body = None if call.wire else request_body(call.target, call.inputs)
        path, exact = self._path, call.target.exact
        rest = RestTarget("POST", path, body=body, exact=exact, reads="json")
        return Call(
            call.step,
            rest,
            _NO_INPUTS,
            call.deadline,
            call.headers,
            call.passing,
            call.wire,
        )

    def describe(self, call: Call[GraphqlTarget]) -> Mapping[str, JsonValue]:
        told = dict(self._rest.describe(self._posted(call._replace(wire=None))))
        told["body"] = cast("JsonValue", masked(request_body(call.target, call.inputs)))
        return told

    async def close(self) -> None:
        await self._rest.close()

    async def probe(self, targets: Mapping[str, object]) -> Probed:
        """Shake hands and get a token, as for an HTTP API."""
        return await self._rest.probe(targets)


class _Heard(Model, frozen=True):
    """Hears for who waits: an HTTP reply is read as the GraphQL response that it is."""

    call: Call[GraphqlTarget]
    hearing: Hearing

    def came(self, reply: Reply) -> None:
        try:
            answer = read(self.call, reply)
        except Exception as error:  # noqa: BLE001 - whoever waits tells of our own bugs
            self.hearing.failed(error)
            return
        self.hearing.came(answer)

    def failed(self, error: Exception) -> None:
        if isinstance(error, StaleError) and not self.call.target.mutation:
            self.hearing.failed(NeverArrivedError())
        elif isinstance(error, UpstreamError):
            call = self.call
            self.hearing.failed(detailed(error, call.target, _sent_with(call)))
        else:
            self.hearing.failed(error)


def _sent_with(call: Call[GraphqlTarget]) -> Mapping[str, object]:
    """The call's inputs, and its headers where it has some: no failure tells them."""
    headers = call.headers
    return {**call.inputs, _HEADERS: headers} if headers else call.inputs


def read(call: Call[GraphqlTarget], reply: Reply) -> Reply:
    """What a response means for the call.

    Raises:
        UpstreamError: rejected or invalid, as `answered` says.
    """
    body, partial = answered(call.target, call.step, reply.body, _sent_with(call))
    return Reply(body, reply.status, reply.headers, reply.size, partial)
