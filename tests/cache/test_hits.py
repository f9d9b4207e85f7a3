"""Fresh replies at hand answer requests: without a call or task, and unchanged."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from gateway.app import Gateway, build_gateway
from gateway.cache.base import step_tag
from gateway.cache.codec import Record, decode, encode
from gateway.cache.memory import MemoryCache
from gateway.clock import SystemClock
from gateway.request.model import Asking, RequestContext
from gateway.telemetry.events import unobserved
from gateway.testing import HostileUpstream, hostile

FILES = {
    "schema/shops.graphql": """
type Query { shops(city: ID!): [Shop!]!, stock: JSON, both: [Shop!]! }
type Shop { id: ID!, name: String, price: Price, cents: Int }
type Price { id: ID!, amount: Int, currency: String, notes: [String] }
scalar JSON
""",
    "profiles/shops.yaml": """
language: 1
operation: shops
steps:
  - { name: list, endpoint: "/shops/{city}", cache: { ttl: 1h } }
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
    "profiles/both.yaml": """
language: 1
operation: both
steps:
  - { name: one, endpoint: /left, cache: { ttl: 1h } }
  - { name: two, endpoint: /right, cache: { ttl: 1h } }
aggregation: { strategy: concat, by: id }
""",
}
SHOPS = """{ shops(city: 7) { id name
  price { amount currency notes } again: price { id amount } } }"""


@dataclass
class Clock:
    """The machine's, with a time of day that a test moves."""

    ahead: timedelta = timedelta(0)

    def now(self) -> float:
        return SystemClock().now()

    def wall(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@asynccontextmanager
async def gateway(
    folder: Path, upstream: HostileUpstream, clock: Clock
) -> AsyncIterator[Gateway]:
    """A gateway with its own memory, without a socket of its own."""
    for name, text in FILES.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    config = folder / "headwater.yaml"
    config.write_text(f"sources: {{ default: {{ url: '{upstream.url}' }} }}\n")
    made = build_gateway([config], {}, observe=unobserved, clock=clock)
    async with made.serving():
        yield made


async def ask(one: Gateway, query: str) -> object:
    request = RequestContext("r", SystemClock().now(), datetime.now(UTC))
    answer = await one.pipeline.answer(one.current, Asking(query), request)
    assert not answer.errors
    return answer.data


@contextmanager
def tasks_made() -> Iterator[list[str]]:
    """The tasks that are begun meanwhile."""
    loop, made = asyncio.get_running_loop(), list[str]()

    def factory(
        loop: asyncio.AbstractEventLoop, coroutine: Coroutine[Any, Any, Any], **_: Any
    ) -> asyncio.Task[Any]:
        made.append(coroutine.__qualname__)
        return asyncio.Task(coroutine, loop=loop)

    loop.set_task_factory(factory)
    try:
        yield made
    finally:
        loop.set_task_factory(None)


async def test_a_reply_at_hand_begins_no_task(tmp_path: Path) -> None:
    """Nor does the request: it is answered in the turn in which it came."""
    async with HostileUpstream() as upstream:
        upstream.script("/stock", hostile.answers({"n": 5}))
        async with gateway(tmp_path, upstream, Clock()) as one:
            for _ in range(2):
                await ask(one, "{ stock }")
            before = asyncio.all_tasks()
            with tasks_made() as made:
                answers = [await ask(one, "{ stock }") for _ in range(100)]
            assert answers == [{"stock": {"n": 5}}] * 100
            assert made == []
            assert asyncio.all_tasks() == before
        assert len(upstream.asked("/stock")) == 1


async def test_a_thousand_equal_requests_at_one_time_are_one_call(
    tmp_path: Path,
) -> None:
    """While it is on its way, and when what it brought is kept: one after the first."""
    async with HostileUpstream() as upstream:
        upstream.script("/stock", hostile.answers({"n": 5}))
        async with gateway(tmp_path, upstream, Clock()) as one:
            await ask(one, "{ stock }")  # its document is known from now on
            await one.current.cache.invalidate(tags=[step_tag("stock", "count")])
            for _ in range(3):
                asked = [ask(one, "{ stock }") for _ in range(1_000)]
                assert await asyncio.gather(*asked) == [{"stock": {"n": 5}}] * 1_000
        assert len(upstream.asked("/stock")) == 2


async def test_a_reload_that_shortens_the_time_counts_for_what_is_at_hand(
    tmp_path: Path,
) -> None:
    """It is the rule of today that says how old an answer may be."""
    clock = Clock()
    async with HostileUpstream() as upstream:
        upstream.script("/stock", hostile.answers({"n": 5}), hostile.answers({"n": 6}))
        async with gateway(tmp_path, upstream, clock) as one:
            clock.ahead = timedelta(0)
            for _ in range(2):
                assert await ask(one, "{ stock }") == {"stock": {"n": 5}}
            clock.ahead = timedelta(seconds=60)
            assert await ask(one, "{ stock }") == {"stock": {"n": 5}}
            shorter = FILES["profiles/stock.yaml"].replace("1h", "10s")
            (tmp_path / "profiles/stock.yaml").write_text(shorter)
            assert await one.reload()
            assert await ask(one, "{ stock }") == {"stock": {"n": 6}}
        assert len(upstream.asked("/stock")) == 2


async def test_what_is_invalidated_is_asked_for_again(tmp_path: Path) -> None:
    """However often it was given before."""
    async with HostileUpstream() as upstream:
        upstream.script("/stock", hostile.answers({"n": 5}), hostile.answers({"n": 6}))
        async with gateway(tmp_path, upstream, Clock()) as one:
            for _ in range(3):
                assert await ask(one, "{ stock }") == {"stock": {"n": 5}}
            tag = step_tag("stock", "count")
            assert await one.current.cache.invalidate(tags=[tag]) == 1
            for _ in range(3):
                assert await ask(one, "{ stock }") == {"stock": {"n": 6}}
        assert len(upstream.asked("/stock")) == 2


async def test_requests_that_share_replies_leave_them_as_they_were(
    tmp_path: Path,
) -> None:
    """Rows found by identity, merged objects, batches: each reads and none writes."""
    shops = [{"id": str(n % 3), "name": "Ada", "more": {"a": [1]}} for n in range(6)]
    prices = [
        {"id": str(n), "amount": n, "currency": "EUR", "notes": ["x"]} for n in range(3)
    ]
    async with HostileUpstream() as upstream:
        upstream.script("/shops/7", hostile.answers(shops))
        upstream.script("/prices", hostile.answers(prices))
        upstream.script("/stock", hostile.answers({"n": 5, "of": {"a": 1}}))
        upstream.script("/left", hostile.answers(shops[:2]))
        upstream.script("/right", hostile.answers([{"id": "1", "cents": 5}]))
        async with gateway(tmp_path, upstream, Clock()) as one:
            queries = [
                SHOPS,
                "{ stock }",
                "{ both { id name cents price { amount } } }",
            ]
            first = [await ask(one, query) for query in queries]
            for _ in range(3):
                asked = [ask(one, query) for query in queries * 5]
                assert await asyncio.gather(*asked) == first * 5
            assert unchanged(one.current.cache) == 7
        paths = ("/shops/7", "/prices", "/stock", "/left", "/right")
        assert [len(upstream.asked(path)) for path in paths] == [1] * 5


def unchanged(store: object) -> int:
    """How many copies are at hand; each is what the store holds as bytes."""
    assert isinstance(store, MemoryCache)
    copies = store._near._copies.values()
    for copy in copies:
        raw = store._replies._cache[copy.text]
        kept = decode(raw)
        assert kept is not None
        assert encode(Record(copy.entry, kept.since)) == raw
    return len(copies)
