"""A source's connections: who has one, who waits, which are given up.

In charge of never having more than may be, of first come first served, and of giving a
connection on only when nothing runs on it any more. Decides without waiting; must
never lose count of a connection, whatever is cancelled.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from gateway.connectors.postgres.exchange import Exchange
from gateway.connectors.postgres.link import Link
from gateway.connectors.running import drained
from gateway.errors import UpstreamError
from gateway.record import Struct, field

_IDLE = 300.0
"""Seconds after which a connection that nobody needed is closed."""


class Pool(Struct):
    """``most`` connections, each opened by ``connect`` when it is needed."""

    connect: Callable[[], Awaitable[Link]]
    most: int
    size: int = 0
    _idle: deque[Link] = field(default_factory=deque)
    _waiting: deque[asyncio.Future[Link]] = field(default_factory=deque)
    _opening: int = 0
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _opened: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def idle(self) -> int:
        """Connections that are open and free."""
        return len(self._idle)

    def take_now(self) -> Link | None:
        """A free connection, the one used last; None where there is none."""
        while self._idle:
            link = self._idle.pop()
            if link.fit:
                return link
            self._drop(link)
        return None

    async def take(self) -> Link:
        """A connection, after all who asked before. `give_back` has to follow.

        Raises:
            UpstreamError: connect, where a new one does not come about.
        """
        link = self.take_now()
        if link is not None:
            return link
        future: asyncio.Future[Link] = asyncio.get_running_loop().create_future()
        self._waiting.append(future)
        self._open_more()
        try:
            return await future
        except asyncio.CancelledError:
            if future.done() and not future.cancelled() and not future.exception():
                self.give_back(future.result())
            raise

    def give_back(self, link: Link) -> None:
        """Nobody asks over it any more; what still runs on it is stopped first."""
        link.used = True
        running = link.line.busy
        if running is None:
            self._free(link)
        else:
            _start(self._stopped(link, running), self._tasks)

    async def close(self) -> None:
        """Close every connection, after what is being stopped has ended.

        Nobody waits any more for one that is being opened, so it is given up.
        """
        for task in self._opened:
            task.cancel()
        if self._opened:
            await asyncio.wait(self._opened)
        await drained(self._tasks)
        while self._idle:
            self._drop(self._idle.pop())

    async def _stopped(self, link: Link, running: Exchange) -> None:
        try:
            await link.stop(running)
        finally:
            self._free(link)

    def _free(self, link: Link) -> None:
        if not link.fit:
            self._drop(link)
            self._open_more()
            return
        waiting = self._first()
        if waiting is not None:
            waiting.set_result(link)
            return
        now = asyncio.get_running_loop().time()
        link.idle_since = now
        self._idle.append(link)
        if now - self._idle[0].idle_since > _IDLE:
            self._drop(self._idle.popleft())

    def _first(self) -> asyncio.Future[Link] | None:
        """Who has waited longest and still does."""
        while self._waiting:
            future = self._waiting.popleft()
            if not future.done():
                return future
        return None

    def _drop(self, link: Link) -> None:
        self.size -= 1
        link.line.close()

    def _open_more(self) -> None:
        """A connection for everybody who waits, as many as may be."""
        wanted = sum(not each.done() for each in self._waiting)
        while self.size < self.most and self._opening < wanted:
            self.size += 1
            self._opening += 1
            _start(self._open(), self._opened)

    async def _open(self) -> None:
        """One more connection, whoever gets it; a failure is the longest waiter's."""
        try:
            link = await self.connect()
        except BaseException as error:
            self.size -= 1
            self._opening -= 1
            waiting = self._first()
            if waiting is not None:
                waiting.set_exception(error)
            self._open_more()
            if not isinstance(error, UpstreamError):
                raise
        else:
            self._opening -= 1
            self._free(link)


def _start(work: Coroutine[Any, Any, None], tasks: set[asyncio.Task[None]]) -> None:
    task = asyncio.get_running_loop().create_task(work)
    tasks.add(task)
    task.add_done_callback(tasks.discard)
