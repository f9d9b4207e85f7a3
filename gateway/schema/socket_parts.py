"""One query over a WebSocket whose answer comes in parts.

In charge of its messages: each payload is a `next`, as in the servers that people know.
Must never answer what has no parts.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from contextlib import aclosing
from typing import TYPE_CHECKING, TypeAlias

from gateway.generation import Generation
from gateway.pipeline import Pipeline
from gateway.record import Model
from gateway.request.model import Asking, RequestContext
from gateway.response.incremental.model import Payload
from gateway.schema.incremental import BROKEN, asks_for_parts
from gateway.schema.incremental_forms import bodies_of
from gateway.schema.negotiation import Parts, choose_parts
from gateway.telemetry.events import Crashed
from gateway.values import JsonValue

if TYPE_CHECKING:
    from gateway.delivering import Delivery

Say: TypeAlias = Callable[[dict[str, JsonValue]], Awaitable[object]]
"""Sends one body to the client, in a message `next`."""


class SocketParts(Model, frozen=True):
    """Tells queries in parts to one client. ``accept`` is what he said of formats.

    To who says nothing the earlier one is written: of sockets urql reads no other.
    """

    pipeline: Pipeline
    accept: str | None

    async def found(
        self, generation: Generation, asking: Asking, request: RequestContext
    ) -> Delivery | None:
        """A query that is told in parts; None for all else, and nothing has run.

        Who writes `@defer` takes parts. What is left for later by itself is only for
        who says so.
        """
        takes = choose_parts(self.accept) is not None
        if not (asks_for_parts(asking) or (takes and generation.defers)):
            return None
        from gateway.delivering import delivery

        found = await delivery(self.pipeline, generation, asking, request)
        return found if found and (takes or not found.by_itself) else None

    async def tell(self, found: Delivery, say: Say) -> None:
        """Every payload, as it comes. Being cancelled ends what still runs."""
        async with aclosing(found.payloads()) as payloads:
            async for payload in payloads:
                for body in self._bodies(found, payload):
                    try:
                        await say(body)
                    except (TypeError, ValueError) as error:  # it is no JSON
                        told = Crashed(found.request.request_id, "encoding", error)
                        self.pipeline.observe(told)
                        await say({"errors": [BROKEN], "hasNext": False})
                        return

    def _bodies(
        self, found: Delivery, payload: Payload
    ) -> Iterable[dict[str, JsonValue]]:
        if found.by_itself and payload.answer is not None and not payload.has_next:
            return (payload.answer.as_sent(),)  # it was all there in time
        return bodies_of(choose_parts(self.accept) or Parts.EARLIER, payload)
