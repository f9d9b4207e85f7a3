"""One GraphQL request over HTTP whose answer comes in parts.

In charge of when parts are sent at all, and of each leaving the moment it is there.
Must never let an exception out once the first has left.
"""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.errors import Code
from gateway.generation import Generation
from gateway.pipeline import Pipeline
from gateway.request.model import Asking, RequestContext
from gateway.response.model import FieldError
from gateway.schema.encoding import to_json
from gateway.schema.exchange import Send
from gateway.schema.incremental_forms import writer_of
from gateway.schema.negotiation import choose_parts
from gateway.telemetry.events import Crashed
from gateway.values import JsonValue

if TYPE_CHECKING:
    from gateway.schema.endpoint import Exchange

_HEADERS = (
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-accel-buffering", b"no"),
)
_BROKEN = FieldError("Internal error.", Code.INTERNAL_SERVER_ERROR).as_json()


@dataclass(frozen=True, slots=True)
class AnswersInParts:
    """Answers queries with parts to clients that take them."""

    pipeline: Pipeline

    async def answer(
        self,
        exchange: Exchange,
        generation: Generation,
        asking: Asking,
        request: RequestContext,
    ) -> bool:
        """Answer in parts what has some; False for all else, and nothing has run."""
        text, parts = asking.document, choose_parts(exchange.headers.get("accept"))
        if parts is None or not ("@defer" in text or "@stream" in text):
            return False
        from gateway.delivering import delivery

        found = await delivery(self.pipeline, generation, asking, request)
        if found is None:
            return False
        writer = writer_of(parts)
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
        async with aclosing(found.payloads()) as payloads:
            async for payload in payloads:
                for body in writer.bodies(payload):
                    await _send(
                        exchange.send, writer.framed(self._written(body, request))
                    )
        await _send(exchange.send, writer.end(), more=False)
        return True

    def _written(self, body: JsonValue, request: RequestContext) -> bytes:
        try:
            return to_json(body)
        except Exception as error:  # noqa: BLE001 - the client must not wait for ever
            self.pipeline.observe(Crashed(request.request_id, "encoding", error))
            return to_json({"errors": [_BROKEN], "hasNext": False})


async def _send(send: Send, body: bytes, *, more: bool = True) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": more})
