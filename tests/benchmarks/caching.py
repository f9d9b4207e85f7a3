"""What a kept reply costs: the look-up alone, and a step that it answers.

Near is what is at hand in the process; far is the memory's bytes, or a Redis. Needs a
redis-server on the path for its two lines.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from datetime import UTC, datetime
from typing import Any

import uvloop

from gateway.cache.base import CallKey, ReplyCache
from gateway.cache.memory import MemoryCache
from gateway.cache.shared import NearBy, SharedCache
from gateway.clock import Deadline, SystemClock
from gateway.connectors.base import Call, Reply, Wire
from gateway.execution.attempt import Prepared, Tally
from gateway.execution.calls.asked import Flights
from gateway.execution.calls.caching import Abroad, Commons, filed
from gateway.execution.calls.sending import Sending
from gateway.execution.guards.bulkhead import Bulkhead
from gateway.execution.upstream import Upstream
from gateway.profile.model import CacheRule, Sharing
from gateway.record import replace
from gateway.request.model import RequestContext
from gateway.telemetry.events import unobserved
from tests.benchmarks.guards import BARE, AtHand
from tests.redis_server import RedisServer

KEYS = 500
ROUNDS = 15
NEAR = NearBy(8_000_000, 10.0)
BODY = {
    "id": "42",
    "name": "Ada",
    "accounts": [{"id": n, "sum": 1.5} for n in range(5)],
}
STEP = replace(
    BARE, name="customer", share=Sharing.ALL, cache=CacheRule(ttl=3600.0), origin="c360"
)
CLOCK = SystemClock()
REQUEST = RequestContext("r", CLOCK.now(), datetime.now(UTC), tenant="acme")


class Numbered(AtHand):
    """Each call is another, by its input."""

    def render(self, call: Call[Any]) -> Wire:
        url = f"/customers/{call.inputs['id']}"
        return Wire((("http://core", "GET", url, None), "a1" * 16, (None, None)))


def key_of(number: int) -> tuple[CallKey, tuple[str, ...]]:
    """Where the reply to one of the calls is kept."""
    call = Call("customer", None, {"id": number}, Deadline(0.0), {})
    found = filed(STEP, Numbered(Reply(None)).render(call), REQUEST, {})
    assert found is not None
    return found.key, found.tags


def asks(store: ReplyCache) -> Callable[[int], Awaitable[object]]:
    """A step's call, from what is prepared to what it comes to, by this store."""
    source = Numbered(Reply(BODY))
    upstreams = {"s": Upstream("s", source, Bulkhead(64))}
    abroad = Abroad(Commons(), store, nullcontext())

    async def ask(number: int) -> object:
        sending = Sending(REQUEST, {}, upstreams, Flights(), CLOCK, abroad)
        prepared = Prepared({"id": number}, {})
        until = Deadline.after(5.0, CLOCK)
        return await sending.send(STEP, prepared, until, Tally(CLOCK.now()))

    return ask


async def least(
    ask: Callable[[int], Awaitable[object]], before: Callable[[], None]
) -> float:
    """CPU microseconds of one, the least of some rounds; `before` each round."""
    found = float("inf")
    for _ in range(ROUNDS):
        before()
        began = time.process_time()
        for number in range(KEYS):
            await ask(number)
        found = min(found, (time.process_time() - began) / KEYS)
    return found * 1e6


def nothing() -> None:
    """Before a round of what is at hand."""


async def of(name: str, store: MemoryCache | SharedCache) -> None:
    """Print what a hit costs, near and far."""
    ask = asks(store)
    for _ in range(2):
        await least(ask, nothing)
    print(f"{'a step, near, ' + name:<34}{await least(ask, nothing):>8.1f} us")
    far = await least(ask, store._near.clear)
    print(f"{'a step, far, ' + name:<34}{far:>8.1f} us")
    await store.close()


def look_up(store: ReplyCache) -> float:
    """CPU microseconds of finding what is at hand, the least of some rounds."""
    keys, found = [key_of(number) for number in range(KEYS)], float("inf")
    for _ in range(ROUNDS * 10):
        began = time.process_time()
        for key, tags in keys:
            store.near(key, tags)
        found = min(found, (time.process_time() - began) / KEYS)
    return found * 1e6


async def main() -> None:
    """Print CPU microseconds of our process."""
    called = await least(asks(MemoryCache(1, CLOCK)), nothing)
    print(f"{'a step, nothing kept':<34}{called:>8.1f} us")
    memory = MemoryCache(64_000_000, CLOCK)
    ask = asks(memory)
    for _ in range(2):
        await least(ask, nothing)
    print(f"{'the look-up alone, near':<34}{look_up(memory):>8.2f} us")
    await of("memory", memory)
    program = shutil.which("redis-server")
    if program is None:
        return
    server = RedisServer(program)
    server.start()
    try:
        await of("Redis", SharedCache(server.url, CLOCK, unobserved, NEAR))
    finally:
        server.kill()


if __name__ == "__main__":
    uvloop.run(main())
