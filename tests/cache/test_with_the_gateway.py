"""Whole gateways over real sockets: what one keeps in Redis another gives."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from gateway.app import Gateway, build_gateway
from gateway.cache.base import step_tag
from gateway.clock import SystemClock
from gateway.request.model import Asking, RequestContext
from gateway.telemetry.events import CacheFound, CacheLost, Event
from gateway.testing import HostileUpstream, hostile
from tests.redis_server import RedisServer

PRICE = """
language: 1
operation: price
args: { id: ID! }
steps:
  - { name: amount, endpoint: "/prices/{id}", cache: { ttl: 1h } }
"""
ASKED = '{ price(id: "7") { amount } }'


@asynccontextmanager
async def gateway(
    folder: Path, upstream: HostileUpstream, redis: RedisServer, events: list[Event]
) -> AsyncIterator[Gateway]:
    """One process's gateway, as `serve` would run it, without a socket of its own."""
    for name in ("profiles", "schema"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / "profiles/price.yaml").write_text(PRICE)
    (folder / "headwater.yaml").write_text(
        f"sources: {{ default: {{ url: '{upstream.url}' }} }}\n"
        f"cache: {{ url: '{redis.url}' }}\n"
    )
    made = build_gateway([folder / "headwater.yaml"], {}, observe=events.append)
    async with made.serving():
        yield made


async def ask(one: Gateway, tenant: str | None = None) -> object:
    clock = SystemClock()
    request = RequestContext("r", clock.now(), datetime.now(UTC), tenant=tenant)
    return (await one.pipeline.answer(one.current, Asking(ASKED), request)).data


async def test_what_one_process_keeps_another_gives(
    tmp_path: Path, redis_server: RedisServer
) -> None:
    """One call for both; another tenant's is a call of its own."""
    events: list[Event] = []
    async with HostileUpstream() as upstream:
        upstream.script("/prices/7", hostile.answers(5), hostile.answers(6))
        async with (
            gateway(tmp_path / "a", upstream, redis_server, events) as first,
            gateway(tmp_path / "b", upstream, redis_server, events) as second,
        ):
            assert await ask(first) == {"price": {"amount": 5}}
            assert await ask(second) == {"price": {"amount": 5}}
            assert await ask(second, "acme") == {"price": {"amount": 6}}
        assert len(upstream.asked("/prices/7")) == 2


async def test_what_one_process_invalidates_no_other_gives(
    tmp_path: Path, redis_server: RedisServer
) -> None:
    """By the tag that every entry of a step has."""
    events: list[Event] = []
    async with HostileUpstream() as upstream:
        upstream.script("/prices/7", hostile.answers(5), hostile.answers(6))
        async with (
            gateway(tmp_path / "a", upstream, redis_server, events) as first,
            gateway(tmp_path / "b", upstream, redis_server, events) as second,
        ):
            await ask(first)
            tag = step_tag("price", "amount")
            assert await second.current.cache.invalidate(tags=[tag]) == 1
            assert await ask(first) == {"price": {"amount": 6}}


async def test_without_redis_every_call_is_made_and_one_line_says_so(
    tmp_path: Path, redis_server: RedisServer
) -> None:
    """No request fails by it, and none waits for it again and again."""
    events: list[Event] = []
    async with HostileUpstream() as upstream:
        upstream.script("/prices/7", hostile.answers(5))
        async with gateway(tmp_path / "a", upstream, redis_server, events) as one:
            await ask(one)
            redis_server.kill()
            for _ in range(3):
                assert await ask(one) == {"price": {"amount": 5}}
        assert len(upstream.asked("/prices/7")) == 4
    told = [e for e in events if isinstance(e, CacheLost | CacheFound)]
    assert [type(e) for e in told] == [CacheLost]
