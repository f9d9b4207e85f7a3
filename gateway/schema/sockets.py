"""GraphQL over WebSocket: Strawberry's handler, and what it leaves to us.

In charge of who the socket's operations are asked by, of the end of a token, and of
what has many answers. Others go Strawberry's way.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from functools import partial
from typing import Any, Final, TypeAlias

from strawberry.http.exceptions import WebSocketDisconnected
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import (
    BaseGraphQLTransportWSHandler,
    Operation,
)

from gateway.errors import Code, RequestError
from gateway.request.model import Asking
from gateway.response.model import FieldError
from gateway.schema.asking import read_members
from gateway.schema.frames import (
    complete_of,
    frame_fault,
    next_of,
    numbered_frame,
    place_of,
    say,
)
from gateway.schema.serving import Serving, admit, given_of
from gateway.schema.shedding import Shedding
from gateway.schema.socket_documents import names_document, with_document
from gateway.schema.socket_parts import SocketParts
from gateway.splitting import Given
from gateway.subscribing import (
    End,
    Subscription,
    Update,
    seconds_left,
    subscribes,
)

_FORBIDDEN: Final = 4403
"""Clients ask for a new token and come back; 4401 would end them for good."""
_RESTARTING: Final = 1012
_LONGEST_REASON: Final = 100  # a frame has room for 123 bytes
_LONGEST_LIFE: Final = 10 * 365 * 86_400.0

_Begun: TypeAlias = tuple[Asking, Given]


class SocketHandler(BaseGraphQLTransportWSHandler[Any, None]):
    """One socket. Frames have the protocol's shape; subscriptions are ours."""

    context: Any
    _places: dict[str, str]
    _expiry: asyncio.TimerHandle | None = None
    _closing: asyncio.Task[None] | None = None

    @property
    def serving(self) -> Serving:
        serving: Serving = self.schema.serving  # type: ignore[attr-defined]
        return serving

    async def handle_message(self, message: Any) -> None:
        """Close with 4400 what is not a frame, as the protocol says."""
        fault = frame_fault(message)
        if fault is not None:
            await self.handle_invalid_message(fault)
        else:
            await super().handle_message(message)

    async def send_message(self, message: Any) -> None:
        """Errors say which request they are of: a browser sees no header."""
        await super().send_message(numbered_frame(message, self.context.request_id))

    async def handle_connection_init(self, message: Any) -> None:
        payload = message.get("payload")
        if isinstance(payload, dict) and not self.connection_init_received:
            prover = self.serving.current.admission.prover
            self.context = self.context.introduced(payload, prover)
        if not await self._is_admitted():
            return
        left = self._seconds_left()
        if left is not None and left <= 0:
            await self._expired()
            return
        await super().handle_connection_init(message)
        if left is not None and self.connection_acknowledged and self._expiry is None:
            loop = asyncio.get_running_loop()
            self._expiry = loop.call_later(min(left, _LONGEST_LIFE), self._expire)

    async def handle_subscribe(self, message: Any) -> None:
        most = self.max_subscriptions_per_connection
        known = message["id"] in self.operations
        full = most is not None and len(self.operations) >= most
        if self.connection_acknowledged and full and not known:
            told = f"A socket has {most} operations at a time at most."
            await self._refuse(message, FieldError(told, Code.SUBSCRIPTION_LIMIT))
            return
        pipeline = self.serving.pipeline
        crowding = pipeline.crowding
        crowded = crowding.now >= crowding.most and not known
        if self.connection_acknowledged and crowded:
            await self._refuse(message, Shedding(pipeline, crowding).operation())
            return
        if (
            self.connection_acknowledged
            and not known
            and not await self._may_run(message)
        ):
            return
        await super().handle_subscribe(message)
        operation = self.operations.get(message["id"])
        place = place_of(message["payload"])
        if operation is not None and place is not None:
            self._resuming[message["id"]] = place

    async def _may_run(self, message: Any) -> bool:
        """Whether its document may run; it has it then, where it only named it."""
        payload, current = message["payload"], self.serving.current
        is_text = isinstance(payload.get("query"), str)
        if not names_document(payload) and not (current.guards and is_text):
            return True
        try:
            request, headers = self.context.begin(current), self.context.headers
            given = given_of(self.serving, current, request, headers)
            documents = self.schema.documents  # type: ignore[attr-defined]
            message["payload"] = await with_document(payload, given, documents)
        except RequestError as error:
            await self._refuse(message, FieldError(error.message, error.code))
            return False
        return True

    async def _refuse(self, message: Any, error: FieldError) -> None:
        refused: Any = {"id": message["id"], "type": "error"}
        refused["payload"] = [error.as_json()]
        await self.send_message(refused)

    async def shutdown(self) -> None:
        if self._expiry is not None:
            self._expiry.cancel()
        await super().shutdown()

    # -- subscriptions ----------

    async def run_operation(self, operation: Operation[Any, None]) -> None:
        """What has many answers by ourselves; everything else as Strawberry does."""
        place = self._resuming.pop(operation.id, None)
        begun = self._begun(operation)
        if begun is None or not await self._has_many(operation, begun, place):
            crowding = self.serving.pipeline.crowding
            crowding.now += 1
            try:
                await super().run_operation(operation)
            finally:
                crowding.now -= 1

    async def _has_many(
        self, operation: Operation[Any, None], begun: _Begun, place: str | None
    ) -> bool:
        """Answer a subscription, or a query in parts; False, and nothing has run."""
        asking, (pipeline, generation, request, _) = begun
        serving = self.serving
        if await subscribes(pipeline, generation, asking, request):
            found = Subscription(serving, asking, self.context.begin, place)
            try:
                await self._deliver(operation, found)
            except WebSocketDisconnected:
                return True
            finally:
                found.close()
            return True
        parts = SocketParts(pipeline, self.context.headers.get("accept"))
        in_parts = await parts.found(generation, asking, request)
        if in_parts is None:
            return False
        with suppress(WebSocketDisconnected):
            await parts.tell(in_parts, partial(say, operation))
            await operation.send_operation_message(complete_of(operation))
        return True

    @property
    def _resuming(self) -> dict[str, str]:
        """The events after which operations that have not begun go on."""
        if not hasattr(self, "_places"):
            self._places = {}
        return self._places

    def _begun(self, operation: Operation[Any, None]) -> _Begun | None:
        """Who asks for what, of which generation; None where it is refused."""
        members: Any = {
            "query": operation.query,
            "variables": operation.variables,
            "operationName": operation.operation_name,
        }
        try:
            asking, current = read_members(members), self.serving.current
            request = self.context.begin(current)
            return asking, given_of(
                self.serving, current, request, self.context.headers
            )
        except RequestError:
            return None

    async def _deliver(
        self, operation: Operation[Any, None], subscription: Subscription
    ) -> None:
        refused = await subscription.open()
        if refused is not None:
            await self._fail(operation, [e.as_json() for e in refused.errors])
            return
        take = subscription.taking.take
        while True:
            update = await subscription.next()
            if not isinstance(update, Update):
                break
            told = update.told(with_id=True)
            if not await take(
                operation.send_operation_message(next_of(operation, told))
            ):
                self.operations.pop(operation.id, None)
                return
        ending = subscription.ending
        if ending is not None and ending.end is End.DRAINED:
            await self._leave(operation)
        elif ending is not None and ending.errors:
            errors = [error.as_json() for error in ending.errors]
            await take(self._fail(operation, errors))
            self.operations.pop(operation.id, None)
        else:
            await take(operation.send_operation_message(complete_of(operation)))

    @staticmethod
    async def _fail(operation: Operation[Any, None], errors: list[Any]) -> None:
        message: Any = {"id": operation.id, "type": "error", "payload": errors}
        await operation.send_operation_message(message)

    async def _leave(self, operation: Operation[Any, None]) -> None:
        """The process ends: who comes back to another one goes on where he was."""
        self.operations.pop(operation.id, None)
        if not self.operations:
            await self.websocket.close(code=_RESTARTING, reason="Service restart")

    # -- who asks ----------

    async def _is_admitted(self) -> bool:
        """Whether it is known who asks; the socket is closed where it is not."""
        try:
            await admit(self.serving, self.context.headers)
        except RequestError as error:
            why = error.message[:_LONGEST_REASON]
            await self.websocket.close(code=_FORBIDDEN, reason=why)
            return False
        return True

    def _seconds_left(self) -> float | None:
        try:
            request = self.context.begin(self.serving.current)
        except RequestError:
            return None  # each operation is told
        return seconds_left(request, self.serving.pipeline.clock)

    def _expire(self) -> None:
        self._closing = asyncio.get_running_loop().create_task(self._expired())

    async def _expired(self) -> None:
        await self.websocket.close(code=_FORBIDDEN, reason="The token has expired")
