"""The lean transport's connections, over real sockets."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

import pytest
import uvloop

from gateway.connectors.rest_request import Request
from gateway.connectors.transport.lean import Keeping, LeanTransport
from gateway.errors import ErrorClass, UpstreamError
from gateway.testing import HostileUpstream, hostile
from gateway.testing.hostile import Exchange, Misbehaviour

LIMIT = 1_000_000
LOOPS: dict[str, Callable[[], asyncio.AbstractEventLoop]] = {
    "asyncio": asyncio.new_event_loop,
    "uvloop": uvloop.new_event_loop,
}


@contextlib.asynccontextmanager
async def asking(
    behave: Misbehaviour,
    connections: int = 8,
    *,
    idle: float = 30.0,
    age: float = 300.0,
) -> AsyncIterator[tuple[HostileUpstream, LeanTransport]]:
    """A transport to an upstream; the pool is whole and empty afterwards."""
    async with HostileUpstream(behave) as server:
        transport = LeanTransport(server.url, Keeping(connections, idle, age))
        async with asyncio.timeout(60):  # what hangs fails
            yield server, transport
            await transport.close()
        assert repr(transport) == EMPTY


EMPTY = "<LeanTransport <Pool taken=0 idle=0 open=0 waiting=0>>"


def get(path: str = "/x", method: str = "GET") -> Request:
    return Request(method, path, {})


async def own_path(exchange: Exchange) -> None:
    """Which request it was."""
    await exchange.send(hostile.reply(exchange.asked.target))


async def ended(writer: asyncio.StreamWriter) -> None:
    """Close a server's connection and wait until its socket is."""
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


@pytest.fixture(params=LOOPS)
def runner(
    request: pytest.FixtureRequest,
) -> Callable[[Coroutine[Any, Any, None]], None]:
    """Runs a coroutine on each kind of loop that the gateway may run on."""

    def run(main: Coroutine[Any, Any, None]) -> None:
        with asyncio.Runner(loop_factory=LOOPS[str(request.param)]) as made:
            made.run(main)

    return run


async def test_the_newest_connection_is_used_first() -> None:
    """So that the others can grow old and go."""
    async with asking(own_path) as (server, transport):
        await asyncio.gather(*(transport.send(get(), LIMIT) for _ in range(4)))
        assert (server.connections, server.open) == (4, 4)
        for _ in range(10):
            await transport.send(get(), LIMIT)
        assert server.connections == 4
        newest = transport._pool._idle[-1]
        await transport.send(get(), LIMIT)
        assert transport._pool._idle[-1] is newest


async def test_who_waits_longest_is_next() -> None:
    """One connection, five callers: in the order they came, all on one connection."""
    async with asking(own_path, connections=1) as (server, transport):
        paths = [f"/{n}" for n in range(5)]
        calls = [transport.send(get(path), LIMIT) for path in paths]
        replies = await asyncio.gather(*calls)
        assert [one.target for one in server.requests] == paths
        assert [reply.content.decode() for reply in replies] == [
            f'"{path}"' for path in paths
        ]
        assert server.connections == 1


@pytest.mark.parametrize("gives", ["a connection", "a slot"])
async def test_a_turn_that_nobody_takes_is_the_next_ones(gives: str) -> None:
    """A caller that leaves while he waits, or at the very moment of his turn."""
    async with asking(own_path, connections=1) as (_, transport):
        pool = transport._pool
        held = await pool.acquired()
        leaving, late, last = [asyncio.create_task(pool.acquired()) for _ in range(3)]
        await asyncio.sleep(0)
        leaving.cancel()
        await asyncio.sleep(0)
        if gives == "a slot":
            pool.drop(held)
            held.abort()
        else:
            pool.release(held)
        late.cancel()
        assert (await last is held) == (gives == "a connection")
        ended = await asyncio.gather(leaving, late, return_exceptions=True)
        assert [type(end) for end in ended] == [asyncio.CancelledError] * 2
        assert repr(pool) == "<Pool taken=1 idle=0 open=1 waiting=0>"


@pytest.mark.parametrize("behave", [hostile.hangs(), hostile.hangs_in_body()])
async def test_a_call_that_is_given_up_closes_its_connection(
    behave: Misbehaviour,
) -> None:
    """At once, whether anything comes on it or not."""
    async with asking(behave) as (server, transport):
        task = asyncio.create_task(transport.send(get(), LIMIT))
        await server.until(lambda it: it.requests)
        task.cancel()
        await asyncio.wait([task])
        await server.until(lambda it: it.abandoned)
        assert repr(transport) == EMPTY


async def test_a_stale_connection_is_tried_once_more_on_a_new_one() -> None:
    """Closed without a byte of the reply: nothing was done, as far as GET cares."""
    async with asking(own_path) as (server, transport):
        await transport.send(get(), LIMIT)
        server.script("/x", hostile.drops_kept(own_path))
        for method in ("GET", "HEAD", "PUT", "DELETE", "OPTIONS"):
            before = len(server.requests)
            came = await transport.send(get(method=method), LIMIT)
            assert (came.status, len(server.requests) - before) == (200, 2)
            if method == "HEAD":  # its connection is spent: the upstream sent a body
                await transport.send(get("/y"), LIMIT)


@pytest.mark.parametrize("method", ["POST", "PATCH"])
async def test_what_may_have_had_an_effect_is_not_tried_again(method: str) -> None:
    """Nobody knows how far the source came."""
    async with asking(own_path) as (server, transport):
        await transport.send(get(), LIMIT)
        server.script("/x", hostile.drops_kept(own_path))
        with pytest.raises(UpstreamError) as caught:
            await transport.send(get(method=method), LIMIT)
        assert (caught.value.kind, len(server.requests)) == (ErrorClass.RESET, 2)


@pytest.mark.parametrize(
    "behave", [hostile.closes(), hostile.resets(), hostile.closes(b"HTTP/1.1 2")]
)
async def test_a_new_connection_that_breaks_is_not_tried_again(
    behave: Misbehaviour,
) -> None:
    """Nor is one that has begun to answer: the source is in trouble, not its timer."""
    async with asking(behave) as (server, transport):
        with pytest.raises(UpstreamError) as caught:
            await transport.send(get(), LIMIT)
        assert (caught.value.kind, len(server.requests)) == (ErrorClass.RESET, 1)


async def test_a_kept_connection_that_begins_to_answer_is_not_tried_again() -> None:
    """A single byte tells that the request was taken."""
    async with asking(own_path) as (server, transport):
        await transport.send(get(), LIMIT)
        server.script("/x", hostile.closes(b"H"))
        with pytest.raises(UpstreamError):
            await transport.send(get(), LIMIT)
        assert len(server.requests) == 2


async def test_an_idle_connection_that_says_something_is_closed() -> None:
    """Nobody asked, so nobody may get it for an answer."""
    go = asyncio.Event()

    async def speaks_up(exchange: Exchange) -> None:
        await own_path(exchange)
        await go.wait()
        await exchange.send(hostile.reply("stolen"))

    async with asking(speaks_up) as (server, transport):
        await transport.send(get("/1"), LIMIT)
        go.set()
        await server.until(lambda it: not it.open)
        assert (await transport.send(get("/2"), LIMIT)).content == b'"/2"'
        assert server.connections == 2


@pytest.mark.parametrize(("idle", "age"), [(0.0, 300.0), (30.0, 0.0)])
async def test_an_old_connection_is_not_used_again(idle: float, age: float) -> None:
    """Idle for too long, or too old in all."""
    async with asking(own_path, idle=idle, age=age) as (server, transport):
        for _ in range(3):
            await transport.send(get(), LIMIT)
        assert server.connections == 3


async def test_an_idle_connection_is_closed_without_being_asked_for() -> None:
    """A source that nobody calls any more keeps no sockets."""
    async with asking(own_path, idle=0.001) as (server, transport):
        await transport.send(get(), LIMIT)
        await server.until(lambda it: not it.open)
        assert repr(transport) == EMPTY


async def test_the_sources_own_word_on_keeping_counts() -> None:
    """`keep-alive: timeout=0` is a connection for one call."""
    headers = {"keep-alive": "timeout=0, max=100"}
    async with asking(hostile.answers(1, headers=headers)) as (server, transport):
        for _ in range(3):
            await transport.send(get(), LIMIT)
        assert server.connections == 3


def test_a_thousand_cancels_leave_nothing(
    runner: Callable[[Coroutine[Any, Any, None]], None],
) -> None:
    """At every point of a call; afterwards each answer is one's own."""
    runner(_thousand_cancels())


async def _thousand_cancels() -> None:
    async def in_pieces(exchange: Exchange) -> None:
        wire = hostile.reply(exchange.asked.target)
        for piece in (wire[:9], wire[9:30], wire[30:]):
            await exchange.send(piece)
            await asyncio.sleep(0)

    async with asking(in_pieces, connections=16) as (server, transport):
        replies = 0
        for batch in range(25):
            tasks = [
                asyncio.create_task(transport.send(get(f"/{batch}/{n}"), LIMIT))
                for n in range(40)
            ]
            for task in tasks:
                task.cancel()
                await asyncio.sleep(0)
            for n, came in enumerate(
                await asyncio.gather(*tasks, return_exceptions=True)
            ):
                if not isinstance(came, BaseException):
                    replies += 1
                    assert came.content.decode() == f'"/{batch}/{n}"'
        assert replies < 1_000
        paths = [f"/good/{n}" for n in range(64)]
        good = await asyncio.gather(*(transport.send(get(p), LIMIT) for p in paths))
        assert [came.content.decode() for came in good] == [f'"{p}"' for p in paths]
        await server.until(lambda it: it.open <= 16)


def test_a_call_under_way_ends_with_its_transport(
    runner: Callable[[Coroutine[Any, Any, None]], None],
) -> None:
    """Closing waits for sockets, not for sources."""

    async def main() -> None:
        async with asking(hostile.hangs()) as (server, transport):
            under_way = asyncio.create_task(transport.send(get(), LIMIT))
            await server.until(lambda it: it.requests)
            await transport.close()
            with pytest.raises(UpstreamError) as caught:
                await under_way
            assert caught.value.kind is ErrorClass.RESET

    runner(main())


async def test_an_early_reply_to_a_large_request_ends_its_connection() -> None:
    """What is still on its way would be the next request's beginning."""

    async def refuse(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(hostile.reply("enough", 413))
        with contextlib.suppress(OSError):
            await writer.drain()
            while await reader.read(65_536):
                pass
        await ended(writer)

    server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    transport = LeanTransport(f"http://127.0.0.1:{port}", Keeping(1))
    large = Request("PUT", "/", {}, b"x" * 30_000_000)
    for _ in range(2):
        assert (await transport.send(large, LIMIT)).status == 413
        assert repr(transport).startswith("<LeanTransport <Pool taken=0 idle=0")
    await transport.close()
    server.close()
    await asyncio.gather(*(asyncio.all_tasks() - {asyncio.current_task()}))
