"""An ear that marks when its reply began to come, for calls that somebody looks into.

A connection asks its ear whether it listens still when bytes of the reply are there:
so it hears of the first ones without a word more on the connection. Must never be the
ear of a call of which nobody wants to know.
"""

from __future__ import annotations

import asyncio

from gateway.connectors.marks import Marks
from gateway.connectors.transport.base import WireReply
from gateway.errors import UpstreamError


class MarkingEar:
    """Stands before the future that waits for a reply, from when its request leaves."""

    __slots__ = ("_loop", "_marks", "_reply")

    def __init__(
        self,
        marks: Marks,
        loop: asyncio.AbstractEventLoop,
        reply: asyncio.Future[WireReply],
    ) -> None:
        self._marks, self._loop, self._reply = marks, loop, reply
        marks.connected, marks.first, marks.received = loop.time(), None, None

    def done(self) -> bool:
        """Whether nobody waits any more, asked when the first bytes are there."""
        if self._marks.first is None:
            self._marks.first = self._loop.time()
        return self._reply.done()

    def set_result(self, raw: WireReply, /) -> None:
        """It is there, and whole."""
        self._marks.received = self._loop.time()
        self._reply.set_result(raw)

    def set_exception(self, error: UpstreamError, /) -> None:
        """It will never be."""
        self._reply.set_exception(error)
