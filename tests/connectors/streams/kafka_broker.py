"""A broker in small: it says which topics there are, and creates what it may.

It speaks the two requests by which a client learns that, in the library's own forms of
the protocol. Nothing can be read from it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from io import BytesIO
from struct import unpack

from aiokafka.protocol.admin import ApiVersionResponse_v0
from aiokafka.protocol.metadata import MetadataRequest_v5, MetadataResponse_v5

_VERSIONS, _METADATA = 18, 3
_FORM = 5
_UNKNOWN, _FORBIDDEN = 3, 29


@dataclass(slots=True)
class Broker:
    """One broker with auto.create.topics.enable, as brokers are by default."""

    topics: set[str] = field(default_factory=set)
    forbidden: set[str] = field(default_factory=set)
    port: int = 0

    def topic(self, name: str, *, creates: bool) -> tuple[object, ...]:
        """What is said of a topic."""
        if name in self.forbidden:
            return _FORBIDDEN, name, False, []
        if creates:
            self.topics.add(name)
        if name not in self.topics:
            return _UNKNOWN, name, False, []
        return 0, name, False, [(0, 0, 0, [0], [0], [])]

    def answer(self, said: bytes) -> bytes:
        """The answer to one request."""
        kind, _, number, named = unpack(">hhih", said[:10])
        if kind == _VERSIONS:
            ranges = [(_METADATA, _FORM, _FORM), (_VERSIONS, 0, 0)]
            body = ApiVersionResponse_v0(0, ranges).encode()
        else:
            assert kind == _METADATA
            asked = MetadataRequest_v5.decode(BytesIO(said[10 + named :]))
            names = self.topics if asked.topics is None else asked.topics
            may = asked.allow_auto_topic_creation
            told = [self.topic(one, creates=may) for one in sorted(names)]
            here = [(0, "127.0.0.1", self.port, None)]
            body = MetadataResponse_v5(0, here, "cluster", 0, told).encode()
        return number.to_bytes(4, "big") + body

    async def serve(self, said: asyncio.StreamReader, to: asyncio.StreamWriter) -> None:
        """One connection."""
        try:
            while head := await said.read(4):
                length = int.from_bytes(head, "big")
                answer = self.answer(await said.readexactly(length))
                to.write(len(answer).to_bytes(4, "big") + answer)
                await to.drain()
        finally:
            to.close()


@asynccontextmanager
async def broker(**of: set[str]) -> AsyncIterator[Broker]:
    """A broker on a port of its own."""
    made = Broker(**of)
    async with await asyncio.start_server(made.serve, "127.0.0.1", 0) as server:
        made.port = server.sockets[0].getsockname()[1]
        yield made
