"""An HTTP server of events, written by hand so that it can say anything.

It keeps what it said: `Last-Event-ID` is answered with what came after.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

TOKEN = "s3cret-token"


@dataclass(slots=True)
class SseServer:
    """One stream at every path. ``head`` stands in for its usual head."""

    head: bytes = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n"
    said: list[bytes] = field(default_factory=list)
    asked: list[bytes] = field(default_factory=list)
    port: int = 0
    _writers: set[asyncio.StreamWriter] = field(default_factory=set)
    _server: asyncio.Server | None = None

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def say(self, content: bytes) -> None:
        """An event, numbered, to everybody who listens."""
        self.said.append(content)
        for writer in self._writers:
            writer.write(self._event(len(self.said)))
            await writer.drain()

    async def send(self, raw: bytes) -> None:
        """These bytes as they are."""
        for writer in self._writers:
            writer.write(raw)
            await writer.drain()

    async def listeners(self) -> int:
        return len(self._writers)

    async def cut(self) -> None:
        """Every connection ends."""
        for writer in list(self._writers):
            writer.close()

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        await self.cut()
        await self._server.wait_closed()

    def _event(self, number: int) -> bytes:
        return b"id: %d\ndata: %b\n\n" % (number, self.said[number - 1])

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        request = await reader.readuntil(b"\r\n\r\n")
        self.asked.append(request)
        if f"Bearer {TOKEN}".encode() not in request:
            writer.write(b"HTTP/1.1 401 No\r\ncontent-length: 0\r\n\r\n")
            writer.close()
            return
        writer.write(self.head)
        after = [
            line.partition(b":")[2].strip()
            for line in request.split(b"\r\n")
            if line.lower().startswith(b"last-event-id")
        ]
        for number in range(int(after[0]) if after else len(self.said), len(self.said)):
            writer.write(self._event(number + 1))
        self._writers.add(writer)
        try:
            await reader.read()
        finally:
            self._writers.discard(writer)
            writer.close()
