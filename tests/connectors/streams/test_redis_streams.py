"""Listening to a real Redis: channels, patterns, and streams that it keeps."""

from __future__ import annotations

from collections.abc import Awaitable, Iterator

import pytest
from redis.asyncio import Redis

from gateway.connectors.base import Call
from gateway.connectors.redis.source import RedisSource
from gateway.connectors.settings import RedisSettings
from gateway.connectors.streams.target import Named, StreamTarget, Way
from gateway.testing.contract.subject import call_of
from tests.connectors.streams.contract import Heard, StreamContract
from tests.redis_server import RedisServer, a_redis_server

PASSWORD = "hunter2"


@pytest.fixture(scope="module")
def redis() -> Iterator[RedisServer]:
    """One server for all tests here; each listens to something of its own."""
    with a_redis_server() as server:
        server.ask("ACL", "SETUSER", "ear", "on", f">{PASSWORD}", "~*", "&*", "+@all")
        yield server


def _listens(way: Way, name: object, **inputs: str) -> Call[StreamTarget]:
    return call_of(StreamTarget(Named(way, name), way == "stream"), inputs)


class _Redis(StreamContract):
    way: Way
    name: str
    said: tuple[str, ...]

    @pytest.fixture
    async def heard(self, redis: RedisServer) -> Heard:
        own = redis.url.replace("//", f"//ear:{PASSWORD}@")
        return Heard(
            open=lambda: RedisSource(RedisSettings(own)),
            call=_listens(self.way, self.name),
            say=lambda content: _asked(redis, *self.said, content),
            dead=lambda: RedisSource(
                RedisSettings(f"redis://ear:{PASSWORD}@127.0.0.1:9/0")
            ),
            stranger=lambda: RedisSource(RedisSettings(own.replace("r2@", "r3@"))),
            listeners=lambda: _listeners(redis),
            cut=lambda: _asked(redis, "CLIENT", "KILL", "USER", "ear"),
            keeps=self.way == "stream",
            body=self.body,
            secrets=(PASSWORD, "hunter3"),
        )

    def body(self, said: object) -> object:
        return said


class TestChannel(_Redis):
    """SUBSCRIBE."""

    way, name, said = "channel", "payments:42", ("PUBLISH", "payments:42")


class TestPattern(_Redis):
    """PSUBSCRIBE."""

    way, name, said = "pattern", "cards:*", ("PUBLISH", "cards:7")


class TestStream(_Redis):
    """XREAD: entries are maps of text."""

    way, name, said = "stream", "orders", ("XADD", "orders", "*", "what")

    def body(self, said: object) -> object:
        return {
            "what": f'{{"number": {said["number"]}}}'
            if "number" in said
            else '{"a": 1}'
        }  # type: ignore[index,operator]


async def _asked(server: RedisServer, *words: str | bytes) -> object:
    client = Redis.from_url(server.url)
    found: Awaitable[object] = client.execute_command(*words)
    try:
        return await found
    finally:
        await client.aclose()


async def _listeners(server: RedisServer) -> int:
    clients = await _asked(server, "CLIENT", "LIST")
    return str(clients).count("user=ear")
