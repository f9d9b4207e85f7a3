"""Connections to one host: kept, handed on, given up. First come, first served.

In charge of how many there are and who gets the next one. A slot is taken from the
first moment of connecting until the connection is dropped, and passes straight to
whoever has waited longest. The newest idle connection is used first, so that the others
can grow old and go. Must never hand out one that is in use, old or broken.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque

from gateway.connectors.transport.lean.connection import PLAIN, Connection
from gateway.connectors.transport.lean.dialing import Dialer
from gateway.connectors.transport.lean.trouble import broken
from gateway.record import Model

_ALERT_SECONDS = 0.1


class Keeping(Model, frozen=True):
    """How many connections there may be, and how long one lives, in seconds.

    ``idle`` is without a request; ``age`` is in total, so that a source's new
    addresses come into use.
    """

    connections: int
    idle: float = 30.0
    age: float = 300.0


class Pool:
    """The connections of one transport, all on one event loop."""

    __slots__ = (
        "_all",
        "_dialer",
        "_emptied",
        "_idle",
        "_idle_for",
        "_keeping",
        "_sweep",
        "_taken",
        "_waiting",
    )

    def __init__(self, dialer: Dialer, keeping: Keeping) -> None:
        self._dialer = dialer
        self._keeping, self._idle_for = keeping, keeping.idle
        self._idle: list[Connection] = []
        self._all: set[Connection] = set()
        self._taken = 0
        self._waiting: deque[asyncio.Future[Connection | None]] = deque()
        self._sweep: asyncio.TimerHandle | None = None
        self._emptied: asyncio.Future[None] | None = None

    def __repr__(self) -> str:
        counts = f"taken={self._taken} idle={len(self._idle)} open={len(self._all)}"
        return f"<Pool {counts} waiting={len(self._waiting)}>"

    def ready(self) -> Connection | None:
        """An idle connection, where there is one: nothing is waited for."""
        idle = self._idle
        while idle:
            connection = idle.pop()
            if connection.fresh_until > connection.loop.time():
                return connection
            self._discard(connection)
        return None

    async def acquired(self) -> Connection:
        """A connection, kept or new, after those who came before.

        Raises:
            UpstreamError: connect, where a new one cannot be opened; reset.
        """
        while True:
            connection = self.ready()
            if connection is not None:
                return connection
            if self._taken < self._keeping.connections:
                self._taken += 1
                return await self._opened()
            given = await self._turn()
            if given is None:
                return await self._opened()
            if not given.gone:
                return given

    async def another(self) -> Connection:
        """One more connection while there may be, so that there are as many as calls.

        By using one that has come free meanwhile a pool would stay too small for ever.

        Raises:
            UpstreamError: connect, where it cannot be opened; reset.
        """
        if self._taken < self._keeping.connections:
            self._taken += 1
            return await self._opened()
        return await self.acquired()

    async def fresh(self) -> Connection:
        """A connection that nobody has used yet, in place of one that was stale.

        Raises:
            UpstreamError: connect, where it cannot be opened; reset.
        """
        connection = await self.acquired()
        if not connection.is_reused:
            return connection
        connection.gone = True  # its slot is the new one's
        connection.abort()
        return await self._opened()

    async def reached(self) -> str:
        """Shake hands where no connection is kept; what is spoken, in words.

        Raises:
            UpstreamError: connect, where none can be opened; reset.
        """
        connection = await self.acquired()
        said = connection.spoken
        if said != PLAIN:
            # With TLS 1.3 a refusal of our certificate comes after the handshake.
            await asyncio.sleep(_ALERT_SECONDS)
        if connection.ended:
            raise connection.died or broken("closed before the first request")
        self.release(connection)
        return said

    async def close(self) -> None:
        """Close every connection and wait until their sockets are."""
        if self._sweep is not None:
            self._sweep.cancel()
        for connection in tuple(self._all):
            self._discard(connection)
        await self._dialer.close()
        if self._all:
            self._emptied = asyncio.get_running_loop().create_future()
            await self._emptied

    # What connections say; see `connection.Keeper`.

    def release(self, connection: Connection) -> None:
        now = connection.loop.time()
        if connection.old_at <= now:
            self._discard(connection)
            return
        if self._waiting and self._passed_on(connection):
            return
        idle = connection.reader.idle_for
        connection.fresh_until = now + (self._idle_for if idle is None else idle)
        self._idle.append(connection)
        if self._sweep is None:
            self._sweep = connection.loop.call_later(self._keeping.idle, self._swept)

    def _passed_on(self, given: Connection | None) -> bool:
        """Give a connection, or its slot, to whoever has waited longest, if anybody."""
        while self._waiting:
            waiting = self._waiting.popleft()
            if not waiting.done():
                waiting.set_result(given)
                return True
        return False

    def drop(self, connection: Connection) -> None:
        if connection.gone:
            return
        connection.gone = True
        with contextlib.suppress(ValueError):
            self._idle.remove(connection)
        self._free()

    def lost(self, connection: Connection) -> None:
        self._all.discard(connection)
        if self._emptied is not None and not self._all and not self._emptied.done():
            self._emptied.set_result(None)

    def _discard(self, connection: Connection) -> None:
        self.drop(connection)
        connection.abort()

    def _free(self) -> None:
        """A slot is free: it is the next one's."""
        if not self._passed_on(None):
            self._taken -= 1

    async def _turn(self) -> Connection | None:
        """Wait for a connection, or for a slot (None). Neither is lost by a cancel."""
        waiting = asyncio.get_running_loop().create_future()
        self._waiting.append(waiting)
        try:
            given: Connection | None = await waiting
        except BaseException:
            if not waiting.done() or waiting.cancelled():
                with contextlib.suppress(ValueError):
                    self._waiting.remove(waiting)
            else:
                self._back(waiting.result())
            raise
        return given

    def _back(self, given: Connection | None) -> None:
        """What came for someone who has gone is the next one's."""
        if given is None:
            self._free()
        elif not given.gone:
            self.release(given)

    async def _opened(self) -> Connection:
        """Open a connection in a slot that is taken already."""
        loop = asyncio.get_running_loop()
        try:
            connection = await self._dialer.connected(lambda: Connection(self, loop))
        except BaseException:
            self._free()
            raise
        if connection.ended:
            self._free()
            raise connection.died or broken("closed before the first request")
        connection.gone = False
        connection.old_at = loop.time() + self._keeping.age
        self._all.add(connection)
        return connection

    def _swept(self) -> None:
        """Close what was idle for too long, now and again as long as any is."""
        self._sweep = None
        for connection in tuple(self._idle):
            if connection.fresh_until <= connection.loop.time():
                self._discard(connection)
        if self._idle:
            loop = self._idle[0].loop
            self._sweep = loop.call_later(self._keeping.idle, self._swept)
