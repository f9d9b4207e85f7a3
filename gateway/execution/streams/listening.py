"""One listening at a source, for as many as want to hear the same.

In charge of going on after a break, from the last place that is known, and of telling
everybody what was said in the order in which it was. Must never wait for a listener:
each has a mailbox of its own.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Hashable
from contextlib import AbstractContextManager, AsyncExitStack
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from gateway.clock import Clock, Deadline
from gateway.connectors.base import Call
from gateway.connectors.streams.base import (
    Stream,
    StreamEvent,
    is_polled,
    stream_of,
)
from gateway.errors import ErrorClass, UpstreamError
from gateway.execution.streams.guarded import Guarded
from gateway.execution.upstream import Upstream
from gateway.telemetry.events import Crashed, Observer
from gateway.telemetry.listening import EventUnreadable, StreamBroken, StreamRestored

_FIRST_PAUSE, _LONGEST_PAUSE = 0.25, 15.0
_LENIENCE = 1.0
"""Seconds beyond its time to confirm in which a source may say why it did not."""
_KEPT_EVENTS, _KEPT_BYTES = 256, 262_144
"""What was said last and is kept for those who come back: a client that lost its
connection for a moment joins again without a listening of its own."""


class Listener(Protocol):
    """Who hears. Is told in plain calls, in order, and must not wait."""

    def hear(self, event: StreamEvent) -> None: ...

    def miss(self) -> None:
        """Something may have been said that nobody heard."""

    def over(self, error: UpstreamError | None) -> None:
        """There is nothing more to hear; with an error where that is a failure."""


class Asked(NamedTuple):
    """What is listened to. ``key`` is equal where one listening serves; None: alone.

    ``patience`` is how long, in seconds, the source may take to confirm. ``endpoint``
    is what the guards of a poll's calls are known by.
    """

    upstream: Upstream
    call: Call[Any]
    key: Hashable | None
    patience: float
    endpoint: str = ""

    def says_the_same(self, other: Asked) -> bool:
        """Whether both would hear the same, of the same source."""
        mine, theirs = self.call.wire, other.call.wire
        same = self.upstream.source is other.upstream.source and self.key == other.key
        return same and (mine and mine.key) == (theirs and theirs.key)


@dataclass(slots=True, eq=False)
class Listening:
    """What is heard of one thing, by one task. ``after`` is where it began."""

    asked: Asked
    after: str | None
    clock: Clock
    observe: Observer
    listeners: dict[Listener, None] = field(default_factory=dict)
    recent: deque[StreamEvent] = field(default_factory=deque)
    is_over: bool = False
    last: StreamEvent | None = None
    """How things stand, where each event says so; else None."""
    _whole: bool = True
    """Whether ``recent`` has everything since it began."""
    _kept: int = 0
    _held: tuple[object, AbstractContextManager[None]] | None = None
    _task: asyncio.Task[None] | None = None
    _begun: asyncio.Future[None] | None = None

    def begin(self) -> None:
        """Listen from now on."""
        self._begun = asyncio.get_running_loop().create_future()
        self._begun.add_done_callback(_seen)
        self._task = asyncio.create_task(self._listen())

    def end(self) -> None:
        """Nobody listens any more; everything is freed."""
        self.is_over = True
        if self._task is not None:
            task, self._task = self._task, None
            task.cancel()
            task.add_done_callback(self._let_go)
        self.recent.clear()

    def hold(self, owner: object, lease: AbstractContextManager[None]) -> None:
        """Keep the source open by a lease of its owner, in place of the one before."""
        if self._task is None or (self._held and self._held[0] is owner):
            return
        before, self._held = self._held, (owner, lease)
        lease.__enter__()
        if before is not None:
            before[1].__exit__(None, None, None)

    async def confirmed(self) -> None:
        """Wait until the source has confirmed.

        Raises:
            UpstreamError: it did not.
        """
        assert self._begun is not None, "begun when it was made"  # noqa: S101
        await asyncio.shield(self._begun)

    # -- who comes later ----------

    def can_replay(self, after: str | None) -> bool:
        """Whether what was said after an event is known here; always: from now on."""
        if after is None:
            return True
        if self._whole and after == self.after:
            return True
        return any(event.id == after for event in self.recent)

    def replay(self, after: str | None, listener: Listener) -> None:
        """Tell one what the others heard already."""
        if after is None:
            if self.last is not None:
                listener.hear(self.last)
            return
        said = list(self.recent)
        at = next((n for n, one in enumerate(said) if one.id == after), -1)
        for event in said[at + 1 :]:
            listener.hear(event)

    def _remember(self, event: StreamEvent) -> None:
        if event.id is None:
            return
        self.recent.append(event)
        self._kept += event.size
        while len(self.recent) > _KEPT_EVENTS or self._kept > _KEPT_BYTES:
            self._kept -= self.recent.popleft().size
            self._whole = False

    # -- the task ----------

    async def _listen(self) -> None:
        try:
            await self._go_on()
        except UpstreamError as error:
            self._over(error)
        except Exception as error:  # noqa: BLE001 - subscribers must hear of its end
            self.observe(Crashed("", "listening", error))
            self._over(UpstreamError("Internal error.", kind=ErrorClass.INVALID))

    async def _go_on(self) -> None:
        """Listen, and again after each break. Ends where the stream does."""
        place, breaks, missed = self.after, 0, False
        while True:
            try:
                async with AsyncExitStack() as stack:
                    events = await self._entered(stack, place)
                    self._confirm(breaks)
                    if missed:
                        self._miss()
                    missed = False
                    async for event in events:
                        breaks, place = 0, event.id or place
                        self._tell(event)
                        await asyncio.sleep(0)  # a burst leaves room for who takes it
            except UpstreamError as error:
                gone = error.kind is ErrorClass.REJECTED and place is not None
                if not gone and not self._is_confirmed:
                    raise
                missed = missed or gone or place is None
                if gone:
                    place = None
                    self._whole = False
                    if breaks == 0:
                        continue
                breaks += 1
                await self._pause(error, breaks)
            else:
                self._over(None)
                return

    async def _entered(
        self, stack: AsyncExitStack, place: str | None
    ) -> AsyncIterator[StreamEvent]:
        """What the source says, once it has confirmed.

        A source has its own deadline; one that does not keep it is given up.

        Raises:
            UpstreamError: it cannot be listened to, or not in time.
        """
        heard = self._heard(place)
        try:
            async with asyncio.timeout(self.asked.patience + _LENIENCE):
                events: AsyncIterator[StreamEvent]
                events = await stack.enter_async_context(heard)
        except TimeoutError:
            message = "The source did not confirm in time."
            raise UpstreamError(message, kind=ErrorClass.TIMEOUT) from None
        return events

    def _heard(self, place: str | None) -> Any:
        """The source's own listening.

        Raises:
            UpstreamError: it has none.
        """
        call, upstream = self.asked.call, self.asked.upstream
        asked: Any = upstream.source
        if is_polled(call.target):
            asked = Guarded(upstream, self.asked.endpoint, self.clock)
        source: Stream[Any] | Any = stream_of(asked, call.target)
        if not hasattr(source, "listen"):
            name = upstream.name
            raise UpstreamError(
                "The source cannot be listened to.",
                kind=ErrorClass.REJECTED,
                detail=f"source {name!r} answers calls only",
            )
        until = Deadline.after(self.asked.patience, self.clock)
        return source.listen(call._replace(deadline=until), place)

    @property
    def _is_confirmed(self) -> bool:
        return self._begun is not None and self._begun.done()

    def _confirm(self, breaks: int) -> None:
        if self._begun is not None and not self._begun.done():
            self._begun.set_result(None)
        if breaks:
            call = self.asked.call
            self.observe(StreamRestored(self.asked.upstream.name, call.step))

    async def _pause(self, error: UpstreamError, breaks: int) -> None:
        """Longer from time to time, and not for all at one time."""
        upstream = self.asked.upstream
        longest = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2 ** min(breaks - 1, 10))
        pause = longest * (0.5 + upstream.jitter() / 2)
        step = self.asked.call.step
        self.observe(StreamBroken(upstream.name, step, str(error.code), breaks, pause))
        await asyncio.sleep(pause)

    # -- telling ----------

    def _tell(self, event: StreamEvent) -> None:
        if event.trouble is not None:
            name, step = self.asked.upstream.name, self.asked.call.step
            self.observe(EventUnreadable(name, step, event.trouble))
            return
        if getattr(self.asked.call.target, "states", False):
            self.last = event
        self._remember(event)
        for listener in tuple(self.listeners):
            listener.hear(event)

    def _miss(self) -> None:
        for listener in tuple(self.listeners):
            listener.miss()

    def _over(self, error: UpstreamError | None) -> None:
        self.is_over = True
        if self._begun is not None and not self._begun.done():
            if error is not None:
                self._begun.set_exception(error)
            else:
                self._begun.set_result(None)
        for listener in tuple(self.listeners):
            listener.over(error)

    def _let_go(self, _task: asyncio.Task[None]) -> None:
        """The source may close: the listening has given back what it held."""
        if self._held is not None:
            held, self._held = self._held, None
            held[1].__exit__(None, None, None)


def _seen(begun: asyncio.Future[None]) -> None:
    """A failure that nobody waited for is no bug."""
    if not begun.cancelled():
        begun.exception()
