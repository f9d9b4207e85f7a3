"""uvicorn's HTTP/1.1 connection, bounded: in time, in size, in number.

In charge of what one connection may take of the server before there is a request, and
while its answer is not taken. Must never look into a body, nor cost a request anything
that comes in one piece: a timer runs only while something is incomplete.

uvicorn itself waits for ever for the rest of a request and takes headers of any size.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, ClassVar, cast

import httptools
from uvicorn.protocols.http.httptools_impl import (
    HttpToolsProtocol,
    RequestResponseCycle,
)

from gateway.lapses import LapsesOf
from gateway.schema import refusals
from gateway.schema.bounds import Bounds
from gateway.schema.heads import PER_HEADER, fault_of
from gateway.schema.peers import Peers
from gateway.schema.unsent import Timer, Unsent
from gateway.schema.upgrading import has_body, plain_head

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.schema.refusals import Refusal

_LINGER = 1.0
"""Seconds in which what still comes is thrown away after a refusal. Closed at once, the
system would answer it with a reset, which can overtake the refusal."""
_LONGEST_LINE = 8_000  # of a WebSocket's head: its library's own bound


class _RefusedError(Exception):
    """Ends the parser's work on what has come."""


class Bounded(HttpToolsProtocol):
    """One connection within `Bounds`. Made for one server by a subclass."""

    bounds: ClassVar[Bounds] = Bounds()
    peers: ClassVar[Peers] = Peers(bounds)
    lapses: ClassVar[LapsesOf] = LapsesOf()

    _peer: str | None = None
    _incomplete = False
    """Whether a request has begun and is not here whole."""
    _in_head = True
    _head = 0
    """Bytes of an incomplete head, or of trailers, that came in pieces before."""
    _to_socket = False
    _deaf = False
    """Whether nothing more is read: what comes is thrown away."""
    _refusal: Refusal | None = None
    _coming: Timer | None = None
    _unsent: Unsent

    # What the transport calls.

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._unsent = Unsent(transport, self.lapses(self.bounds.send, self.loop))
        self.timeout_keep_alive = cast("Any", self.bounds.idle)
        self._peer = self.peers.name(self.client)
        self.peers.enter(self._peer)
        beyond = self.peers.beyond(self._peer, len(self.connections))
        if beyond is not None:
            self._end_with(beyond)
        else:
            self._coming = self._after(self.bounds.receive, self._too_slow)

    def connection_lost(self, exc: Exception | None) -> None:
        self._arrived()
        self._unsent.free()
        self.peers.leave(self._peer)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._deaf:
            return
        try:
            self._feed(data)
        except httptools.HttpParserError:
            self._refuse(self._refusal or refusals.UNREADABLE)
            return
        if not self._incomplete:
            return
        if self._in_head:
            self._head += len(data)
            if self._head > self.bounds.head:
                self._refuse(refusals.too_large(self.url, self.bounds.head))
                return
        if self._coming is None:
            self._coming = self._after(self.bounds.receive, self._too_slow)

    def _feed(self, data: bytes) -> None:
        while True:
            try:
                self.parser.feed_data(data)
            except httptools.HttpParserUpgrade as upgrade:
                if self._to_socket:
                    self._upgrade()
                    return
                head = plain_head(self.parser, self.url, self.headers)
                self.parser = httptools.HttpRequestParser(self)
                data = head + data[upgrade.args[0] :]
            else:
                return

    def pause_writing(self) -> None:
        super().pause_writing()
        self._unsent.full()

    def resume_writing(self) -> None:
        self._unsent.free()
        super().resume_writing()

    # What the parser calls.

    def on_message_begin(self) -> None:
        self.url, self.headers, self.expect_100_continue = b"", [], False
        self._incomplete, self._in_head, self._head = True, True, 0
        if self.transport.is_closing():  # nobody would be told what came of it
            self._deaf = True
            raise _RefusedError
        if len(self.pipeline) >= self.bounds.ahead:
            self._stop_reading()
            raise _RefusedError

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self._in_head:
            # See Note [no trailers].
            self._head += len(name) + len(value) + PER_HEADER
            if self._head > self.bounds.head:
                self._fail(refusals.head_too_large(self.bounds.head))
            return
        name = name.lower()
        if name == b"expect" and value.lower() == b"100-continue":
            self.expect_100_continue = True
        self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        self._in_head, self._head = False, 0
        version = self.parser.get_http_version()
        fault = fault_of(self.url, self.headers, version, self.bounds)
        if fault is not None:
            self._fail(fault)
        self._to_socket = False
        if not self.parser.should_upgrade():
            self._begins()
        elif self._get_upgrade() == b"websocket":
            self._to_socket = True
            self._to_app()
        elif self.parser.get_method() == b"CONNECT":
            self._fail(refusals.UNREADABLE)  # whatever follows is no HTTP

    def on_message_complete(self) -> None:
        if self.parser.should_upgrade():
            return
        self._arrived()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.pipeline:
            self.flow.pause_reading()  # uvicorn would take in ever more requests

    def timeout_keep_alive_handler(self) -> None:
        """Who has not taken his last answer until now never will."""
        if self.transport.get_write_buffer_size():
            self.transport.abort()
        else:
            super().timeout_keep_alive_handler()

    # What a request becomes.

    def _begins(self) -> None:
        self._to_app()

    def _to_app(self) -> None:
        """As uvicorn does it, which makes a scope before it reads the headers."""
        url, headers, expects = self.url, self.headers, self.expect_100_continue
        super().on_message_begin()
        self.url, self.expect_100_continue = url, expects
        self.headers += headers
        super().on_headers_complete()

    # Time.

    def _after(self, seconds: float, then: Callable[[], None]) -> Timer:
        lapses = self.lapses(seconds, self.loop)
        return lapses.begin(self.loop.time() + seconds, then)

    def _arrived(self) -> None:
        """A request is here whole."""
        self._incomplete = False
        if self._coming is not None:
            self._coming.cancel()
            self._coming = None

    def _too_slow(self) -> None:
        self._coming = None
        if self._incomplete:
            self._refuse(refusals.too_slow(self.bounds.receive))
        else:  # not a byte of a request has come
            self.transport.close()

    # Refusing.

    def _fail(self, refusal: Refusal) -> None:
        self._refusal = refusal
        raise _RefusedError

    def _refuse(self, refusal: Refusal) -> None:
        """Say it in its turn: answers that are under way come first."""
        if self._deaf:
            return
        cycle: RequestResponseCycle | None = self.cycle
        if cycle is None or cycle.response_complete:
            self._end_with(refusal)
        elif self._in_head:
            self._append(refusal)
        elif self.pipeline:
            self.pipeline[0] = (self.pipeline[0][0], cast("Any", refusal))
            self._stop_reading()
        elif cycle.response_started:
            self.transport.abort()
        else:  # it is this request's own body that cannot be read
            cycle.disconnected = True
            cycle.message_event.set()
            self._end_with(refusal)

    def _append(self, refusal: Refusal) -> None:
        """The refusal as the answer of a request of its own, the last one."""
        cycle = RequestResponseCycle(
            scope=cast("Any", {"method": "GET", "path": "", "http_version": "1.1"}),
            transport=self.transport,
            flow=self.flow,
            logger=self.logger,
            access_logger=self.access_logger,
            access_log=False,
            default_headers=self.server_state.default_headers,
            message_event=asyncio.Event(),
            expect_100_continue=False,
            keep_alive=False,
            on_response=self.on_response_complete,
        )
        self.cycle = cycle
        self.pipeline.appendleft((cycle, cast("Any", refusal)))
        self._stop_reading()

    def _stop_reading(self) -> None:
        """Nothing more is taken in; the newest answer is the connection's last."""
        self._deaf = True
        self._arrived()
        self.cycle.keep_alive = False
        self.flow.pause_reading()

    def _end_with(self, refusal: Refusal) -> None:
        self._deaf = True
        self._arrived()
        self._unset_keepalive_if_required()
        self.flow.resume_reading()
        self.transport.write(refusal.wire(self.server_state.default_headers))
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self._coming = self._after(_LINGER, self.transport.abort)

    def _upgrade(self) -> None:
        """From a request to a WebSocket."""
        self._arrived()
        cycle: RequestResponseCycle | None = self.cycle
        longest = max(len(name) + len(value) for name, value in self.headers)
        if cycle is not None and not cycle.response_complete:
            self._append(refusals.NOT_NOW)
        elif self.parser.get_method() != b"GET" or has_body(self.headers):
            self._end_with(refusals.NO_SOCKET)
        elif max(longest, len(self.url)) > _LONGEST_LINE:
            self._end_with(refusals.head_too_large(_LONGEST_LINE))
        else:
            self._unset_keepalive_if_required()
            self.peers.leave(self._peer)  # as a WebSocket it enters again
            self._peer = None
            self.handle_websocket_upgrade()


# Note [no trailers]
# To uvicorn what follows a chunked body is a header, and an app that begins in the next
# turn sees it among them: who may not send one, as a proxy takes it away, would send it
# as a trailer. Nothing that we serve needs any: they are counted and thrown away.
