"""Real processes that are told to end while subscribers still wait for events."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from tests.processes import ending
from tests.project import write
from tests.redis_server import RedisServer
from tests.subscriptions.kit import SSE, files, payment, sse_events

PATIENCE = 60.0
"""Seconds after which something hangs; the machine may be busy with all else."""
SLOW = 'subscription { paid(customer: "7") { payment { id } account { owner } } }'
FAST = 'subscription { paid(customer: "7") { payment { id } } }'
EVENTS = ["1", "2", "3"]


@dataclass(slots=True)
class Accounts:
    """An upstream that answers once it is released, and then always."""

    port: int = 0
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    released: asyncio.Event = field(default_factory=asyncio.Event)

    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                await reader.readuntil(b"\r\n\r\n")
                self.asked.set()
                await self.released.wait()
                writer.write(
                    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
                    b'content-length: 15\r\n\r\n{"owner":"Ada"}'
                )
        writer.close()


@pytest.fixture
async def accounts() -> AsyncIterator[Accounts]:
    made = Accounts()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    yield made
    made.released.set()
    server.close()


@contextlib.contextmanager
def serving(folder: Path, workers: int) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """`headwater serve` in a session of its own, and its port."""
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "gateway", "serve", "--port", "0"),
                *("--workers", str(workers), "-c", str(folder / "headwater.yaml")),
            ],
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            start_new_session=True,
        )
    with ending(process):
        assert process.stdout is not None
        found = re.match(
            r"Ready: http://127\.0\.0\.1:(\d+)/$", process.stdout.readline()
        )
        assert found, (folder / "log").read_text()
        yield process, int(found[1])


@dataclass(frozen=True, slots=True)
class Socket:
    """A client by WebSocket with two subscriptions; the fast one waits for no call."""

    connection: ClientConnection

    async def heard(self, number: str) -> None:
        """Until the fast one has an event: then both were told of it."""
        async for text in self.connection:
            message = json.loads(text)
            assert message["id"] == "fast", message
            if message["payload"]["data"]["paid"]["payment"]["id"] == number:
                return

    async def rest(self) -> tuple[list[Any], int | None]:
        """What comes for the slow one until the end, and the end's code."""
        found: list[Any] = []
        with contextlib.suppress(ConnectionClosed):
            async for text in self.connection:
                message = json.loads(text)
                if message.get("id") == "slow":
                    found.append(_owned(message["payload"]))
        return found, self.connection.close_code


def _owned(answer: Any) -> tuple[str, str | None]:
    paid = answer["data"]["paid"]
    return paid["payment"]["id"], (paid["account"] or {}).get("owner")


async def subscribed(stack: contextlib.AsyncExitStack, port: int) -> Socket:
    connection = await stack.enter_async_context(
        connect(
            f"ws://127.0.0.1:{port}/graphql",
            subprotocols=[Subprotocol("graphql-transport-ws")],
        )
    )
    await connection.send('{"type": "connection_init"}')
    assert json.loads(await connection.recv()) == {"type": "connection_ack"}
    for id_, query in (("slow", SLOW), ("fast", FAST)):
        payload = {"query": query}
        message = {"id": id_, "type": "subscribe", "payload": payload}
        await connection.send(json.dumps(message))
    return Socket(connection)


async def streamed(
    stack: contextlib.AsyncExitStack, port: int
) -> AsyncIterator[tuple[str, str, Any]]:
    """A slow subscription by server-sent events, once it listens."""
    client = await stack.enter_async_context(httpx.AsyncClient(timeout=PATIENCE))
    url, sent = f"http://127.0.0.1:{port}/graphql", {"query": SLOW}
    response = await stack.enter_async_context(
        client.stream("POST", url, json=sent, headers=SSE)
    )
    return sse_events(response)


def project(folder: Path, redis: RedisServer, accounts: Accounts) -> None:
    written = files(redis=redis.url)
    where = f"http://127.0.0.1:{accounts.port}"
    deployment = written["headwater.yaml"].replace("http://upstream.invalid", where)
    text = written["profiles/paid.yaml"]
    text = text.replace('account}"', 'account}", timeout: 30s') + "deadline: 40s\n"
    write(
        folder,
        {**written, "headwater.yaml": deployment, "profiles/paid.yaml": text},
    )


async def listened(redis: RedisServer, workers: int) -> bool:
    """Whether each of so many processes listens."""
    said = await asyncio.to_thread(redis.ask, "PUBSUB", "NUMSUB", "paid:7")
    return said.split()[-1] == str(workers)


@pytest.mark.parametrize("workers", [1, 2])
async def test_what_had_arrived_is_delivered_before_the_process_ends(
    tmp_path: Path, redis_server: RedisServer, accounts: Accounts, workers: int
) -> None:
    """Each subscriber of each process gets all of it once, and is told to come back.

    A socket by 1012, on which clients connect again; a stream by its `retry:` and no
    `complete`. Then the processes end, with status 0.
    """
    project(tmp_path, redis_server, accounts)
    with serving(tmp_path, workers) as (process, port):
        async with asyncio.timeout(PATIENCE), contextlib.AsyncExitStack() as stack:
            sockets = [await subscribed(stack, port)]
            while not await listened(redis_server, workers):
                sockets.append(await subscribed(stack, port))
            streams = [await streamed(stack, port) for _ in range(2 * workers)]
            for number in EVENTS:
                said = json.dumps(payment(int(number)))
                await asyncio.to_thread(redis_server.ask, "PUBLISH", "paid:7", said)
            await asyncio.gather(*(each.heard(EVENTS[-1]) for each in sockets))
            await accounts.asked.wait()
            process.send_signal(signal.SIGTERM)
            while not await listened(redis_server, 0):
                pass
            accounts.released.set()
            owned = [(number, "Ada") for number in EVENTS]
            ends = await asyncio.gather(*(each.rest() for each in sockets))
            assert ends == [(owned, 1012)] * len(sockets)
            for stream in streams:
                *events, last = [event async for event in stream]
                assert [_owned(event[2]) for event in events] == owned
                assert last == ("", "retry", None)
            assert await asyncio.to_thread(process.wait, PATIENCE) == 0


async def test_an_event_whose_calls_never_come_back_has_its_deadline(
    tmp_path: Path, redis_server: RedisServer, accounts: Accounts
) -> None:
    """It is answered without them, and the process ends with status 0."""
    project(tmp_path, redis_server, accounts)
    profile = tmp_path / "profiles/paid.yaml"
    profile.write_text(profile.read_text().replace("30s", "500ms").replace("40s", "1s"))
    with serving(tmp_path, 1) as (process, port):
        async with asyncio.timeout(PATIENCE), contextlib.AsyncExitStack() as stack:
            socket = await subscribed(stack, port)
            while not await listened(redis_server, 1):
                pass
            said = json.dumps(payment(1))
            await asyncio.to_thread(redis_server.ask, "PUBLISH", "paid:7", said)
            await socket.heard("1")
            process.send_signal(signal.SIGTERM)
            answers, code = await socket.rest()
            assert (answers, code) == ([("1", None)], 1012)
            assert await asyncio.to_thread(process.wait, PATIENCE) == 0
