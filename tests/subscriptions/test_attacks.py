"""What clients and sources do that nobody should: nothing is lost, nothing stays."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from gateway.connectors.base import Call
from gateway.connectors.streams.base import StreamEvent
from gateway.errors import ErrorClass
from gateway.telemetry.listening import StreamRestored
from gateway.testing import ScriptedStream, failure
from tests.subscriptions.kit import Client, bank, files, payment, until

QUERY = 'subscription { paid(customer: "7") { payment { id } } }'


def ids(message: Any) -> str:
    return str(message["data"]["paid"]["payment"]["id"])


async def closed(client: Client) -> tuple[int, str]:
    """How the gateway closes the socket."""
    with contextlib.suppress(ConnectionClosed):
        async for _ in client.connection:
            pass
    connection = client.connection
    reason, _, _ = (connection.close_reason or "").partition(" (request ")
    return connection.close_code or 0, reason


async def test_a_burst_larger_than_the_queue_reaches_who_takes_it(
    tmp_path: Path,
) -> None:
    """Whoever brings events lets go after each, so that none is lost by haste alone."""
    async with bank(tmp_path) as one, one.sse(QUERY) as events:
        for number in range(1_200):
            one.stream.say(payment(number))
        found = [ids((await anext(events))[2]) for _ in range(1_200)]
        assert found == [str(number) for number in range(1_200)]


async def test_an_id_that_is_in_use_closes_the_socket(tmp_path: Path) -> None:
    """4409, as the protocol says; what listened does so no more."""
    async with bank(tmp_path) as one, one.socket() as client:
        await client.subscribe("1", QUERY)
        await one.stream.until(listening=1)
        await client.subscribe("1", QUERY)
        assert await closed(client) == (4409, "Subscriber for 1 already exists")
        await one.stream.until(listening=0)


async def test_who_introduces_himself_twice_is_sent_away(tmp_path: Path) -> None:
    """4429, as the protocol says."""
    async with bank(tmp_path) as one, one.socket() as client:
        await client.send({"type": "connection_init"})
        assert (await closed(client))[0] == 4429


async def test_a_socket_has_so_many_operations_and_room_again(tmp_path: Path) -> None:
    """The 101st is refused by itself; one that is over makes room, for its id too."""
    async with bank(tmp_path) as one, one.socket() as client:
        live = one.gateway.pipeline.live
        for number in range(101):
            await client.subscribe(str(number), QUERY)
        refused = await client.receive()
        assert (refused["id"], refused["type"]) == ("100", "error")
        assert refused["payload"][0]["extensions"]["code"] == "SUBSCRIPTION_LIMIT"
        await client.send({"id": "5", "type": "complete"})
        await until(lambda: len(live.members) == 99)
        await client.subscribe("5", QUERY)
        await until(lambda: len(live.members) == 100)
        one.stream.say(payment(1))
        told = {(await client.receive())["id"] for _ in range(100)}
        assert told == {str(number) for number in range(100)}
        assert len(one.stream.listened) == 1


@pytest.mark.parametrize("schema_too", [False, True])
async def test_a_reload_without_the_operation_ends_its_subscriptions(
    tmp_path: Path, *, schema_too: bool
) -> None:
    """With SCHEMA_CHANGED, at once, and nothing listens for nobody."""
    async with bank(tmp_path) as one, one.sse(QUERY) as events, one.socket() as client:
        await client.subscribe("1", QUERY)
        live = one.gateway.pipeline.live
        await until(lambda: len(live.members) == 2)
        (one.folder / "profiles/paid.yaml").unlink()
        if schema_too:
            schema = one.folder / "schema/bank.graphql"
            lines = schema.read_text().splitlines()
            schema.write_text("\n".join(x for x in lines if "Subscription" not in x))
        assert await one.gateway.reload()
        (error,) = (await anext(events))[2]["errors"]
        assert error["extensions"]["code"] == "SCHEMA_CHANGED"
        (error,) = (await client.receive())["payload"]
        assert error["extensions"]["code"] == "SCHEMA_CHANGED"
        await one.stream.until(listening=0)
        assert (len(live.members), len(live.hub)) == (0, 0)


async def test_a_source_that_flaps_leaves_nothing_behind(tmp_path: Path) -> None:
    """Each event between two breaks comes once, and says what it may have missed."""
    async with bank(tmp_path) as one, one.sse(QUERY) as events:
        one.stream.say(payment(0))
        assert ids((await anext(events))[2]) == "0"
        for number in range(1, 9):
            restored = len(one.happened(StreamRestored))
            one.stream.fail(failure(ErrorClass.RESET))
            await until(lambda n=restored: len(one.happened(StreamRestored)) > n)  # type: ignore[misc]
            one.stream.say(payment(number))
            _, _, answer = await anext(events)
            assert ids(answer) == str(number)
            assert answer["extensions"] == {"subscription": {"missed": True}}
        assert (one.stream.listening, len(one.gateway.pipeline.live.hub)) == (1, 1)


@dataclass(slots=True)
class Silent(ScriptedStream):
    """Never confirms, whatever it was told of its time."""

    waiting: int = 0

    @asynccontextmanager
    async def listen(
        self,
        call: Call[Any],  # noqa: ARG002
        after: str | None,  # noqa: ARG002
    ) -> AsyncIterator[AsyncIterator[StreamEvent]]:
        self.waiting += 1
        try:
            yield await asyncio.Event().wait()  # type: ignore[misc]
        finally:
            self.waiting -= 1


async def test_a_source_that_never_confirms_is_given_up(tmp_path: Path) -> None:
    """Its subscriber is told, though it does not keep its deadline itself."""
    silent = Silent({})
    written = files(", timeout: 10ms")
    async with bank(tmp_path, written, stream=silent) as one, one.socket() as client:
        await client.subscribe("1", QUERY)
        (error,) = (await client.receive())["payload"]
        assert error["extensions"]["code"] == "UPSTREAM_TIMEOUT"
        await until(lambda: silent.waiting == 0)


async def test_leaving_and_ending_wait_for_no_source(tmp_path: Path) -> None:
    """Who leaves before it has confirmed frees it; so does the end of the process."""
    silent = Silent({})
    async with bank(tmp_path, stream=silent) as one, one.socket() as client:
        await client.subscribe("1", QUERY)
        await until(lambda: silent.waiting == 1)
        await client.send({"id": "1", "type": "complete"})
        await until(lambda: silent.waiting == 0)
        await client.subscribe("2", QUERY)
        await until(lambda: silent.waiting == 1)
        live = one.gateway.pipeline.live
        drained = asyncio.create_task(live.drain(60))
        assert (await closed(client))[0] == 1012
        await drained
        assert (silent.waiting, len(live.members), len(live.hub)) == (0, 0, 0)
