"""A connection's socket, over libpq itself: no thread, no task, no hop.

In charge of sending a question and hearing its answer, through the loop's readers.
Must never decide what is asked, nor wait. psycopg's own cursors are the other way to
do it; they cost a coroutine, a generator and two changes of the poll set each time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import psycopg
from psycopg import AsyncConnection, capabilities
from psycopg.errors import Diagnostic

from gateway.connectors.postgres.exchange import Exchange
from gateway.connectors.postgres.faults import lost

_CHUNK = 256
"""Rows that libpq holds before they are counted, so that a large answer is noticed."""


class Line:
    """A connection's socket, watched as long as it is open. One question at a time."""

    __slots__ = ("_connection", "_ending", "_exchange", "_fd", "_loop", "_pg", "alive")

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self._pg = connection.pgconn
        self._fd = self._pg.socket
        self._loop = asyncio.get_running_loop()
        self._exchange: Exchange | None = None
        self.alive = True
        self._ending = False
        connection.add_notice_handler(self._noticed)
        self._loop.add_reader(self._fd, self._readable)

    @property
    def server_version(self) -> str:
        """The server's: ``17.2``."""
        major, minor = divmod(self._pg.server_version, 10_000)
        return f"{major}.{minor}"

    @property
    def busy(self) -> Exchange | None:
        """What the server has not answered to the end."""
        return self._exchange

    def prepare(self, name: bytes, text: bytes) -> Exchange:
        return self._ask(0, lambda: self._pg.send_prepare(name, text))

    def describe(self, name: bytes) -> Exchange:
        return self._ask(0, lambda: self._pg.send_describe_prepared(name))

    def script(self, text: bytes) -> Exchange:
        """Statements of our own, without parameters."""
        return self._ask(0, lambda: self._pg.send_query(text))

    def run(
        self, name: bytes, values: list[bytes | None], limit: int, *, many: bool
    ) -> Exchange:
        """A prepared statement; ``limit`` is in bytes of its answer."""
        send = self._pg.send_query_prepared
        return self._in_chunks(self._ask(limit, lambda: send(name, values)), many=many)

    def once(
        self, text: bytes, values: list[bytes | None], limit: int, *, many: bool
    ) -> Exchange:
        """A statement that is not prepared; the server guesses its types."""
        send = self._pg.send_query_params
        return self._in_chunks(self._ask(limit, lambda: send(text, values)), many=many)

    def _in_chunks(self, exchange: Exchange, *, many: bool) -> Exchange:
        if many and self.alive and capabilities.has_stream_chunked():
            self._pg.set_chunked_rows_mode(_CHUNK)
        return exchange

    async def cancel(self, patience: float) -> None:
        """Ask the server to end what it does, on a connection beside this one.

        Raises:
            psycopg.Error: it cannot be asked.
        """
        await self._connection.cancel_safe(timeout=patience)

    def close(self) -> None:
        """End the connection; who still waits for an answer gets none."""
        if self.alive:
            self._lose("closed")

    def _ask(self, limit: int, send: Callable[[], None]) -> Exchange:
        future = self._loop.create_future
        exchange = Exchange(future(), future(), limit)
        if not self.alive:
            exchange.end(lost("the connection is closed"))
            return exchange
        try:
            self._hear_goodbye()
            self._exchange = exchange
            send()
            self._flush()
        except psycopg.Error as error:
            self._lose(str(error))
            exchange.end(lost(str(error)))
        return exchange

    def _hear_goodbye(self) -> None:
        """Whether the server has closed the connection while nobody asked over it.

        What it says then would else be taken for the answer, and the query for failed.

        Raises:
            psycopg.Error: it has.
        """
        self._pg.consume_input()
        self._pg.is_busy()
        if self._ending:
            raise psycopg.OperationalError("the server has ended the session")

    def _noticed(self, said: Diagnostic) -> None:
        """What the server says beside answers: only its goodbye matters."""
        if said.severity_nonlocalized in ("FATAL", "PANIC"):
            self._ending = True

    def _flush(self) -> None:
        """Send what the socket takes now, and the rest when it takes more."""
        if self._pg.flush():
            self._loop.add_writer(self._fd, self._writable)

    def _writable(self) -> None:
        try:
            if not self._pg.flush():
                self._loop.remove_writer(self._fd)
        except psycopg.Error as error:
            self._lose(str(error))

    def _readable(self) -> None:
        try:
            self._pg.consume_input()
            exchange = self._exchange
            if exchange is None:
                # A notice, or the server's goodbye before it closes.
                self._pg.is_busy()
                return
            while not self._pg.is_busy():
                result = self._pg.get_result()
                if result is None:
                    self._exchange = None
                    exchange.end()
                    return
                exchange.take(result)
        except psycopg.Error as error:
            self._lose(str(error))

    def _lose(self, why: str) -> None:
        self.alive = False
        self._loop.remove_reader(self._fd)
        self._loop.remove_writer(self._fd)
        self._pg.finish()
        exchange, self._exchange = self._exchange, None
        if exchange is not None:
            exchange.end(lost(why.strip()))
