"""Calls of one request that are ready at once, sent to their GraphQL API as one.

In charge of who goes with whom, and of each one's own answer: where it cannot be told
from what came, the call is made again, alone. Must never merge calls of different
requests, nor mutations, nor two calls of one step (its `max` is a promise).
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Hashable, Mapping, Sequence
from typing import Final

from gateway.connectors.base import Call, Reply, Wire
from gateway.connectors.graphql.merging import is_mergeable, merged_body, parted
from gateway.connectors.graphql.source import GraphqlSource, read
from gateway.connectors.graphql.target import GraphqlTarget, request_body
from gateway.connectors.hearing import GiveUp, Hearing, NeverArrivedError
from gateway.connectors.probing import Probed
from gateway.connectors.running import Running
from gateway.errors import ErrorClass, UpstreamError
from gateway.record import Model, Struct, field
from gateway.values import JsonValue

_MOST: Final = 10
"""Documents in one at most: APIs bound the aliases of a document."""
_RESTS: Final = 50
"""How often documents that were refused together then go apart."""
_REMEMBERED: Final = 100
_OF_THE_DOCUMENT = frozenset({400, 413, 422, 500})
"""Statuses that one document may bring upon all that go with it."""


class _Waiting(Struct, eq=False):
    """A call that waits for its answer. ``give_up`` frees what it holds by then."""

    call: Call[GraphqlTarget]
    hearing: Hearing
    running: Running
    gone: bool = False
    give_up: GiveUp | None = None

    def leave(self) -> None:
        """Nobody waits for it any more."""
        if self.gone:
            return
        self._over()
        if self.give_up is not None:
            self.give_up()

    def came(self, reply: Reply) -> None:
        if not self.gone:
            self._over()
            self.hearing.came(reply)

    def failed(self, error: Exception) -> None:
        if not self.gone:
            self._over()
            self.hearing.failed(error)

    def _over(self) -> None:
        self.gone = True
        self.running.leave()


class TogetherSource(Struct, eq=False):
    """A GraphQL API whose calls travel together where they can."""

    source: GraphqlSource
    _ready: dict[Hashable, list[_Waiting]] = field(default_factory=dict)
    _apart: dict[tuple[str, ...], int] = field(default_factory=dict)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _running: Running = field(default_factory=Running)

    def render(self, call: Call[GraphqlTarget]) -> Wire:
        return self.source.render(call)

    async def call(self, call: Call[GraphqlTarget]) -> Reply:
        if not _goes_along(call):
            return await self.source.call(call)
        future: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        leave = self.begin(call, _Heard(future))
        try:
            async with asyncio.timeout_at(call.deadline.at):
                return await future
        except TimeoutError:
            message = "The source did not answer in time."
            raise UpstreamError(message, kind=ErrorClass.TIMEOUT) from None
        except NeverArrivedError:
            return await self.source.call(call)
        finally:
            if leave is not None:
                leave()

    def begin(self, call: Call[GraphqlTarget], hearing: Hearing) -> GiveUp | None:
        """Send a call in this turn of the loop, with those that come in it.

        Raises:
            UpstreamError: rejected, where the request is none.
        """
        if not _goes_along(call):
            return self.source.begin(call, hearing)
        assert call.wire is not None, "whose call it is stands there"  # noqa: S101
        one = _Waiting(call, hearing, self._running)
        self._running.enter()
        key = id(call.wire.whose), call.target.exact
        ready = self._ready.get(key)
        if ready is None:
            ready = self._ready[key] = []
            asyncio.get_running_loop().call_soon(self._send, key)
        ready.append(one)
        return one.leave

    def describe(self, call: Call[GraphqlTarget]) -> Mapping[str, JsonValue]:
        return self.source.describe(call)

    async def close(self) -> None:
        await self._running.ended()
        await self.source.close()

    async def probe(self, targets: Mapping[str, object]) -> Probed:
        """As its source is tried."""
        return await self.source.probe(targets)

    # -- who goes with whom -----------------------------------------------------------

    def _send(self, key: Hashable) -> None:
        """All that came in a turn of the loop leave."""
        documents: list[list[_Waiting]] = []
        for one in self._ready.pop(key):
            if one.gone:
                continue
            fits = (d for d in documents if len(d) < _MOST and not _has(d, one))
            document = next(fits, None)
            if document is None:
                documents.append([one])
            else:
                document.append(one)
        for document in documents:
            texts = tuple(_text(one.call) for one in document)
            if len(document) > 1 and not self._goes_apart(texts):
                self._begin_together(document, texts)
            else:
                for one in document:
                    self._begin_alone(one)

    def _goes_apart(self, texts: tuple[str, ...]) -> bool:
        """Whether these were refused together, and not long ago."""
        left = self._apart.pop(texts, 0) - 1
        if left > 0:
            self._apart[texts] = left
        return left >= 0

    def _part(self, texts: tuple[str, ...]) -> None:
        while len(self._apart) >= _REMEMBERED:
            del self._apart[next(iter(self._apart))]
        self._apart[texts] = _RESTS

    # -- calls ------------------------------------------------------------------------

    def _begin_alone(self, one: _Waiting) -> None:
        """As if it had never been meant to go with others."""
        try:
            one.give_up = self.source.begin(one.call, one)
        except UpstreamError as error:
            one.failed(error)
            return
        if one.give_up is None:
            task = self._run(self._alone(one))
            one.give_up = lambda: _cancel(task)

    async def _alone(self, one: _Waiting) -> None:
        try:
            reply = await self.source.call(one.call)
        except Exception as error:  # noqa: BLE001 - whoever waits tells of our own bugs
            one.failed(error)
        else:
            one.came(reply)

    def _begin_together(
        self, document: Sequence[_Waiting], texts: tuple[str, ...]
    ) -> None:
        task = self._run(self._together(document, texts))

        def give_up() -> None:
            if all(one.gone for one in document):
                _cancel(task)

        for one in document:
            one.give_up = give_up

    async def _together(
        self, document: Sequence[_Waiting], texts: tuple[str, ...]
    ) -> None:
        try:
            reply = await self._asked(document)
        except Exception as error:  # noqa: BLE001 - whoever waits tells of our own bugs
            if not _is_of_the_document(error):
                for one in document:
                    one.failed(error)
                return
            reply = Reply(None)
        parts = parted(reply.body, len(document))
        if not any(parts):
            self._part(texts)
        size = reply.size // len(document)
        for one, part in zip(document, parts, strict=True):
            if one.gone:
                continue
            if part is None:
                self._begin_alone(one)
            else:
                _tell(one, reply._replace(body=part, size=size))

    async def _asked(self, document: Sequence[_Waiting]) -> Reply:
        calls = [one.call for one in document]
        last = max(calls, key=lambda call: call.deadline.at)
        body = merged_body([request_body(one.target, one.inputs) for one in calls])
        return await self.source.asked(last, body)

    def _run(self, way: Coroutine[object, object, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(way)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


class _Heard(Model, frozen=True):
    """Hears for a coroutine."""

    future: asyncio.Future[Reply]

    def came(self, reply: Reply) -> None:
        if not self.future.done():
            self.future.set_result(reply)

    def failed(self, error: Exception) -> None:
        if not self.future.done():
            self.future.set_exception(error)


def _goes_along(call: Call[GraphqlTarget]) -> bool:
    """Whether it may stand in a document with others."""
    target = call.target
    return (
        call.wire is not None
        and call.wire.whose is not None
        and not target.mutation
        and len(target.parts) == 1
        and is_mergeable(_text(call))
    )


def _text(call: Call[GraphqlTarget]) -> str:
    """Its document, where no value stands in it; else nothing."""
    first = call.target.parts[0]
    return first if isinstance(first, str) else ""


def _has(document: Sequence[_Waiting], one: _Waiting) -> bool:
    return any(other.call.target is one.call.target for other in document)


def _is_of_the_document(error: Exception) -> bool:
    """Whether a call may succeed that failed in the company of others."""
    if not isinstance(error, UpstreamError):
        return False
    if error.status is not None:
        return error.status in _OF_THE_DOCUMENT
    return error.kind in (ErrorClass.INVALID, ErrorClass.REJECTED)


def _cancel(task: asyncio.Task[None]) -> None:
    task.cancel()


def _tell(one: _Waiting, reply: Reply) -> None:
    try:
        answer = read(one.call, reply)
    except Exception as error:  # noqa: BLE001 - whoever waits tells of our own bugs
        one.failed(error)
    else:
        one.came(answer)
