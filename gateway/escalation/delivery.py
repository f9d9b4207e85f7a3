"""Brings messages to the sources that are told; the only part of the room that waits.

In charge of attempts: an alarm goes the way of every call of its source (its headers,
its slots, its timeout), again and again with longer and longer pauses, until it is
heard or nobody would care any more. Must never hold up a request.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from random import random
from typing import Final

from gateway.clock import Clock, Deadline
from gateway.connectors.base import Call, Slot
from gateway.connectors.rendering import literal
from gateway.connectors.rest_request import RestTarget
from gateway.errors import ErrorClass, UpstreamError
from gateway.escalation.message import Message
from gateway.execution.upstream import Upstream
from gateway.expression import EvaluationError
from gateway.record import Model, Struct, field
from gateway.request.model import RequestContext
from gateway.telemetry.events import Crashed, IncidentUndelivered, Observer

MOST_MESSAGES: Final = 1_000
"""Incidents that wait to be told at a time; further ones are given up at once."""
_REFUSED = range(400, 500)
_AGAIN = (408, 425, 429)
_BODY = Slot("body")

Borrow = Callable[[str], AbstractContextManager[Upstream | None]]
"""Lends a source of the current deployment; None where it has none of that name."""


class Backoff(Model, frozen=True):
    """Pauses between attempts, in seconds: twice as long each time, up to ``longest``.

    Each is between half of that and all of it, so that processes that failed together
    come back apart. After ``patience`` since the first attempt none is made any more.
    """

    first: float = 1.0
    longest: float = 60.0
    patience: float = 600.0

    def pauses(self, jitter: Callable[[], float]) -> Iterator[float]:
        pause = self.first
        while True:
            yield pause * (1 + jitter()) / 2
            pause = min(self.longest, pause * 2)


class Delivery(Struct):
    """Delivers each incident's messages in their order, all incidents side by side."""

    borrow: Borrow
    clock: Clock
    observe: Observer
    backoff: Backoff = field(default_factory=Backoff)
    jitter: Callable[[], float] = random
    _waiting: dict[str, deque[Message]] = field(default_factory=dict)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _lost: deque[str] = field(default_factory=lambda: deque(maxlen=MOST_MESSAGES))
    _closing: asyncio.Event = field(default_factory=asyncio.Event)

    def send(self, message: Message) -> None:
        """Deliver it in the background, after what of its incident still waits."""
        before = self._waiting.get(message.incident)
        if before is not None:
            before.append(message)
            return
        if len(self._waiting) >= MOST_MESSAGES:
            self._give_up(message, "too many incidents wait to be told")
            return
        self._waiting[message.incident] = deque([message])
        task = asyncio.create_task(self._bring(message.incident))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self, seconds: float) -> None:
        """What still waits has one attempt more, and so long for it."""
        self._closing.set()
        if not self._tasks:
            return
        _, late = await asyncio.wait(self._tasks, timeout=seconds)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    async def _bring(self, incident: str) -> None:
        """All messages of one incident, until none waits any more."""
        messages, why = self._waiting[incident], "the process ended before it was heard"
        try:
            while messages:
                failure = await self._attempts(messages[0])
                message = messages.popleft()
                if failure is not None:
                    self._give_up(message, failure.detail or failure.message)
        except Exception as error:  # noqa: BLE001 - a bug of ours must not end silently
            self.observe(Crashed(incident, "escalation", error))
            why = "an internal error"
        finally:
            del self._waiting[incident]
            for message in messages:
                self._give_up(message, why)

    async def _attempts(self, message: Message) -> UpstreamError | None:
        """None when it was heard; else why the last attempt failed."""
        until = Deadline.after(self.backoff.patience, self.clock)
        pauses = self.backoff.pauses(self.jitter)
        while True:
            last = self._closing.is_set()
            failure = await self._attempt(message)
            if failure is None or last or _is_final(failure):
                return failure
            wanted = max(next(pauses), failure.retry_after or 0.0)
            if wanted >= until.left(self.clock):
                return failure
            await self._pause(wanted)

    async def _pause(self, seconds: float) -> None:
        """Wait, but not longer than the process goes on."""
        try:
            async with asyncio.timeout(seconds):
                await self._closing.wait()
        except TimeoutError:
            return

    async def _attempt(self, message: Message) -> UpstreamError | None:
        alarm = message.alarm
        with self.borrow(alarm.source) as upstream:
            if upstream is None:
                why = f"there is no source {alarm.source!r} any more"
                return UpstreamError(why, kind=ErrorClass.REJECTED)
            until = Deadline.after(alarm.timeout, self.clock)
            try:
                call = self._call(message, upstream, until)
                slot = upstream.bulkhead.slot(alarm.source, lambda: until.at)
                async with asyncio.timeout_at(until.at), slot:
                    await upstream.source.call(call)
            except TimeoutError:
                why = f"No answer within {alarm.timeout * 1000:g} ms."
                return UpstreamError(why, kind=ErrorClass.TIMEOUT)
            except UpstreamError as error:
                # The source took it and said something that is no JSON: it has heard.
                return None if error.kind is ErrorClass.INVALID else error
            except EvaluationError as error:  # a header that only a request can fill
                return UpstreamError(error.message, kind=ErrorClass.REJECTED)
        return None

    def _call(
        self, message: Message, upstream: Upstream, until: Deadline
    ) -> Call[RestTarget]:
        """The POST. Its key makes saying it twice the same as saying it once."""
        nobody = RequestContext(message.key, self.clock.now(), self.clock.wall())
        surroundings: Mapping[str, object] = {"request": nobody.scope(), "flags": {}}
        headers = {"idempotency-key": message.key}
        target = RestTarget(
            "POST", (literal(message.alarm.endpoint),), headers=headers, body=_BODY
        )
        inputs = {_BODY.name: message.as_json()}
        own = upstream.headers_for(nobody, surroundings)
        return Call(message.alarm.key, target, inputs, until, own)

    def _give_up(self, message: Message, detail: str) -> None:
        """Tell the log, once an incident."""
        if message.incident in self._lost:
            return
        self._lost.append(message.incident)
        alarm = message.alarm
        self.observe(
            IncidentUndelivered(
                message.incident, alarm.key, alarm.source, str(message.state), detail
            )
        )


def _is_final(failure: UpstreamError) -> bool:
    """Whether it would fail in the same way again: the source refuses it as it is."""
    if failure.kind is ErrorClass.REJECTED:
        return True
    return failure.status in _REFUSED and failure.status not in _AGAIN
