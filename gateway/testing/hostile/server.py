"""A real HTTP/1.1 upstream on a real socket, which does to a caller what it is told.

In charge of listening, of reading requests, and of counting what callers do: requests,
connections, who went away. How to misbehave is written beside this, one function for
each way. Must never be lenient where it reads: a request it cannot read is a failure of
the caller under test.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self, TypeAlias

from gateway.record import Model

_HEAD_LIMIT = 1 << 20


class Asked(Model, frozen=True):
    """One request as it came over the wire.

    ``target`` is path and query as written, ``headers`` have lower-case names.
    """

    method: str
    target: str
    headers: dict[str, str]
    body: bytes = b""

    @property
    def path(self) -> str:
        """The target without its query."""
        return self.target.partition("?")[0]


@dataclass(slots=True)
class Exchange:
    """One request under way, and everything that can be done to its caller.

    ``earlier`` is how many requests its connection has carried before. An exchange
    that has ended leaves the connection open, unless it was closed or reset.
    """

    asked: Asked
    earlier: int
    _reader: asyncio.StreamReader
    _writer: asyncio.StreamWriter

    async def send(self, data: bytes) -> None:
        """Write bytes as they are; waits while the caller does not read.

        Raises:
            OSError: the caller has gone.
        """
        if self._writer.is_closing():
            raise ConnectionAbortedError
        self._writer.write(data)
        await self._writer.drain()

    async def left(self) -> None:
        """Wait until the caller has gone, then raise.

        Raises:
            OSError: always, so that the exchange counts as abandoned.
        """
        while await self._reader.read(65536):
            pass
        raise ConnectionAbortedError

    def close(self) -> None:
        """End the connection politely once what was sent has left (FIN)."""
        self._writer.close()

    def reset(self) -> None:
        """End the connection rudely (RST): what is on its way may be lost."""
        at_once = struct.pack("ii", 1, 0)
        of_socket = self._writer.get_extra_info("socket")
        of_socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
        self._writer.transport.abort()


Misbehaviour: TypeAlias = Callable[[Exchange], Awaitable[None]]
"""What the upstream does with one request."""


async def unscripted(exchange: Exchange) -> None:
    """A polite 404, for paths that nobody scripted."""
    await exchange.send(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n")


@dataclass(slots=True)
class HostileUpstream:
    """A server on a port of its own: ``async with HostileUpstream() as upstream:``.

    ``url`` is where it listens, on 127.0.0.1. ``requests`` are all requests in the
    order they came, ``abandoned`` those whose caller went before the end,
    ``connections`` counts every connection there was, ``open`` those there are.
    ``otherwise`` is for paths without a script.
    """

    otherwise: Misbehaviour = unscripted
    url: str = ""
    requests: list[Asked] = field(default_factory=list)
    abandoned: list[Asked] = field(default_factory=list)
    connections: int = 0
    _script: dict[str, Sequence[Misbehaviour]] = field(default_factory=dict)
    _calls: Counter[str] = field(default_factory=Counter)
    _writers: set[asyncio.StreamWriter] = field(default_factory=set)
    _serving: set[asyncio.Task[None]] = field(default_factory=set)
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _server: asyncio.Server | None = None

    def script(self, path: str, *behaviours: Misbehaviour) -> None:
        """What a path does, from now on: one request each, and the last one stays.

        A path is compared without its query. One that ends in ``*`` stands for all
        that begin so and have no script of their own; the longest such one counts.
        """
        self._script[path] = behaviours
        for known in tuple(self._calls):
            if known == path or _covers(path, known):
                del self._calls[known]

    def asked(self, path: str) -> list[Asked]:
        """The requests for a path, in the order they came."""
        return [one for one in self.requests if one.path == path]

    @property
    def open(self) -> int:
        """How many connections callers hold at this moment."""
        return len(self._writers)

    async def until(self, holds: Callable[[HostileUpstream], object]) -> None:
        """Wait until something holds; asked again after everything that happens."""
        while not holds(self):
            await self._news.wait()

    # -- serving --------------------------------------------------------------------

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(
            self._accept, "127.0.0.1", 0, limit=_HEAD_LIMIT, backlog=1024
        )
        port = self._server.sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._server is not None:
            self._server.close()
        for writer in tuple(self._writers):
            writer.transport.abort()
        for task in self._serving:
            task.cancel()
        if self._serving:
            await asyncio.wait(self._serving)

    def _accept(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        task = asyncio.ensure_future(self._serve(reader, writer))
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.connections += 1
        self._writers.add(writer)
        self._tell()
        try:
            with contextlib.suppress(OSError, EOFError):
                await self._requests(reader, writer)
        finally:
            self._writers.discard(writer)
            writer.close()
            self._tell()

    async def _requests(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        earlier = 0
        while not writer.is_closing():
            asked = await _read(reader)
            behave = self._next(asked.path)
            self.requests.append(asked)
            self._tell()
            try:
                await behave(Exchange(asked, earlier, reader, writer))
            except OSError:
                self.abandoned.append(asked)
                raise
            earlier += 1

    def _next(self, path: str) -> Misbehaviour:
        behaviours = self._script.get(path)
        if behaviours is None:
            covering = [one for one in self._script if _covers(one, path)]
            if not covering:
                return self.otherwise
            behaviours = self._script[max(covering, key=len)]
        earlier = self._calls[path]
        self._calls[path] += 1
        return behaviours[min(earlier, len(behaviours) - 1)]

    def _tell(self) -> None:
        self._news.set()
        self._news = asyncio.Event()


def _covers(pattern: str, path: str) -> bool:
    return pattern.endswith("*") and path.startswith(pattern[:-1])


async def _read(reader: asyncio.StreamReader) -> Asked:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.rstrip("\r\n").split("\r\n")
    method, target, _ = first.split(" ")
    headers = {}
    for line in lines:
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Asked(method, target, headers, body)
