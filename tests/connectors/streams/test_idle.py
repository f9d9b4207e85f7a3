"""Server-sent events of a source that falls silent, in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from gateway.connectors.base import Call, Wire
from gateway.connectors.rest_request import RestTarget
from gateway.connectors.streams.base import stream_of
from gateway.connectors.streams.events import Events
from gateway.connectors.streams.target import StreamTarget
from gateway.connectors.transport.streaming import Streamed
from gateway.errors import UpstreamError
from gateway.testing import run_virtual
from gateway.testing.contract.subject import call_of, within
from gateway.values import JsonValue

HEADERS = {"content-type": "text/event-stream"}


@dataclass(slots=True)
class Saying:
    """Says each piece after so many seconds, and nothing more after the last."""

    pieces: list[tuple[float, bytes]]
    closed: list[float] = field(default_factory=list)

    @asynccontextmanager
    async def streamed(
        self, _call: Call[Any], _added: Mapping[str, str]
    ) -> AsyncIterator[Streamed]:
        try:
            async with aclosing(self._said()) as chunks:
                yield Streamed(200, HEADERS, chunks, 1_000)
        finally:
            self.closed.append(asyncio.get_running_loop().time())

    async def _said(self) -> AsyncGenerator[bytes, None]:
        for seconds, piece in self.pieces:
            await asyncio.sleep(seconds)
            yield piece
        await asyncio.Event().wait()

    def render(self, call: Call[Any]) -> Wire:
        return Wire((call.target,))

    def describe(self, _call: Call[Any]) -> Mapping[str, JsonValue]:
        return {}


async def _until_broken(source: Saying, events: Events) -> tuple[list[object], str]:
    """What was heard, and how listening ended."""
    target = StreamTarget(events)
    heard: list[object] = []
    listening = stream_of(source, target).listen(within(call_of(target)), None)
    try:
        async with listening as said:
            async for event in said:
                heard.append(event.body)  # noqa: PERF401 - what came before the error
    except UpstreamError as broken:
        return heard, f"{broken.kind.value}: {broken.detail}"
    raise AssertionError


def test_a_source_without_a_word_counts_as_broken() -> None:
    """After `idle`, and its connection is freed; a comment is a word."""
    source = Saying([(50.0, b"data: 1\n\n"), (59.0, b":\n"), (59.0, b"data: 2\n\n")])
    request = RestTarget("GET", ("/events",))
    found = run_virtual(_until_broken(source, Events(request)))
    assert found == ([1, 2], "reset: no byte in 60 s")
    assert source.closed == [50.0 + 59.0 + 59.0 + 60.0]


def test_how_long_is_said_by_the_step() -> None:
    """`idle: 5s`."""
    source = Saying([(4.0, b"data: 1\n\n"), (6.0, b"data: 2\n\n")])
    events = Events(RestTarget("GET", ("/events",)), idle=5.0)
    assert run_virtual(_until_broken(source, events)) == ([1], "reset: no byte in 5 s")
    assert source.closed == [9.0]
