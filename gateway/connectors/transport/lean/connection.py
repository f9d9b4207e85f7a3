"""One connection: a request goes out, its reply comes in, never two at a time.

In charge of giving every reply to the one ear that waits for it, and of telling its
keeper when it is free or gone. Must never serve another request after one that was
given up, and never wait.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol, cast

from gateway.connectors.transport.base import Ear, WireReply
from gateway.connectors.transport.lean.reading import ReplyReader
from gateway.connectors.transport.lean.trouble import closed_by, stale
from gateway.errors import InternalError, UpstreamError

PLAIN = "TCP"
_LARGE = 65_536
"""A request that may still be under way when its reply comes."""


class Keeper(Protocol):
    """Who owns connections and hears of what becomes of them."""

    def release(self, connection: Connection) -> None:
        """It is whole and free for the next request."""

    def drop(self, connection: Connection) -> None:
        """It is of no use any more; close it."""

    def lost(self, connection: Connection) -> None:
        """Its socket is closed."""


class Connection(asyncio.Protocol):
    """A connection and the reply under way on it.

    ``fresh_until`` and ``old_at`` are points on the loop's clock: when it has been idle
    for too long, and when it is too old. ``gone`` as long as no pool counts on it;
    ``ended`` once it can carry nothing any more; ``is_reused`` after its first reply.
    ``reader`` knows how long the source keeps it open.
    """

    __slots__ = (
        "_answered",
        "_ear",
        "_keeper",
        "_sent",
        "_transport",
        "_write",
        "died",
        "ended",
        "fresh_until",
        "gone",
        "is_reused",
        "loop",
        "old_at",
        "reader",
    )

    def __init__(self, keeper: Keeper, loop: asyncio.AbstractEventLoop) -> None:
        self._keeper = keeper
        self.loop = loop
        self._transport: asyncio.Transport | None = None
        self._write: Callable[[bytes], None] = _unconnected
        self.reader = ReplyReader()
        self._ear: Ear | None = None
        self._answered = False
        self._sent = 0
        self.gone, self.ended, self.is_reused = True, False, False
        self.died: UpstreamError | None = None
        self.fresh_until = self.old_at = 0.0

    def ask(self, wire: bytes, limit: int, ear: Ear, *, bodyless: bool) -> None:
        """Send a request; the ear hears its reply, or an `UpstreamError`."""
        self.reader.begin(limit, bodyless=bodyless)
        self._answered = False
        self._sent = len(wire)
        self._ear = ear
        self._write(wire)

    def leave(self, ear: Ear) -> None:
        """Nobody waits for this reply any more.

        Nothing happens where it has come already: the connection may then be at work
        for another.
        """
        if self._ear is ear:
            self._ear = None
            self._end()

    def abort(self) -> None:
        """Close the socket at once."""
        if self.ended:
            return
        self.ended = True
        if self._transport is not None:
            self._transport.abort()

    @property
    def spoken(self) -> str:
        """What is spoken on it, in words: the version of TLS, or `PLAIN`."""
        made = self._transport
        tls = None if made is None else made.get_extra_info("ssl_object")
        return PLAIN if tls is None else str(tls.version()).replace("v", " ")

    # What the loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = made = cast("asyncio.Transport", transport)
        self._write = made.write
        if self.ended:
            made.abort()

    def data_received(self, data: bytes) -> None:
        ear = self._ear
        if ear is None or ear.done():
            self._end()
            return
        self._answered = True
        try:
            reply = self.reader.feed(data)
        except UpstreamError as error:
            self._fail(error)
            return
        if reply is not None:
            self._settle(ear, reply)

    def eof_received(self) -> None:
        ear = self._ear
        if ear is None or ear.done():
            self._end()
            return
        try:
            reply = self.reader.end()
        except UpstreamError as error:
            self._fail(error)
            return
        self._settle(ear, reply)

    def connection_lost(self, exc: Exception | None) -> None:
        untried = not (self.is_reused or self._answered) and self.spoken != PLAIN
        self.ended, self._transport, self._write = True, None, _unconnected
        self.died = closed_by(exc, untried=untried)
        self._fail(self.died)
        self._keeper.lost(self)

    def _settle(self, ear: Ear, reply: WireReply) -> None:
        """Hand over the reply. The connection is free before its caller goes on."""
        self._ear = None
        if self.reader.keeps and (self._sent < _LARGE or self._has_sent()):
            self.is_reused = True
            self._keeper.release(self)
        else:
            self._end()
        try:
            ear.set_result(reply)
        except Exception as error:  # noqa: BLE001 - it is no fault of the connection
            self._complain(error)

    def _has_sent(self) -> bool:
        """Whether a large request has left whole: its reply may have come early."""
        made = self._transport
        return made is not None and made.get_write_buffer_size() == 0

    def _fail(self, error: UpstreamError) -> None:
        ear, self._ear = self._ear, None
        self._end()
        if ear is None or ear.done():
            return
        if self.is_reused and not self._answered:
            error = stale(error.detail or "")
        try:
            ear.set_exception(error)
        except Exception as bug:  # noqa: BLE001 - as above
            self._complain(bug)

    def _complain(self, error: Exception) -> None:
        """As a loop does of a callback. The connection may be another's by now."""
        message = "whoever waited for a reply failed"
        self.loop.call_exception_handler({"message": message, "exception": error})

    def _end(self) -> None:
        self._keeper.drop(self)
        self.abort()


def _unconnected(_: bytes) -> None:
    raise InternalError("a request on a connection that was never made")
