"""The transport port over our own HTTP/1.1: one request from beginning to end.

In charge of the one thing that is tried twice: a kept connection that turns out to be
closed already. Must never do so with a request that may have had an effect.
"""

from __future__ import annotations

import asyncio
import ssl

from gateway.connectors.marks import MARKING
from gateway.connectors.rest_request import Request
from gateway.connectors.transport.base import (
    Ear,
    Frame,
    GiveUp,
    StaleError,
    WireReply,
)
from gateway.connectors.transport.lean.connection import Connection
from gateway.connectors.transport.lean.dialing import Dialer
from gateway.connectors.transport.lean.marking import MarkingEar
from gateway.connectors.transport.lean.pool import Keeping, Pool
from gateway.connectors.transport.lean.writing import RequestWriter
from gateway.tls import TlsFiles

_PLAIN = frozenset({"GET"})
_IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE"})


class LeanTransport:
    """Kept connections below one base URL. The contract is `base.Transport`."""

    __slots__ = ("_missed", "_pool", "_writer")

    def __init__(
        self,
        base: str,
        keeping: Keeping,
        *,
        trust: ssl.SSLContext | None = None,
        tls: TlsFiles | None = None,
    ) -> None:
        self._writer = RequestWriter(base)
        self._missed = 0
        self._pool = Pool(Dialer(base, trust, tls), keeping)

    def __repr__(self) -> str:
        return f"<LeanTransport {self._pool!r}>"

    async def send(self, request: Request, limit: int) -> WireReply:
        wire = self._writer.written(request)
        bodyless = request.method == "HEAD"
        if self._missed:  # who comes here had none a moment ago: there are too few
            self._missed -= 1
            connection = await self._pool.another()
        else:
            connection = self._pool.ready() or await self._pool.acquired()
        marks = MARKING.get()
        while True:
            reply: asyncio.Future[WireReply] = connection.loop.create_future()
            ear = reply if marks is None else MarkingEar(marks, connection.loop, reply)
            connection.ask(wire, limit, ear, bodyless=bodyless)
            try:
                return await reply
            except StaleError:
                if request.method not in _IDEMPOTENT:
                    raise
            except BaseException:
                connection.leave(ear)
                if reply.done() and not reply.cancelled():
                    reply.exception()  # seen, or the loop would report it
                raise
            # Raised by a connection that was used before: this is its only successor.
            connection = await self._pool.fresh()

    def begin(self, request: Request, limit: int, ear: Ear) -> GiveUp | None:
        """The request under way on a kept connection; None where none is free."""
        connection = self._pool.ready()
        if connection is None:
            self._missed += 1
            return None
        try:
            wire = self._writer.written(request)
        except BaseException:
            self._pool.release(connection)
            raise
        connection.ask(wire, limit, ear, bodyless=request.method == "HEAD")
        return lambda: connection.leave(ear)

    def frame(self, request: Request, limit: int) -> Frame | None:
        """Requests like this one, with other addresses; None where it is not plain."""
        if request.content is not None or request.method not in _PLAIN:
            return None
        before, after = self._writer.around(request)
        pool = self._pool

        def begin(address: str, ear: Ear) -> Connection | None:
            connection = pool.ready()
            if connection is not None:
                wire = f"{before}{address}{after}".encode("utf-8", "replace")
                connection.ask(wire, limit, ear, bodyless=False)
            return connection

        return begin

    async def reach(self) -> str:
        """Open a connection, or take a kept one; what it speaks, in words.

        Raises:
            UpstreamError: connect.
        """
        return await self._pool.reached()

    async def close(self) -> None:
        await self._pool.close()
