"""Connections that are too many, by what a deployment says: refused, told, counted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from gateway.telemetry.limiting import LimitExceeded
from tests.persisted.kit import shop

ASK = (
    b"POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
    b'content-length: 26\r\n\r\n{"query":"{ __typename }"}'
)
KEYS = {
    "connections_per_client": "server: { connections_per_client: 2 }",
    "connections": "server: { connections: 2 }",
}


@asynccontextmanager
async def _connected(
    port: int,
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield reader, writer
    finally:
        writer.close()
        await writer.wait_closed()


async def _said(reader: asyncio.StreamReader) -> tuple[int, str]:
    """Status and body of the next answer."""
    async with asyncio.timeout(60):
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        length = int(head.partition(b"content-length:")[2].split(None, 1)[0])
        body = await reader.readexactly(length)
    return int(head.split()[1]), body.decode()


@pytest.mark.parametrize("limit", KEYS)
async def test_what_a_deployment_allows_is_held_told_and_counted(
    tmp_path: Path, limit: str
) -> None:
    """The key reaches the listener, and its refusals the log and the metrics."""
    async with shop(tmp_path, KEYS[limit]) as one, AsyncExitStack() as open_:
        for _ in range(2):
            pair = await open_.enter_async_context(_connected(one.port))
            pair[1].write(ASK)
            assert (await _said(pair[0]))[0] == 200
        async with _connected(one.port) as (reader, _):
            status, body = await _said(reader)
            assert (status, "OVERLOADED" in body) == (503, True)
        told = [(e.limit, e.verdict, e.allowed) for e in one.happened(LimitExceeded)]
        assert told == [(limit, "refused", 2)]
        pair[1].write(b"GET /metrics HTTP/1.1\r\nhost: localhost\r\n\r\n")
        status, page = await _said(pair[0])
        sample = f'{{limit="{limit}",verdict="refused"}}'
        assert f"headwater_limits_exceeded_total{sample} 1" in page
