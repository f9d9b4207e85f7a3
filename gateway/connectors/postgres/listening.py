"""LISTEN: one connection of its own, shared by all channels of a source.

In charge of which channels the server sends, and of who hears which. Must never write
a channel's name unquoted, nor keep the connection when nobody listens.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager, suppress
from functools import partial
from typing import cast

import psycopg
from psycopg import AsyncConnection

from gateway.connectors.base import Call
from gateway.connectors.postgres.faults import late
from gateway.connectors.postgres.line import Line
from gateway.connectors.postgres.link import connected
from gateway.connectors.postgres.loading import Reader
from gateway.connectors.postgres.session import quoted
from gateway.connectors.rendering import rejected
from gateway.connectors.running import drained
from gateway.connectors.settings import PostgresSettings
from gateway.connectors.streams.base import StreamEvent
from gateway.connectors.streams.ears import Ear, Ears, broken
from gateway.connectors.streams.reading import Reading, name_of
from gateway.connectors.streams.target import StreamTarget

_LONGEST_NAME = 63
_ALIVE = (("TCP_KEEPIDLE", 30), ("TCP_KEEPINTVL", 10), ("TCP_KEEPCNT", 3))


def channel_of(call: Call[StreamTarget]) -> str:
    """The channel's name.

    Raises:
        UpstreamError: rejected, for what is no name of a channel.
    """
    name = name_of(call)
    if len(name.encode()) > _LONGEST_NAME or "\0" in name:
        raise rejected(f"A channel's name has {_LONGEST_NAME} bytes at most.")
    return name


class _HearingLine(Line):
    """A line over which the server also says what nobody asked for."""

    __slots__ = ("ears", "heard")

    def __init__(self, ears: Ears, connection: AsyncConnection) -> None:
        self.ears = ears
        self.heard: frozenset[str] = frozenset()
        super().__init__(connection)
        _keep_alive(self._fd)

    def _readable(self) -> None:
        super()._readable()
        with suppress(psycopg.Error):
            while self.alive and (said := self._pg.notifies()) is not None:
                name = said.relname.decode(errors="replace")
                self.ears.say(name, said.extra, {"channel": name})

    def _lose(self, why: str) -> None:
        super()._lose(why)
        self.ears.fail(broken(why.strip()))


class Listening:
    """The channels of one PostgreSQL. Nothing is opened before somebody listens."""

    __slots__ = ("_ears", "_line", "_lock", "_settings", "_tasks")

    def __init__(self, settings: PostgresSettings) -> None:
        self._settings = settings
        self._ears = Ears()
        self._line: _HearingLine | None = None
        self._lock = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def listen(
        self, call: Call[StreamTarget], after: str | None
    ) -> AsyncIterator[AsyncIterator[StreamEvent]]:
        """What is said on a channel from now on; `streams.base.Stream.listen`."""
        name = channel_of(call)
        if after is not None:
            raise rejected("A channel keeps nothing to go on with.")
        ear = Ear(Reading(self._settings.response_limit, call.target.decode))
        self._ears.add(name, ear)
        try:
            try:
                async with asyncio.timeout_at(call.deadline.at):
                    await asyncio.shield(self._matching())
            except TimeoutError:
                raise late() from None
            async with aclosing(ear.events()) as events:
                yield events
        finally:
            self._ears.remove(name, ear)
            if name not in self._ears.topics:
                self._matching()

    async def close(self) -> None:
        """End the connection. Nobody listens any more."""
        await drained(self._tasks)

    def _matching(self) -> asyncio.Task[None]:
        """Bring it about that the server sends what is listened to, and nothing else.

        A task, since a statement that was begun has to be heard to its end.
        """
        task = asyncio.get_running_loop().create_task(self._match())
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()  # whoever still waits for it is told

    async def _match(self) -> None:
        async with self._lock:
            line = self._line
            if line is None or not line.alive:
                if not self._ears.topics:
                    return
                line = self._line = await self._connected()
            wanted = self._ears.topics
            if not wanted:
                self._line = None
                line.close()
                return
            words = [f"LISTEN {quoted(name)}" for name in wanted - line.heard]
            words += [f"UNLISTEN {quoted(name)}" for name in line.heard - wanted]
            if words:
                await line.script("; ".join(words).encode()).came
                line.heard = wanted

    async def _connected(self) -> _HearingLine:
        make = partial(_HearingLine, self._ears)
        link = await connected(self._settings, Reader(), make)
        return cast("_HearingLine", link.line)


def _keep_alive(number: int) -> None:
    """A host that is gone without a word is noticed in a minute."""
    with suppress(OSError), socket.socket(fileno=os.dup(number)) as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, seconds in _ALIVE:
            option = cast("int | None", getattr(socket, name, None))
            if option is not None:
                line.setsockopt(socket.IPPROTO_TCP, option, seconds)
