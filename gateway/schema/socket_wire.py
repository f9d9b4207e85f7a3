"""uvicorn's WebSocket connection, bounded: in what it takes in at a time, and holds.

In charge of floods of frames and of clients that do not read. Must never look into a
message. How large a message may be is uvicorn's own setting.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final, cast

from uvicorn.protocols.websockets.websockets_sansio_impl import (
    WebSocketsSansIOProtocol,
)

from gateway.lapses import LapsesOf
from gateway.schema.bounds import Bounds
from gateway.schema.peers import Peers
from gateway.schema.unsent import Unsent

if TYPE_CHECKING:
    import asyncio
    from asyncio.transports import BaseTransport

    from uvicorn._types import ASGIReceiveEvent
    from websockets.frames import Frame

_PIECE: Final = 4_096
"""Bytes that are read in one turn of the loop: frames of two bytes take milliseconds.
"""
_MOST_WAITING: Final = 1_000_000
_SPAN: Final = 10.0
_MOST_SIGNS: Final = 100
"""Pings and pongs in so many seconds."""
_MOST_FRAGMENTS: Final = 10_000
_POLICY: Final = 1008
_TOO_BIG: Final = 1009
_NO_TEXT: Final = 1007


class SocketWire(WebSocketsSansIOProtocol):
    """One WebSocket. Made for one server by a subclass."""

    bounds: ClassVar[Bounds] = Bounds()
    peers: ClassVar[Peers] = Peers(bounds)
    lapses: ClassVar[LapsesOf] = LapsesOf()

    _peer: str | None = None
    _waiting = b""
    """What has come and is for the next turns."""
    _unsent: Unsent
    _blocked = False
    _since = 0.0
    _signs = 0

    # What the transport calls.

    def connection_made(self, transport: BaseTransport) -> None:
        spans = self.lapses(self.bounds.send, self.loop)
        self._unsent = Unsent(cast("asyncio.Transport", transport), spans)
        super().connection_made(transport)
        self._peer = self.peers.name(self.client)
        self.peers.enter(self._peer)

    def connection_lost(self, exc: Exception | None) -> None:
        self._unsent.free()
        self.peers.leave(self._peer)
        self._waiting = b""
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        waiting = self._waiting
        self._waiting += data
        if len(self._waiting) > _MOST_WAITING:
            self.transport.abort()
        elif not waiting:
            self._take()

    def _take(self) -> None:
        """The next piece; who sends more than one waits while others have a turn."""
        piece, self._waiting = self._waiting[:_PIECE], self._waiting[_PIECE:]
        if self.disconnected or not piece:
            return
        if self._waiting:
            self.transport.pause_reading()
            self.loop.call_soon(self._take)
        super().data_received(piece)
        self._resume()

    def pause_writing(self) -> None:
        """Who does not read is not read: each of his pings would leave a pong here."""
        super().pause_writing()
        self._blocked = True
        self._unsent.full()
        self.transport.pause_reading()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._blocked = False
        self._unsent.free()
        self._resume()

    async def receive(self) -> ASGIReceiveEvent:
        message = await self.queue.get()
        if self.read_paused and self.queue.empty():
            self.read_paused = False
            self._resume()
        return message

    def _resume(self) -> None:
        idle = not (self._waiting or self._blocked or self.read_paused)
        if idle and not self.transport.is_closing():
            self.transport.resume_reading()

    # What comes.

    def handle_ping(self) -> None:
        if self._is_welcome():
            super().handle_ping()

    def handle_pong(self, event: Frame) -> None:
        if self._is_welcome():
            super().handle_pong(event)

    def handle_cont(self, event: Frame) -> None:
        if len(self.frames) >= _MOST_FRAGMENTS:
            self._fail(_TOO_BIG, "Too many fragments")
        elif not self.close_sent:
            super().handle_cont(event)

    def send_receive_event_to_app(self) -> None:
        if self.curr_msg_data_type == "text" and not _is_text(b"".join(self.frames)):
            self._fail(_NO_TEXT, "Not UTF-8")
        else:
            super().send_receive_event_to_app()

    def _is_welcome(self) -> bool:
        """Whether another sign of life is none too many."""
        if self.close_sent:
            return False
        now = self.loop.time()
        if now - self._since > _SPAN:
            self._since, self._signs = now, 0
        self._signs += 1
        if self._signs > _MOST_SIGNS:
            self._fail(_POLICY, "Too many pings")
            return False
        return True

    def _fail(self, code: int, reason: str) -> None:
        self._waiting, self.frames = b"", []
        if not self.close_sent:
            self.conn.fail(code, reason)
            self.handle_parser_exception()

    def keepalive_timeout(self) -> None:
        """What a silent client has not taken until now he never will."""
        super().keepalive_timeout()
        if self.transport.get_write_buffer_size():
            self.transport.abort()


def _is_text(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True
