"""One GraphQL request over HTTP whose answer comes in parts.

In charge of when parts are sent at all, and of each leaving the moment it is there.
Must never let an exception out once the first has left.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import TYPE_CHECKING, TypeAlias

from gateway.errors import Code
from gateway.generation import Generation
from gateway.pipeline import Pipeline
from gateway.record import Model
from gateway.request.model import Asking, RequestContext
from gateway.response.incremental.model import Payload
from gateway.response.model import Answer, FieldError
from gateway.schema.encoding import to_json
from gateway.schema.exchange import ClientGoneError, Send
from gateway.schema.incremental_forms import writer_of
from gateway.schema.negotiation import Parts, choose_form, choose_parts
from gateway.telemetry.events import Crashed
from gateway.values import JsonValue

if TYPE_CHECKING:
    from gateway.delivering import Delivery
    from gateway.schema.ways import Exchange

_Payloads: TypeAlias = AsyncGenerator[Payload, None]
_PATIENCE = 30.0
"""Seconds that a client may leave a part unread before nothing more is kept for it."""
_HEADERS = (
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-accel-buffering", b"no"),
)
BROKEN = FieldError("Internal error.", Code.INTERNAL_SERVER_ERROR).as_json()


def asks_for_parts(asking: Asking) -> bool:
    """Whether a document may have parts: seen at a glance, and rather too often."""
    return "@defer" in asking.document or "@stream" in asking.document


class AnswersInParts(Model, frozen=True):
    """Answers queries with parts to clients that take them."""

    pipeline: Pipeline

    async def answer(
        self,
        exchange: Exchange,
        generation: Generation,
        asking: Asking,
        request: RequestContext,
    ) -> Answer | bool:
        """Answer in parts what has some; False for all else, and nothing has run.

        An answer that came whole in time is for the caller to write.
        """
        accept = exchange.headers.get("accept")
        parts = choose_parts(accept)
        if parts is None or not (generation.defers or asks_for_parts(asking)):
            return False
        from gateway.delivering import delivery

        found = await delivery(self.pipeline, generation, asking, request)
        if found is None:
            return False
        async with aclosing(found.payloads()) as payloads:
            whole = await self._whole(found, payloads, accept)
            if isinstance(whole, Answer):
                return whole
            await self._start(exchange, parts)
            writer = writer_of(parts)
            async for payload in _with(whole, payloads):
                for body in writer.bodies(payload):
                    written = writer.framed(self._written(body, request))
                    await _send(exchange.send, written)
        await _send(exchange.send, writer.end(), more=False)
        return True

    async def _whole(
        self, found: Delivery, payloads: _Payloads, accept: str | None
    ) -> Answer | Payload | None:
        """What came of a document without parts: all of it, or a first payload."""
        if not found.by_itself:
            return None  # parts were asked for: their headers need not wait
        first, form = await anext(payloads), choose_form(accept)
        if first.answer is None or first.has_next or form is None or form.streams:
            return first
        async for _ in payloads:
            pass  # its end: whoever looks on is told
        return first.answer

    async def _start(self, exchange: Exchange, parts: Parts) -> None:
        await exchange.send(
            {
                "type": "http.response.start",
                "status": 200,
                "headers": [
                    (b"content-type", parts.value.encode()),
                    *_HEADERS,
                    (b"x-request-id", exchange.request_id.encode()),
                ],
            }
        )

    def _written(self, body: JsonValue, request: RequestContext) -> bytes:
        try:
            return to_json(body)
        except Exception as error:  # noqa: BLE001 - the client must not wait for ever
            self.pipeline.observe(Crashed(request.request_id, "encoding", error))
            return to_json({"errors": [BROKEN], "hasNext": False})


async def _with(first: Payload | None, others: _Payloads) -> _Payloads:
    if first is not None:
        yield first
    async for payload in others:
        yield payload


async def _send(send: Send, body: bytes, *, more: bool = True) -> None:
    """One part on its way.

    Raises:
        ClientGoneError: the client does not read; its connection is of no use.
    """
    try:
        async with asyncio.timeout(_PATIENCE):
            await send({"type": "http.response.body", "body": body, "more_body": more})
    except TimeoutError:
        raise ClientGoneError from None
