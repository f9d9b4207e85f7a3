"""Readers of long answers who never read: events, parts, and parts of one query."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from gateway.schema.bounds import Bounds
from gateway.schema.serving import ServerSettings
from gateway.telemetry.listening import SubscriptionEnded
from tests.incremental.kit import CURRENT
from tests.incremental.kit import bank as parts_bank
from tests.subscriptions.kit import QUERY, bank, files, payment, until

SOON = Bounds(send=0.05)
LARGE = 500_000
SMALL = QUERY.replace("{ id amount }", "{ amount }")
"""For one whose events never fill a connection, however busy the machine is."""
FORMS = ("text/event-stream", "multipart/mixed;subscriptionSpec=1.0")


@asynccontextmanager
async def _deaf(port: int, query: str, accept: str) -> AsyncIterator[socket.socket]:
    """A client with little room, who asks and reads nothing at all."""
    loop = asyncio.get_running_loop()
    body = json.dumps({"query": query}).encode()
    head = (
        f"POST /graphql HTTP/1.1\r\nhost: localhost\r\naccept: {accept}\r\n"
        f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    with socket.socket() as made:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        made.setblocking(False)
        await loop.sock_connect(made, ("127.0.0.1", port))
        await loop.sock_sendall(made, head.encode() + body)
        yield made


async def _is_cut(made: socket.socket) -> bool:
    """Whether what is left of the answer ends, and not as an answer does."""
    loop, taken = asyncio.get_running_loop(), b""
    try:
        async with asyncio.timeout(60):
            while part := await loop.sock_recv(made, 1 << 20):
                taken += part
    except ConnectionError:
        return True
    return not taken.endswith(b"0\r\n\r\n")


def _waiting(one: Any) -> int:
    """Bytes that the server keeps for clients who have not taken them."""
    connections = one.server.server_state.connections
    return sum(c.transport.get_write_buffer_size() for c in connections)


@pytest.mark.parametrize("accept", FORMS)
async def test_a_subscriber_who_never_reads_is_cut_off(
    tmp_path: Path, accept: str
) -> None:
    """No more than one event waits for him, and who listens beside him hears all."""
    settings = ServerSettings(bounds=SOON)
    rules = files(more="subscriptions: { queue: 100, queue_size: 100MB }\n")
    given: Any = {"settings": settings, "bounded": True}
    async with (
        bank(tmp_path, rules, **given) as one,
        one.sse(SMALL) as events,
        _deaf(one.port, QUERY, accept) as deaf,
    ):
        live = one.gateway.pipeline.live
        await until(lambda: len(live.members) == 2)
        for number in range(20):
            one.stream.say(payment(number, id="x" * LARGE))
            heard = (await anext(events))[2]["data"]["paid"]["payment"]["amount"]
            assert heard == number * 10
            assert _waiting(one) < 2 * LARGE
        await until(lambda: len(live.members) == 1)
        assert [e.reason for e in one.happened(SubscriptionEnded)] == ["left"]
        assert await _is_cut(deaf)
        one.stream.say(payment(7))
        assert (await anext(events))[2]["data"]["paid"]["payment"]["amount"] == 70


async def test_a_query_in_parts_that_nobody_reads_is_cut_off(tmp_path: Path) -> None:
    """What it still waits for is given up, and others are answered."""
    query = "{ customer(id: 1) { profile { name } ... @defer { risk { score } } } }"
    async with parts_bank(tmp_path, bounds=SOON) as one:
        one.held.bodies["profile"] = {"name": "x" * 20 * LARGE}
        one.held.hold("risk")
        async with _deaf(one.port, query, CURRENT) as deaf:
            await until(lambda: "risk" in one.source.cancelled)
            assert one.source.running == 0
            assert await _is_cut(deaf)
        assert (await one.whole("{ ping { value } }"))["data"]["ping"][
            "value"
        ] == "pong"
