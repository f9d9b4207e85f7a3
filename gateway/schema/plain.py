"""One plain request and its answer: what a connection and the endpoint share.

In charge of an answer that is written once, in one piece. Must never decide what a
request means, nor read what it answers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar, Protocol

from gateway.record import Struct
from gateway.schema.exchange import Headers, Take

if TYPE_CHECKING:
    from gateway.schema.connection import Connection


class Plain(Protocol):
    """Answers plain requests."""

    def under(self, headers: Headers, peer: str | None) -> Take | None:
        """What takes the bodies of POSTs with such headers; None: not here.

        ``peer`` is the address at the other end.
        """


class _Silent:
    """What uvicorn wakes of a request that waits: nobody."""

    __slots__ = ()

    def set(self) -> None:
        pass


_SILENT = _Silent()


class PlainExchange(Struct, eq=False):
    """One plain request and its answer; to uvicorn it looks like a cycle of its own."""

    connection: Connection
    keep_alive: bool
    response_complete: bool = False
    disconnected: bool = False
    give_up: Callable[[], object] | None = None
    message_event: ClassVar[_Silent] = _SILENT

    def say(self, status: int, lines: bytes, body: bytes) -> None:
        """Write the answer."""
        if self.response_complete or self.disconnected:
            return
        self.response_complete, self.give_up = True, None
        connection = self.connection
        first = connection.first_lines(status)
        length = b"content-length: %d\r\n\r\n" % len(body)
        if self.keep_alive:
            connection.transport.write(b"".join((first, lines, length, body)))
        else:
            closes = b"connection: close\r\n"
            connection.transport.write(b"".join((first, lines, closes, length, body)))
            connection.transport.close()
        connection.on_response_complete()

    def leave(self) -> None:
        """The client has gone."""
        give_up, self.give_up = self.give_up, None
        if give_up is not None:
            give_up()
