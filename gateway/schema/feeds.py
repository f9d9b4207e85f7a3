"""Subscriptions over plain HTTP: as server-sent events, and as parts.

In charge of the two forms, of signs of life while nothing happens, and of how each
form says that it is over. Events as graphql-sse writes them ("distinct connections"),
parts as Apollo's subscription protocol does. Must never look into an answer.
"""

from __future__ import annotations

from typing import ClassVar, Protocol

from gateway.record import Model
from gateway.request.adapter import adapt
from gateway.request.model import Asking, RequestContext
from gateway.response.model import Answer
from gateway.schema.encoding import to_json
from gateway.schema.exchange import Scope, Send, headers_of
from gateway.schema.negotiation import Form
from gateway.schema.serving import Serving
from gateway.subscribing import End, Ending, Quiet, Subscription, Update

_RETRY = b"retry: 1000\n\n"
"""Milliseconds after which a client comes back to a gateway that starts again."""


class Writing(Protocol):
    """One form."""

    content_type: ClassVar[bytes]
    idle: ClassVar[float]
    """Seconds of silence before a sign of life."""
    first: ClassVar[bytes]
    alive: ClassVar[bytes]

    def update(self, update: Update) -> bytes: ...

    def refused(self, answer: Answer) -> bytes: ...

    def ended(self, ending: Ending) -> bytes: ...


class Events:
    """`text/event-stream`."""

    content_type: ClassVar[bytes] = b"text/event-stream; charset=utf-8"
    idle: ClassVar[float] = 15.0
    first: ClassVar[bytes] = b":\n\n"
    alive: ClassVar[bytes] = b":\n\n"

    def update(self, update: Update) -> bytes:
        place = b""
        if update.id is not None and update.id.isprintable():
            place = b"id: %s\n" % update.id.encode()
        return place + self._next(to_json(update.told(with_id=False).as_sent()))

    def refused(self, answer: Answer) -> bytes:
        return self._next(to_json(answer.as_sent())) + self._complete()

    def ended(self, ending: Ending) -> bytes:
        if ending.end is End.DRAINED:
            return _RETRY  # and no `complete`: who comes back goes on
        if not ending.errors:
            return self._complete()
        told = to_json({"errors": [error.as_json() for error in ending.errors]})
        return self._next(told) + self._complete()

    @staticmethod
    def _next(body: bytes) -> bytes:
        return b"event: next\ndata: %s\n\n" % body

    @staticmethod
    def _complete() -> bytes:
        return b"event: complete\ndata:\n\n"


class Parts:
    """`multipart/mixed`, each part a payload."""

    content_type: ClassVar[bytes] = (
        b'multipart/mixed; boundary="graphql"; subscriptionSpec="1.0"'
    )
    idle: ClassVar[float] = 5.0
    alive: ClassVar[bytes] = (
        b"\r\ncontent-type: application/json\r\n\r\n{}\r\n--graphql"
    )
    first: ClassVar[bytes] = b"--graphql" + alive

    def update(self, update: Update) -> bytes:
        return self._part({"payload": update.told(with_id=True).as_sent()})

    def refused(self, answer: Answer) -> bytes:
        return self._part({"payload": answer.as_sent()}) + b"--\r\n"

    def ended(self, ending: Ending) -> bytes:
        if not ending.errors:
            return b"--\r\n"
        errors = [error.as_json() for error in ending.errors]
        return self._part({"payload": None, "errors": errors}) + b"--\r\n"

    @staticmethod
    def _part(body: object) -> bytes:
        head = b"\r\ncontent-type: application/json\r\n\r\n"
        return head + to_json(body) + b"\r\n--graphql"


class Feed(Model, frozen=True):
    """One subscription on one HTTP request."""

    serving: Serving
    scope: Scope
    send: Send
    form: Form

    async def run(self, asking: Asking, request: RequestContext) -> None:
        """Deliver until it is over, or until the client goes (by cancellation)."""
        headers, clock = headers_of(self.scope), self.serving.pipeline.clock
        subscription = Subscription(
            self.serving,
            asking,
            lambda generation: adapt(
                headers,
                generation.admission,
                request_id=request.request_id,
                clock=clock,
            ),
            headers.get("last-event-id") or None,
        )
        writing: Writing = Events() if self.form is Form.EVENTS else Parts()
        try:
            refused = await subscription.open()
            await self._start(writing, request)
            if refused is not None:
                await self._write(writing.refused(refused), more=False)
            else:
                await self._deliver(subscription, writing)
        finally:
            subscription.close()

    async def _deliver(self, subscription: Subscription, writing: Writing) -> None:
        take = subscription.taking.take
        taken = await take(self._write(writing.first))
        while taken:
            update = await subscription.next(writing.idle)
            if update is None:
                break
            if isinstance(update, Quiet):
                taken = await take(self._write(writing.alive))
            else:
                taken = await take(self._write(writing.update(update)))
        if taken and subscription.ending is not None:
            last = writing.ended(subscription.ending)
            await take(self._write(last, more=False))

    async def _start(self, writing: Writing, request: RequestContext) -> None:
        headers = [
            (b"content-type", writing.content_type),
            (b"cache-control", b"no-cache, no-store, no-transform"),
            (b"x-accel-buffering", b"no"),
            (b"x-content-type-options", b"nosniff"),
            (b"x-request-id", request.request_id.encode()),
        ]
        start = {"type": "http.response.start", "status": 200, "headers": headers}
        await self.send(start)

    async def _write(self, body: bytes, *, more: bool = True) -> None:
        message = {"type": "http.response.body", "body": body, "more_body": more}
        await self.send(message)
