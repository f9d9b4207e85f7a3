"""The short way of plain requests says what the long one says, and loses none."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
import uvicorn
from uvicorn.server import ServerState

from gateway.schema.connection import Connection
from gateway.schema.server import Application, application
from gateway.schema.serving import ServerSettings
from tests.schema.test_http_sockets import GOOD, post
from tests.serving import Bank


@asynccontextmanager
async def connected(
    app: Application,
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter, list[Connection]]]:
    """A client and the server's side of its one connection."""
    config = uvicorn.Config(app, http=app.connection, lifespan="off")
    config.load()
    sides: list[Connection] = []

    def side() -> Connection:
        sides.append(app.connection(config, ServerState(), {}))
        return sides[-1]

    server = await asyncio.get_running_loop().create_server(side, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield reader, writer, sides
    finally:
        writer.close()
        await writer.wait_closed()
        server.close()
        for each in sides:
            each.transport.close()
        await asyncio.sleep(0)  # a transport closes in the next turn


async def answer(reader: asyncio.StreamReader) -> bytes:
    """One whole answer."""
    async with asyncio.timeout(60):
        head = await reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", head)
        assert length is not None
        return head + await reader.readexactly(int(length[1]))


@pytest.fixture
async def app() -> Application:
    """Warm: a document's first request is read on the long way."""
    made = application(Bank(), ServerSettings())
    async with connected(made) as (reader, writer, _):
        writer.write(post(GOOD))
        await answer(reader)
    return made


async def test_both_ways_say_the_same(app: Application) -> None:
    """A body without a length goes the long way; order of headers aside."""
    chunked = b"%x\r\n%s\r\n0\r\n\r\n" % (len(GOOD), GOOD)
    id_ = "x-request-id: same"
    long = post(GOOD, id_).replace(
        b"content-length: %d" % len(GOOD), b"transfer-encoding: chunked"
    )
    async with connected(app) as (reader, writer, _):
        writer.write(post(GOOD, id_))
        short = await answer(reader)
        writer.write(long.removesuffix(GOOD) + chunked)
        other = await answer(reader)
    assert sorted(short.split(b"\r\n")) == sorted(other.split(b"\r\n"))


async def test_a_request_that_comes_byte_by_byte_is_one(app: Application) -> None:
    """And the connection serves the next."""
    async with connected(app) as (reader, writer, _):
        for _again in range(2):
            for byte in post(GOOD):
                writer.write(bytes([byte]))
                await writer.drain()
            assert b'"Ada"' in await answer(reader)


async def test_a_request_that_has_begun_is_answered_by_a_server_that_ends(
    app: Application,
) -> None:
    """Then the connection is closed."""
    async with connected(app) as (reader, writer, sides):
        sent = post(GOOD)
        writer.write(sent[:-5])
        await writer.drain()
        async with asyncio.timeout(60):
            while not (sides and sides[0]._held):  # noqa: ASYNC110 - the parser tells nobody
                await asyncio.sleep(0)
        sides[0].shutdown()
        writer.write(sent[-5:])
        said = await answer(reader)
        assert b'"Ada"' in said
        assert b"connection: close" in said
        assert await reader.read() == b""


async def test_a_server_that_ends_waits_for_no_idle_connection(
    app: Application,
) -> None:
    """It was answered, so it can be closed."""
    async with connected(app) as (reader, writer, sides):
        writer.write(post(GOOD))
        await answer(reader)
        sides[0]._free_since -= 1.0
        sides[0].shutdown()
        assert sides[0].transport.is_closing()
        assert await reader.read() == b""


@pytest.mark.parametrize("more", [b"", b"?"])
async def test_a_request_that_crosses_the_end_of_the_server_is_answered(
    app: Application, more: bytes
) -> None:
    """Who was answered a moment ago is told so with his last answer, both ways."""
    async with connected(app) as (reader, writer, sides):
        writer.write(post(GOOD))
        await answer(reader)
        sides[0].shutdown()
        writer.write(post(GOOD).replace(b"/graphql ", b"/graphql%s " % more))
        said = await answer(reader)
        assert b'"Ada"' in said
        assert b"connection: close" in said
        assert await reader.read() == b""


@pytest.mark.parametrize("silent", [1.0, 0.0])
async def test_a_request_that_has_come_and_is_unread_is_answered_at_the_end(
    app: Application, silent: float
) -> None:
    """A busy process may be told to end, or end a pause, before it hears of it."""
    async with connected(app) as (reader, writer, sides):
        writer.write(post(GOOD))
        await answer(reader)
        sides[0]._free_since -= silent
        if not silent:
            sides[0].shutdown()
        writer.write(post(GOOD))
        if silent:
            sides[0].shutdown()
        else:
            sides[0]._end()
        said = await answer(reader)
        assert b'"Ada"' in said
        assert b"connection: close" in said
        assert await reader.read() == b""


async def test_a_connection_that_is_not_used_again_is_closed_by_its_server(
    app: Application,
) -> None:
    """The server waits for no request that may never come."""
    async with connected(app) as (reader, _, sides), asyncio.timeout(60):
        while not sides:  # noqa: ASYNC110 - the server tells nobody
            await asyncio.sleep(0)
        sides[0].shutdown()
        assert await reader.read() == b""


async def test_one_request_too_many_is_refused_unread_and_the_connection_stays() -> (
    None
):
    """On both ways; what is under way is answered, and then there is room again."""
    bank = Bank()
    app = application(bank, ServerSettings(requests=1))
    crowding = bank.pipeline.crowding
    async with connected(app) as (reader, writer, _):
        for sent in (post(GOOD), post(GOOD), post(GOOD)):
            writer.write(sent)  # long, short, and known by its head
            assert b'"Ada"' in await answer(reader)
        assert crowding.now == 0
        crowding.now = 1
        for sent in (post(GOOD), post(GOOD).replace(b"/graphql", b"/graphql?")):
            writer.write(sent)
            said = await answer(reader)
            assert said.startswith(b"HTTP/1.1 503 ")
            assert b"retry-after: 1\r\n" in said
            assert b'"code":"OVERLOADED"' in said
            assert b"'limits.requests' allows 1" in said
        writer.write(b"GET /health HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n")
        assert b'"live":true' in await answer(reader)
        crowding.now = 0
        writer.write(post(GOOD))
        assert b'"Ada"' in await answer(reader)
    assert bank.pipeline.preparing.excesses.counts == {("requests", "refused"): 2}


async def test_a_head_that_was_read_before_is_not_parsed_again(
    app: Application,
) -> None:
    """Only where it comes in one piece with its body; the answers are the same."""
    id_ = "x-request-id: same"
    async with connected(app) as (reader, writer, sides):
        said = []
        for _again in range(3):
            writer.write(post(GOOD, id_))
            said.append(await answer(reader))
        parsed: list[bytes] = []
        keep = sides[0].parser.feed_data
        sides[0].parser = _Parser(parsed, keep)  # type: ignore[assignment]
        writer.write(post(GOOD, id_))
        said.append(await answer(reader))
        assert parsed == []
        for piece in (post(GOOD, id_)[:-3], post(GOOD, id_)[-3:]):
            come = len(parsed)
            writer.write(piece)
            async with asyncio.timeout(60):
                while len(parsed) == come:  # noqa: ASYNC110 - the parser tells nobody
                    await asyncio.sleep(0)
        said.append(await answer(reader))
        assert b"".join(parsed) == post(GOOD, id_)
    assert set(said) == {said[0]}


class _Parser:
    """A parser that is listened to."""

    def __init__(self, parsed: list[bytes], feed: Callable[[bytes], None]) -> None:
        self.parsed, self.feed = parsed, feed

    def feed_data(self, data: bytes) -> None:
        self.parsed.append(data)
        self.feed(data)

    def __getattr__(self, name: str) -> object:
        return getattr(self.feed.__self__, name)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "other",
    [
        GOOD.replace(b"{", b" {", 1),
        b"nonsense".ljust(len(GOOD)),
        b"{}".ljust(len(GOOD)),
    ],
)
async def test_a_known_head_says_nothing_of_the_body(
    app: Application, other: bytes
) -> None:
    """What is new or wrong in it is answered as on a connection of its own."""
    id_ = "x-request-id: same"
    said = []
    for before in ((), (GOOD, GOOD)):
        async with connected(app) as (reader, writer, _):
            for body in before:
                writer.write(post(body, id_))
                await answer(reader)
            writer.write(post(other, id_))
            said.append(await answer(reader))
            writer.write(post(GOOD, id_) + post(GOOD, id_))  # and two in one piece
            said.append(await answer(reader))
            said.append(await answer(reader))
    assert said[:3] == said[3:]


async def test_an_idle_connection_is_closed_after_its_last_request(
    app: Application,
) -> None:
    """Not after its first, however its requests were read."""
    async with connected(app) as (reader, writer, sides):
        for _again in range(3):
            writer.write(post(GOOD))
            await answer(reader)
        side = sides[0]
        side.timeout_keep_alive_handler()  # the time of the first is up
        writer.write(post(GOOD))
        assert b'"Ada"' in await answer(reader)
        side._free_since = side.loop.time() - side.timeout_keep_alive
        side.timeout_keep_alive_handler()
        assert await reader.read() == b""


@pytest.mark.parametrize("more", [b"", b"?"])
async def test_a_request_counts_until_it_is_answered_or_its_client_has_gone(
    more: bytes,
) -> None:
    """On both ways: what waits is under way, and leaves room when nobody waits."""
    bank = Bank()
    app = application(bank, ServerSettings(requests=1, watch_after=0.0))
    crowding = bank.pipeline.crowding
    query = b"query($id: ID!) { customer(id: $id) { name } }"
    body = b'{"query": "%s", "variables": {"id": "%s"}}'
    async with connected(app) as (reader, writer, sides), asyncio.timeout(60):
        writer.write(post(body % (query, b"42")))
        assert b'"Ada"' in await answer(reader)
        slow = post(body % (query, b"slow"))
        writer.write(slow.replace(b"/graphql ", b"/graphql%s " % more))
        while not bank.ledger.slow:  # noqa: ASYNC110 - the ledger tells threads alone
            await asyncio.sleep(0)
        assert crowding.now == 1
        async with connected(app) as (others, other, _):
            other.write(post(GOOD))
            assert b"OVERLOADED" in await answer(others)
        sides[0].transport.abort()
        while crowding.now:  # noqa: ASYNC110 - it is a number
            await asyncio.sleep(0)
    assert bank.ledger.cancelled.is_set()
