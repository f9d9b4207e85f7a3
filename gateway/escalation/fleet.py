"""One incident for all processes that share a store: who tells a source of it.

In charge of asking the store about what this process found: the first to find an
incident tells of it, the last for whom it is over tells that. Where the store is away
each process tells for itself, and says so. Must never hold up a request, nor decide
whether anything has failed.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final, Protocol, TypeVar

from gateway.cache.rolls import LEASE, Joined, Left, Rolls
from gateway.clock import Clock
from gateway.escalation.message import Message, Reason, State
from gateway.record import Struct, field, replace
from gateway.telemetry.alarming import IncidentsShared, IncidentsUnshared
from gateway.telemetry.events import Crashed, Observer

T = TypeVar("T")
_AGAIN: Final = LEASE / 3
"""Seconds between two times that a process says what it still has open."""
_AWAY: Final = 1.0
"""Seconds until a store that failed is asked again."""
_GRACE: Final = 1.0
"""Seconds that the store is given when the process ends."""


class Stores(Protocol):
    """Finds where incidents are known to several processes."""

    def current(self) -> Rolls | None:
        """The store of the newest deployment, if it has one."""

    async def closed(self) -> None:
        """Give up every store."""


class Alone:
    """A process that shares nothing."""

    def current(self) -> None:
        """There is no store."""

    async def closed(self) -> None:
        """There is nothing to give up."""


class _Stand(Struct):
    """An incident that is open here: as it was opened, and what the fleet calls it.

    ``told`` says that this process told it under its own id.
    """

    opened: Message
    incident: str
    told: bool

    @property
    def name(self) -> str:
        """What the alarm is known by among all that share the store."""
        alarm = self.opened.alarm
        return f"{alarm.key} {alarm.source} {alarm.endpoint}"


class Fleet(Struct):
    """``tell`` has a source told. ``answers`` hears that a step answers others."""

    clock: Clock
    observe: Observer
    tell: Callable[[Message], None]
    answers: Callable[[str, float], None]
    stores: Stores = field(default_factory=Alone)
    _stands: dict[str, _Stand] = field(default_factory=dict)
    _news: deque[Message] = field(default_factory=deque)
    _woken: asyncio.Event = field(default_factory=asyncio.Event)
    _task: asyncio.Task[None] | None = None
    _ends: bool = False
    _lost: float | None = None
    _again: float = 0.0

    def take(self, message: Message) -> None:
        """What this process found, to be told if it is for this process to tell."""
        if self._task is None and self.stores.current() is None:
            self.tell(message)
            return
        self._news.append(message)
        self._woken.set()
        if self._task is None:
            self._task = asyncio.create_task(self._run())

    async def close(self) -> None:
        """Have what was found told, and give up nothing that others still have."""
        self._ends = True
        self._woken.set()
        if self._task is not None:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._task, _GRACE)
        while self._news:
            self.tell(self._news.popleft())
        self._stands.clear()
        self._ends = False
        await self.stores.closed()

    async def _run(self) -> None:
        """Until nothing is open here."""
        due = self.clock.now() + _AGAIN
        try:
            while self._news or (self._stands and not self._ends):
                if self._news:
                    await self._found(self._news[0])
                    self._news.popleft()
                elif (left := due - self.clock.now()) > 0:
                    await self._wait(left)
                else:
                    await self._stay()
                    due = self.clock.now() + _AGAIN
        except Exception as error:  # noqa: BLE001 - a bug of ours must not end silently
            self.observe(Crashed("incidents", "escalation", error))
            while self._news:
                self.tell(self._news.popleft())
        finally:
            self._task = None

    async def _wait(self, seconds: float) -> None:
        self._woken.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._woken.wait()

    async def _found(self, message: Message) -> None:
        if message.state is State.OPEN:
            await self._opened(message)
        else:
            await self._over(message)

    async def _opened(self, message: Message) -> None:
        stand = _Stand(message, message.incident, told=True)
        joined = await self._join(stand)
        if joined is not None:
            stand.incident, stand.told = joined.incident, joined.first
        self._stands[message.alarm.key] = stand
        if stand.told:
            self.tell(message)

    async def _over(self, message: Message) -> None:
        stand = self._stands.pop(message.alarm.key, None)
        if stand is None:
            self.tell(message)
            return
        answered = message.reason is Reason.ANSWERED
        left: Left | None = await self._ask(
            lambda rolls: rolls.leave(
                stand.name, message.process, message.hurt, answered=answered
            )
        )
        incident = stand.incident if left is None else left.incident
        if left is None or left.last:
            hurt = message.hurt if left is None else left.hurt
            self.tell(replace(message, incident=incident, hurt=hurt))
        if stand.told and message.incident != incident:
            self.tell(message)

    async def _stay(self) -> None:
        """Say what is still open here, and hear for whom it is over."""
        for key, stand in tuple(self._stands.items()):
            joined = await self._join(stand)
            if joined is None:
                return
            stand.incident = joined.incident
            if joined.answers is not None:
                self.answers(key, joined.answers)

    async def _join(self, stand: _Stand) -> Joined | None:
        who, incident = stand.opened.process, stand.incident
        return await self._ask(lambda rolls: rolls.join(stand.name, who, incident))

    async def _ask(self, asking: Callable[[Rolls], Awaitable[T]]) -> T | None:
        """None where nothing is shared, or the store is away."""
        rolls, now = self.stores.current(), self.clock.now()
        if rolls is None or (self._lost is not None and now < self._again):
            return None
        try:
            answer = await asking(rolls)
        except Exception as error:  # noqa: BLE001 - whatever it is, sources are told
            self._again = self.clock.now() + _AWAY
            if self._lost is None:
                self._lost = now
                self.observe(IncidentsUnshared(type(error).__name__))
            return None
        if self._lost is not None:
            self.observe(IncidentsShared(now - self._lost))
            self._lost = None
        return answer


# Note [told once, or twice]
# A receiver is never left out: where the store cannot say whose an incident is, each
# process tells what it knows. An end may be told twice then, under one key, which
# receivers take as once; a beginning under two ids, each of which is ended.
