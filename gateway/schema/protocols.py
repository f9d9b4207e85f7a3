"""Strawberry's view for the other protocols: WebSocket, events, parts.

In charge of holding them to what HTTP is held to: the same size, the same shape, the
same origin. JSON over HTTP never comes here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
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
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import (
    BaseGraphQLTransportWSHandler,
)
from strawberry.types.execution import ExecutionResult, PreExecutionError

from gateway.clock import Clock
from gateway.generation import Generation
from gateway.request.adapter import adapt, identify
from gateway.request.model import Asking, RequestContext
from gateway.schema.encoding import to_json
from gateway.schema.exchange import Message, Receive, Scope, Send, headers_of
from gateway.schema.facade import Facade
from gateway.schema.negotiation import Form, choose_form
from gateway.schema.serving import ServerSettings, Serving

_KEY = "headwater"
_TOO_BIG = 1009
_ACCEPTED = {
    Form.EVENTS: b"text/event-stream",
    Form.PARTS: b"multipart/mixed;subscriptionSpec=1.0",
}


@dataclass(frozen=True, slots=True)
class Streamed:
    """The opening of one HTTP request, whose context is there already."""

    request: RequestContext
    read_only: bool

    def begin(self, _generation: Generation) -> RequestContext:
        return self.request


@dataclass(frozen=True, slots=True)
class Connected:
    """The opening of a socket: its handshake's headers hold for every operation."""

    headers: Mapping[str, str]
    clock: Clock
    read_only: bool = False

    def begin(self, generation: Generation) -> RequestContext:
        return adapt(
            self.headers,
            generation.admission,
            request_id=identify({}),
            clock=self.clock,
        )


class SocketHandler(BaseGraphQLTransportWSHandler[Any, None]):
    """Strawberry's handler behind a check that frames have the protocol's shape."""

    async def handle_message(self, message: Any) -> None:
        """Close with 4400 what is not a frame, as the protocol says."""
        fault = frame_fault(message)
        if fault is not None:
            await self.handle_invalid_message(fault)
        else:
            await super().handle_message(message)


def frame_fault(message: object) -> str | None:
    """What is wrong with the shape of a frame; Strawberry trusts it."""
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        return "A message is an object with a type"
    if message["type"] not in ("subscribe", "complete"):
        return None
    if not isinstance(message.get("id"), str) or not message["id"]:
        return "The message has no id"
    if message["type"] == "subscribe" and not isinstance(message.get("payload"), dict):
        return "The message has no payload"
    return None


class View(GraphQL[Any, None]):
    """Strawberry's ASGI view with our context, our JSON and our headers."""

    graphql_transport_ws_handler_class = SocketHandler

    def __init__(self, serving: Serving, settings: ServerSettings) -> None:
        super().__init__(
            Facade(serving),
            graphql_ide=None,
            subscription_protocols=(
                GRAPHQL_TRANSPORT_WS_PROTOCOL,
                GRAPHQL_SSE_PROTOCOL,
                MULTIPART_SUBSCRIPTION_PROTOCOL,
            ),
            connection_init_wait_timeout=timedelta(seconds=settings.init_timeout),
            max_subscriptions_per_connection=settings.operations_per_socket,
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
        return Connected(headers_of(request.scope), self.clock)

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


@dataclass(frozen=True, slots=True)
class Protocols:
    """The two ways in that are not JSON over HTTP."""

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
        body = to_json(
            {
                "query": asking.document,
                "operationName": asking.operation,
                "variables": asking.variables,
            }
        )
        accept = dict(scope["headers"]).get(b"accept", b"").decode("latin-1")
        form = choose_form(accept) or Form.EVENTS
        understood = {
            **scope,
            "method": "POST",
            "headers": [
                (b"accept", _ACCEPTED[form]),
                (b"content-type", b"application/json"),
            ],
            _KEY: Streamed(request, asking.read_only),
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


def protocols(serving: Serving, settings: ServerSettings) -> Protocols:
    return Protocols(View(serving, settings), settings.body_limit)
