"""Queries in parts over a WebSocket: each payload is a message."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from tests.incremental import kit
from tests.incremental.kit import CURRENT, Bank

QUERY = '{ customer(id: "7") { profile { name } ... @defer { risk { score } } } }'
PLAIN = '{ customer(id: "7") { profile { name } risk { score } } }'
FIRST = {"customer": {"profile": {"name": "Ada"}}}
RISK = {"risk": {"score": 7}}
WHOLE = {"customer": {"profile": {"name": "Ada"}, **RISK}}


@dataclass(frozen=True, slots=True)
class Socket:
    """A socket that has introduced itself."""

    connection: ClientConnection

    async def say(self, **message: object) -> None:
        await self.connection.send(json.dumps(message))

    async def ask(self, query: str) -> None:
        await self.say(type="subscribe", id="1", payload={"query": query})

    async def next(self) -> Any:
        async with asyncio.timeout(60):
            return json.loads(await self.connection.recv())


@asynccontextmanager
async def opened(bank: Bank, **introduced: str) -> AsyncIterator[Socket]:
    url = f"ws://127.0.0.1:{bank.port}/graphql"
    spoken = [Subprotocol("graphql-transport-ws")]
    async with connect(url, subprotocols=spoken) as connection:
        found = Socket(connection)
        await found.say(type="connection_init", payload=introduced)
        assert (await found.next())["type"] == "connection_ack"
        yield found


def _next(payload: object) -> object:
    return {"type": "next", "id": "1", "payload": payload}


async def test_each_payload_is_a_message_and_complete_follows(bank: Bank) -> None:
    """In the earlier format, where the client says nothing of formats."""
    bank.held.hold("risk")
    async with opened(bank) as found:
        await found.ask(QUERY)
        assert await found.next() == _next({"data": FIRST, "hasNext": True})
        bank.held.open("risk")
        patch = {"data": RISK, "path": ["customer"]}
        assert await found.next() == _next({"incremental": [patch], "hasNext": False})
        assert await found.next() == {"type": "complete", "id": "1"}


async def test_a_client_says_which_format_it_reads(bank: Bank) -> None:
    """In `connection_init`, as it would in a header."""
    bank.held.hold("risk")
    async with opened(bank, accept=CURRENT) as found:
        await found.ask(QUERY)
        told = await found.next()
        assert told["payload"]["pending"] == [{"id": "0", "path": ["customer"]}]


async def test_what_is_left_for_later_by_itself_needs_a_client_that_says_so(
    tmp_path: Path,
) -> None:
    """To all others it is one message, whenever it is complete."""
    written = kit.files(deployment="deferral: { after: 20ms }")
    async with kit.bank(tmp_path, written) as bank:
        bank.held.hold("risk")
        async with opened(bank, accept=CURRENT) as found:
            await found.ask(PLAIN)
            told = await found.next()
            assert (told["payload"]["data"], told["payload"]["hasNext"]) == (
                FIRST,
                True,
            )
        async with opened(bank) as found:
            await found.ask(PLAIN)
            bank.held.open("risk")
            assert await found.next() == _next({"data": WHOLE})
            assert await found.next() == {"type": "complete", "id": "1"}


async def test_what_is_whole_in_time_is_one_message(tmp_path: Path) -> None:
    """As if nothing could come later."""
    written = kit.files(deployment="deferral: { after: 1h }")
    async with kit.bank(tmp_path, written) as bank, opened(bank, accept=CURRENT) as it:
        await it.ask(PLAIN)
        assert await it.next() == _next({"data": WHOLE})
        assert await it.next() == {"type": "complete", "id": "1"}


async def test_who_leaves_between_parts_cancels_what_was_for_him(bank: Bank) -> None:
    """The socket lives, and the generation is free."""
    bank.held.hold("risk")
    async with opened(bank) as found:
        await found.ask(QUERY)
        await found.next()
        await found.say(type="complete", id="1")
        async with asyncio.timeout(60):
            while not bank.source.cancelled:  # noqa: ASYNC110
                await asyncio.sleep(0)
        await found.ask("{ ping { value } }")
        assert await found.next() == _next({"data": {"ping": {"value": "pong"}}})
        assert bank.gateway.current.lease.holders == 0


async def test_a_refused_document_is_an_error_message(bank: Bank) -> None:
    """There are no parts of it."""
    async with opened(bank) as found:
        await found.ask('{ customer(id: "7") { ... @defer { unheard } } }')
        told = await found.next()
        assert told["type"] == "error"
        code = told["payload"][0]["extensions"]["code"]
        assert code == "GRAPHQL_VALIDATION_FAILED"


async def test_a_mutation_is_one_message(bank: Bank) -> None:
    """Its writes are told together."""
    async with opened(bank) as found:
        await found.ask("""mutation { rename(id: "7") {
          profile { name } ... @defer { risk { score } }
        } }""")
        assert await found.next() == _next({"data": {"rename": WHOLE["customer"]}})
