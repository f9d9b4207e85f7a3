"""What is invalidated while a call is on its way: nobody keeps or joins it after."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx

from gateway.app import Gateway, build_gateway
from gateway.cache.base import step_tag
from gateway.clock import SystemClock
from gateway.request.model import Asking, RequestContext
from gateway.schema.server import application
from gateway.schema.serving import ServerSettings
from gateway.testing import HostileUpstream, hostile

FILES = {
    "schema/shops.graphql": """
type Query { shops: [Shop!]!, stock: JSON }
type Shop { id: ID!, price: Price }
type Price { amount: Int }
scalar JSON
""",
    "profiles/shops.yaml": """
language: 1
operation: shops
steps:
  - { name: list, endpoint: /shops }
""",
    "profiles/Shop.yaml": """
language: 1
entity: Shop
steps:
  - name: price
    endpoint: /prices
    batch: { key: "${ self.id }", query: { ids: "${ keys }" }, by: id }
    cache: { ttl: 1h }
""",
    "profiles/stock.yaml": """
language: 1
operation: stock
steps:
  - { name: count, endpoint: /stock, cache: { ttl: 1h } }
aggregation: { strategy: first }
""",
}
PRICES = "{ shops { price { amount } } }"


@asynccontextmanager
async def gateway(folder: Path, upstream: HostileUpstream) -> AsyncIterator[Gateway]:
    """A gateway with its own memory, without a socket of its own."""
    for name, text in FILES.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    config = folder / "headwater.yaml"
    config.write_text(f"sources: {{ default: {{ url: '{upstream.url}' }} }}\n")
    made = build_gateway([config], {}, dev=True)
    async with made.serving():
        yield made


async def ask(one: Gateway, query: str) -> object:
    clock = SystemClock()
    request = RequestContext("r", clock.now(), datetime.now(UTC))
    return (await one.pipeline.answer(one.current, Asking(query), request)).data


async def until(happened: Callable[[], bool]) -> None:
    """Wait for what only sockets can bring about."""
    async with asyncio.timeout(60):
        while not happened():  # noqa: ASYNC110 - no event tells of it
            await asyncio.sleep(0)


def most_waiters(one: Gateway) -> int:
    """How many wait for the call in the air that most wait for."""
    flights = one.pipeline.commons.in_flight._calls.values()
    return max((len(flight._heard) for flight in flights), default=0)


def prices(amount: int) -> object:
    return {"shops": [{"price": {"amount": amount}}]}


async def test_the_rows_of_a_call_that_was_joined_are_as_old_as_the_call(
    tmp_path: Path,
) -> None:
    """Who joins a call after an invalidation must not keep what was read before it."""
    released = asyncio.Event()
    async with HostileUpstream() as upstream:
        old = hostile.answers([{"id": "1", "amount": 5}])
        new = hostile.answers([{"id": "1", "amount": 6}])
        upstream.script("/shops", hostile.answers([{"id": "1"}]))
        upstream.script("/prices", hostile.waits(released, old), new)
        async with gateway(tmp_path, upstream) as one:
            first = asyncio.create_task(ask(one, PRICES))
            await until(lambda: len(upstream.asked("/prices")) == 1)
            await one.current.cache.invalidate(tags=[step_tag("Shop", "price")])
            joined = asyncio.create_task(ask(one, PRICES))
            await until(lambda: most_waiters(one) == 2)
            released.set()
            assert [await first, await joined] == [prices(5)] * 2
            assert await ask(one, PRICES) == prices(6)
        assert len(upstream.asked("/prices")) == 2


async def test_who_asks_after_an_invalidation_joins_no_call_from_before_it(
    tmp_path: Path,
) -> None:
    """What was changed is seen by whoever was told that the old answer is gone."""
    released = asyncio.Event()
    async with HostileUpstream() as upstream:
        old = hostile.waits(released, hostile.answers({"n": 5}))
        upstream.script("/stock", old, hostile.answers({"n": 6}))
        async with gateway(tmp_path, upstream) as one:
            before = asyncio.create_task(ask(one, "{ stock }"))
            await until(lambda: len(upstream.asked("/stock")) == 1)
            transport = httpx.ASGITransport(application(one, ServerSettings()))
            async with httpx.AsyncClient(transport=transport) as client:
                gone = await client.post(
                    "http://h/-/cache/invalidate", json={"operation": "stock"}
                )
            assert (gone.status_code, gone.json()) == (200, {"invalidated": 0})
            async with asyncio.timeout(60):
                assert await ask(one, "{ stock }") == {"stock": {"n": 6}}
            released.set()
            assert await before == {"stock": {"n": 5}}
            assert await ask(one, "{ stock }") == {"stock": {"n": 6}}
        assert len(upstream.asked("/stock")) == 2
