"""The transport port over our own HTTP/1.1: one request from beginning to end.

In charge of the one thing that is tried twice: a kept connection that turns out to be
closed already. Must never do so with a request that may have had an effect.
"""

from __future__ import annotations

import ssl

from gateway.connectors.rest_request import Request
from gateway.connectors.transport.base import Asking, StaleError, WireReply
from gateway.connectors.transport.lean.dialing import Dialer
from gateway.connectors.transport.lean.pool import Keeping, Pool
from gateway.connectors.transport.lean.writing import RequestWriter
from gateway.tls import TlsFiles

_IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE"})


class LeanTransport:
    """Kept connections below one base URL. The contract is `base.Transport`."""

    __slots__ = ("_pool", "_writer")

    def __init__(
        self,
        base: str,
        keeping: Keeping,
        *,
        trust: ssl.SSLContext | None = None,
        tls: TlsFiles | None = None,
    ) -> None:
        self._writer = RequestWriter(base)
        self._pool = Pool(Dialer(base, trust, tls), keeping)

    def __repr__(self) -> str:
        return f"<LeanTransport {self._pool!r}>"

    async def send(self, request: Request, limit: int) -> WireReply:
        wire = self._writer.written(request)
        bodyless = request.method == "HEAD"
        connection = self._pool.ready() or await self._pool.acquired()
        while True:
            reply = connection.ask(wire, limit, bodyless=bodyless)
            try:
                return await reply
            except StaleError:
                if request.method not in _IDEMPOTENT:
                    raise
            except BaseException:
                connection.leave(reply)
                raise
            # Raised by a connection that was used before: this is its only successor.
            connection = await self._pool.fresh()

    def begin(self, request: Request, limit: int) -> Asking | None:
        """The request under way on a kept connection; None where none is free."""
        connection = self._pool.ready()
        if connection is None:
            return None
        try:
            wire = self._writer.written(request)
        except BaseException:
            self._pool.release(connection)
            raise
        reply = connection.ask(wire, limit, bodyless=request.method == "HEAD")
        return reply, lambda: connection.leave(reply)

    async def reach(self) -> str:
        """Open a connection, or take a kept one; what it speaks, in words.

        Raises:
            UpstreamError: connect.
        """
        return await self._pool.reached()

    async def close(self) -> None:
        await self._pool.close()
