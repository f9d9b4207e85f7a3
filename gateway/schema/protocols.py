"""Strawberry's view for the other protocols: WebSocket, events, parts.

In charge of holding them to what HTTP is held to: the same size, the same shape, the
same origin. JSON over HTTP never comes here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.http import GraphQLHTTPResponse
from strawberry.subscriptions import (
    GRAPHQL_SSE_PROTOCOL,
    GRAPHQL_TRANSPORT_WS_PROTOCOL,
    MULTIPART_SUBSCRIPTION_PROTOCOL,
)
from strawberry.types.execution import ExecutionResult, PreExecutionError

from gateway.generation import Generation
from gateway.record import Model
from gateway.request.adapter import identify
from gateway.request.model import Asking, RequestContext
from gateway.schema.connected import Connected
from gateway.schema.documents import Documents
from gateway.schema.encoding import to_json
from gateway.schema.exchange import Message, Receive, Scope, Send, headers_of
from gateway.schema.facade import Facade
from gateway.schema.feeds import Feed
from gateway.schema.negotiation import Form, choose_form
from gateway.schema.serving import ServerSettings, Serving
from gateway.schema.sockets import SocketHandler
from gateway.subscribing import subscribes

_KEY = "headwater"
_TOO_BIG = 1009
_ACCEPTED = {
    Form.EVENTS: b"text/event-stream",
    Form.PARTS: b"multipart/mixed;subscriptionSpec=1.0",
}


class Streamed(Model, frozen=True):
    """The opening of one HTTP request, whose context is there already."""

    request: RequestContext
    read_only: bool
    headers: Mapping[str, str]

    def begin(self, _generation: Generation) -> RequestContext:
        return self.request


class View(GraphQL[Any, None]):
    """Strawberry's ASGI view with our context, our JSON and our headers."""

    graphql_transport_ws_handler_class = SocketHandler

    def __init__(
        self, serving: Serving, settings: ServerSettings, documents: Documents
    ) -> None:
        super().__init__(
            Facade(serving, documents),
            graphql_ide=None,
            subscription_protocols=(
                GRAPHQL_TRANSPORT_WS_PROTOCOL,
                GRAPHQL_SSE_PROTOCOL,
                MULTIPART_SUBSCRIPTION_PROTOCOL,
            ),
            connection_init_wait_timeout=timedelta(seconds=settings.init_timeout),
            max_subscriptions_per_connection=settings.operations_per_socket,
            allowed_origins=("*",),  # `Entrance` has judged it
        )
        self.clock = serving.pipeline.clock

    async def get_context(
        self,
        request: Request | WebSocket,
        response: Response | WebSocket,  # noqa: ARG002
    ) -> Streamed | Connected:
        opening = request.scope.get(_KEY)
        if isinstance(opening, Streamed):
            return opening
        headers = headers_of(request.scope)
        return Connected(headers, self.clock, identify(headers))

    async def get_sub_response(self, request: Request | WebSocket) -> Response:
        response = await super().get_sub_response(request)
        opening: Streamed = request.scope[_KEY]
        response.headers["x-request-id"] = opening.request.request_id
        response.headers["x-content-type-options"] = "nosniff"
        return response

    async def process_result(
        self, request: Request, result: ExecutionResult
    ) -> GraphQLHTTPResponse:
        """A refused operation has no data, not even null."""
        shown = await super().process_result(request, result)
        if isinstance(result, PreExecutionError):
            shown.pop("data")
        return shown

    def decode_json(self, data: str | bytes) -> object:
        return orjson.loads(data)

    def encode_json(self, data: object) -> str:
        return to_json(data).decode()


class Protocols(Model, frozen=True):
    """The two ways in that are not JSON over HTTP."""

    serving: Serving
    view: View
    limit: int

    async def socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one WebSocket to its end. Messages are bounded in bytes."""

        async def bounded() -> Message:
            message = await receive()
            if len((message.get("text") or "").encode()) <= self.limit:
                return message
            await send({"type": "websocket.close", "code": _TOO_BIG, "reason": "Size"})
            return {"type": "websocket.disconnect", "code": _TOO_BIG}

        await self.view(scope, bounded, send)

    async def stream(
        self, scope: Scope, send: Send, *, asking: Asking, request: RequestContext
    ) -> None:
        """Answer one request as events or parts.

        The view gets the request as it was understood, never the client's bytes.
        """
        accept = dict(scope["headers"]).get(b"accept", b"").decode("latin-1")
        form = choose_form(accept) or Form.EVENTS
        pipeline, generation = self.serving.pipeline, self.serving.current
        if await subscribes(pipeline, generation, asking, request):
            await Feed(self.serving, scope, send, form).run(asking, request)
            return
        body = to_json(
            {
                "query": asking.document,
                "operationName": asking.operation,
                "variables": asking.variables,
            }
        )
        understood = {
            **scope,
            "method": "POST",
            "headers": [
                (b"accept", _ACCEPTED[form]),
                (b"content-type", b"application/json"),
            ],
            _KEY: Streamed(request, asking.read_only, headers_of(scope)),
        }
        await self.view(understood, _replay(body), send)


def _replay(body: bytes) -> Receive:
    """A receive that gives a body that was read before, and then nothing."""
    messages = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        if messages:
            return messages.pop()
        return await asyncio.Event().wait()  # type: ignore[return-value]

    return receive


def protocols(
    serving: Serving, settings: ServerSettings, documents: Documents
) -> Protocols:
    view = View(serving, settings, documents)
    return Protocols(serving, view, settings.body_limit)
