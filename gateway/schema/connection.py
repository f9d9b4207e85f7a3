"""HTTP/1.1 connections: uvicorn's protocol, with a short way for plain requests.

A POST to the GraphQL path is handed to the endpoint as headers and body, and its answer
is written in one piece: no ASGI scope, no messages, no task. Whatever is not plain, and
whatever the endpoint passes on, goes uvicorn's own way with nothing lost. Must never
decide what a request means, nor read what it answers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, Protocol, cast

from uvicorn.protocols.http.httptools_impl import (
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)

from gateway.lapses import LapsesOf
from gateway.schema.exchange import Headers, Say


class Plain(Protocol):
    """Answers plain requests."""

    def take(
        self, headers: Headers, body: bytes, say: Say
    ) -> Callable[[], object] | None:
        """Answer a POST by `say`, now or later; gives what ends it before its end.

        None: not answered here, and nothing has happened.
        """


class _Silent:
    """What uvicorn wakes of a request that waits: nobody."""

    __slots__ = ()

    def set(self) -> None:
        pass


_SILENT = _Silent()


class _Exchange:
    """One plain request and its answer; to uvicorn it looks like a cycle of its own."""

    __slots__ = (
        "connection",
        "disconnected",
        "give_up",
        "keep_alive",
        "response_complete",
    )
    message_event = _SILENT

    def __init__(self, connection: Connection, *, keep_alive: bool) -> None:
        self.connection = connection
        self.keep_alive = keep_alive
        self.response_complete = self.disconnected = False
        self.give_up: Callable[[], object] | None = None

    def say(self, status: int, headers: Headers, body: bytes) -> None:
        """Write the answer."""
        if self.response_complete or self.disconnected:
            return
        self.response_complete, self.give_up = True, None
        connection = self.connection
        lines = [STATUS_LINE[status]]
        for name, value in connection.server_state.default_headers:
            lines += name, b": ", value, b"\r\n"
        for name, value in headers:
            lines += name, b": ", value, b"\r\n"
        if not self.keep_alive:
            lines.append(b"connection: close\r\n")
        lines.append(b"content-length: %d\r\n\r\n" % len(body))
        lines.append(body)
        connection.transport.write(b"".join(lines))
        if not self.keep_alive:
            connection.transport.close()
        connection.on_response_complete()

    def leave(self) -> None:
        """The client has gone."""
        give_up, self.give_up = self.give_up, None
        if give_up is not None:
            give_up()


class Connection(HttpToolsProtocol):
    """One connection. Made for one endpoint by `connections_to`."""

    plain: ClassVar[Plain]
    path: ClassVar[bytes]
    most: ClassVar[int]
    """Bytes of a body that is held here; a greater one is read by the app."""
    idle: ClassVar[LapsesOf]

    _held: list[bytes] | None = None
    _room = 0
    _under_way: _Exchange | None = None

    def connection_lost(self, exc: Exception | None) -> None:
        under_way, self._under_way, self._held = self._under_way, None, None
        super().connection_lost(exc)
        if under_way is not None:
            under_way.leave()

    def shutdown(self) -> None:
        if self._held is not None:  # a request that has begun is answered
            self._pass_on()
        super().shutdown()

    # What the parser calls.

    def on_message_begin(self) -> None:
        self.url = b""
        self.expect_100_continue = False
        self.headers = []

    def on_headers_complete(self) -> None:
        if self._is_plain():
            self._held, self._room = [], self.most
        else:
            self._to_app()

    def on_body(self, body: bytes) -> None:
        if self._held is None:
            super().on_body(body)
            return
        self._held.append(body)
        self._room -= len(body)
        if self._room < 0:
            self._pass_on()

    def on_message_complete(self) -> None:
        held = self._held
        if held is None:
            super().on_message_complete()
            return
        body = held[0] if len(held) == 1 else b"".join(held)
        exchange = _Exchange(self, keep_alive=self.parser.should_keep_alive())
        self.cycle = cast("RequestResponseCycle", exchange)
        give_up = self.plain.take(self.headers, body, exchange.say)
        if give_up is None:
            self.cycle = None  # type: ignore[assignment]
            self._pass_on()
            super().on_message_complete()
            return
        self._held = None
        if not exchange.response_complete:
            exchange.give_up, self._under_way = give_up, exchange

    def on_response_complete(self) -> None:
        self._under_way = None
        if self.pipeline or self.transport.is_closing():
            super().on_response_complete()
            return
        self.server_state.total_requests += 1
        self.flow.resume_reading()
        self._unset_keepalive_if_required()
        seconds = float(self.timeout_keep_alive)
        lapses, until = self.idle(seconds, self.loop), self.loop.time() + seconds
        timer = lapses.begin(until, self.timeout_keep_alive_handler)
        self.timeout_keep_alive_task = cast("Any", timer)

    # The two ways.

    def _is_plain(self) -> bool:
        cycle: RequestResponseCycle | None = self.cycle
        parser = self.parser
        return (
            self.url == self.path
            and parser.get_method() == b"POST"
            and (cycle is None or cycle.response_complete)
            and not self.expect_100_continue
            and not self.flow.write_paused
            and not self.root_path
            and self.limit_concurrency is None
            and not parser.should_upgrade()
            and parser.get_http_version() == "1.1"
            and self._length() <= self.most
        )

    def _length(self) -> int:
        """Bytes of the body as it is announced; beyond all bounds where it is not."""
        for name, value in self.headers:
            if name == b"content-length":
                return int(value)  # the parser has seen that it is a number
        return self.most + 1

    def _to_app(self) -> None:
        """As uvicorn does it, which makes a scope before it reads the headers."""
        url, headers, expects = self.url, self.headers, self.expect_100_continue
        super().on_message_begin()
        self.url, self.expect_100_continue = url, expects
        self.headers += headers
        super().on_headers_complete()

    def _pass_on(self) -> None:
        """Let the app have a request whose body is held, as far as it is here."""
        held, self._held = self._held or [], None
        self._to_app()
        for part in held:
            super().on_body(part)


def connections_to(plain: Plain, path: str, most: int) -> type[Connection]:
    """The protocol of a server whose plain requests go to one endpoint.

    ``most`` is in bytes: greater bodies are the app's to refuse.
    """
    of_these = {
        "plain": plain,
        "path": path.encode(),
        "most": most,
        "idle": LapsesOf(),
    }
    return type("Connection", (Connection,), of_these)
