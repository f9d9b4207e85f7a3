"""A real HTTP/1.1 upstream on a real socket, as well-behaved as a test wants it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Asked:
    """One request as it came over the wire; header names are lower-case."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    reader: asyncio.StreamReader | None = field(default=None, compare=False)

    async def left(self) -> None:
        """Wait until the caller has gone away."""
        assert self.reader is not None
        with contextlib.suppress(OSError):
            await self.reader.read()


Handler = Callable[[Asked, asyncio.StreamWriter], Awaitable[None]]
"""Writes whatever it wants; the connection stays open unless it closes it."""


@dataclass
class Upstream:
    """A listening server, what it was asked, and its connections."""

    handler: Handler
    url: str = ""
    asked: list[Asked] = field(default_factory=list)
    connections: int = 0
    open: set[asyncio.StreamWriter] = field(default_factory=set)

    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.connections += 1
        self.open.add(writer)
        try:
            with contextlib.suppress(OSError, EOFError):
                while not writer.is_closing():
                    asked = await _request(reader)
                    self.asked.append(asked)
                    await self.handler(asked, writer)
                    await writer.drain()
        finally:
            self.open.discard(writer)
            writer.close()


async def _request(reader: asyncio.StreamReader) -> Asked:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.rstrip("\r\n").split("\r\n")
    method, target, _ = first.split(" ")
    headers = {}
    for line in lines:
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Asked(method, target, headers, body, reader)


@contextlib.asynccontextmanager
async def upstream(handler: Handler) -> AsyncIterator[Upstream]:
    """A server on a free port, gone with all its connections afterwards."""
    made = Upstream(handler)
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield made
    finally:
        server.close()
        for writer in tuple(made.open):
            writer.transport.abort()


def reply(
    body: bytes = b"{}", status: str = "200 OK", length: int | None = None, **more: str
) -> bytes:
    """A whole HTTP reply; ``length`` lies about the body's, underscores are hyphens."""
    headers = {"content-length": str(len(body) if length is None else length)}
    headers |= {name.replace("_", "-"): value for name, value in more.items()}
    lines = [f"HTTP/1.1 {status}", *(f"{n}: {v}" for n, v in headers.items()), "", ""]
    return "\r\n".join(lines).encode() + body


def always(
    body: bytes = b"{}", status: str = "200 OK", length: int | None = None, **more: str
) -> Handler:
    """The same reply to every request."""

    async def answer(_: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(reply(body, status, length, **more))

    return answer
