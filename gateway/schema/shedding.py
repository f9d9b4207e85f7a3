"""Requests beyond what the process bears: told so before anything of them is read.

In charge of the answer, which costs a hundredth of what a request does: the process
goes on answering as many as it can, each as soon as it can. All ways in share one
number: the GraphQL path, the doors beside it, and what a WebSocket asks. What is under
way for as long as its client likes (a stream) is not counted, and begins only where
there is room. Must never be in the way of pages about the process.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from starlette.routing import BaseRoute, Mount, Route

from gateway.crowding import Crowding
from gateway.errors import Code
from gateway.pipeline import Pipeline
from gateway.policy.limits import Excess
from gateway.record import Model
from gateway.request.adapter import identify
from gateway.response.model import FieldError, refusal
from gateway.schema.encoding import to_json
from gateway.schema.exchange import App, Receive, Scope, Send, headers_of, respond
from gateway.schema.negotiation import Form, streams
from gateway.schema.plain import PlainExchange
from gateway.schema.saying import HEADERS, LINES

_FULL = 503
_AGAIN = (b"retry-after", b"1")
_TRY_AGAIN = 1013
_TOLD = (
    (b"content-type", b"application/problem+json"),
    (b"cache-control", b"no-store"),
)
_PROBLEM = {
    "type": "urn:headwater:problem:OVERLOADED",
    "title": "Service Unavailable",
    "status": _FULL,
    "code": Code.OVERLOADED,
}
_SHORT = LINES[Form.JSON] + b"%s: %s\r\n" % _AGAIN


@dataclass(frozen=True, slots=True)
class Shedding:
    """The bound of one process, and what is said beyond it."""

    pipeline: Pipeline
    crowding: Crowding
    excess: Excess = field(init=False)
    body: bytes = field(init=False)
    error: FieldError = field(init=False)

    def __post_init__(self) -> None:
        most = self.crowding.most
        said = "has as many requests under way"
        excess = Excess(
            "requests", Code.OVERLOADED, said, None, most, "The process", later=1.0
        )
        error = FieldError(excess.message, excess.code)
        answer = refusal(error, status=_FULL)
        object.__setattr__(self, "error", error)
        object.__setattr__(self, "excess", excess)
        object.__setattr__(self, "body", to_json(answer.as_sent()))

    def refuse(self, exchange: PlainExchange) -> None:
        """Answer a plain request of which the head alone was found."""
        id_ = self._noted()
        exchange.say(_FULL, b"%sx-request-id: %s\r\n" % (_SHORT, id_), self.body)

    async def through(
        self, app: App, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Have an app answer a request, where one more is borne."""
        if self.is_full():
            headers = [*HEADERS[Form.JSON], (b"x-request-id", self._noted()), _AGAIN]
            await respond(send, _FULL, headers, self.body)
        elif streams(headers_of(scope).get("accept", "")):
            await app(scope, receive, send)
        else:
            await self._counted(app, scope, receive, send)

    async def door(self, app: App, scope: Scope, receive: Receive, send: Send) -> None:
        """The same for a door beside the GraphQL path, whose refusals are problems.

        Agents accept a stream with each message, and get none that lasts: what is
        posted counts, whatever it accepts.
        """
        if self.is_full():
            told = {**_PROBLEM, "detail": self.excess.message}
            id_ = (b"x-request-id", self._noted())
            await respond(send, _FULL, [*_TOLD, id_, _AGAIN], to_json(told))
            return
        accepts = headers_of(scope).get("accept", "")
        if scope["method"] != "POST" and streams(accepts):
            await app(scope, receive, send)
        else:
            await self._counted(app, scope, receive, send)

    async def socket(
        self, app: App, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """A handshake: refused as HTTP is, where the server can say so."""
        if not self.is_full():
            await app(scope, receive, send)
            return
        await receive()  # the wish to connect
        if "websocket.http.response" not in scope.get("extensions", {}):
            await send({"type": "websocket.close", "code": _TRY_AGAIN})
            return
        headers = [*HEADERS[Form.JSON], (b"x-request-id", self._noted()), _AGAIN]
        start = {"type": "websocket.http.response.start", "status": _FULL}
        await send({**start, "headers": headers})
        await send({"type": "websocket.http.response.body", "body": self.body})

    def operation(self) -> FieldError:
        """What one too many of an open WebSocket is told."""
        self._noted()
        return self.error

    def is_full(self) -> bool:
        """Whether one more is too many."""
        return self.crowding.now >= self.crowding.most

    async def _counted(
        self, app: App, scope: Scope, receive: Receive, send: Send
    ) -> None:
        self.crowding.now += 1
        try:
            await app(scope, receive, send)
        finally:
            self.crowding.now -= 1

    def _noted(self) -> bytes:
        """One more was refused; the id of its answer."""
        return self.noted(self.excess).encode()

    def noted(self, excess: Excess) -> str:
        """Something was refused that is beyond a bound of the process; its id."""
        id_, now = identify({}), self.pipeline.clock.now()
        self.pipeline.preparing.excesses.note(excess, "refused", (id_, now), now)
        return id_


class _Door(Model, frozen=True):
    """A way in beside the GraphQL path."""

    app: App
    shedding: Shedding

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.shedding.door(self.app, scope, receive, send)


def shed(doors: Iterable[BaseRoute], shedding: Shedding) -> Iterator[BaseRoute]:
    """The same doors, open as long as there is room."""
    for door in doors:
        if isinstance(door, Route | Mount):
            door.app = _Door(door.app, shedding)
        yield door
