"""What protects a call costs where nothing goes wrong: one step, a source at hand."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from gateway.clock import Deadline, SystemClock
from gateway.connectors.base import Call, Reply, Wire
from gateway.execution.attempt import Prepared, Tally
from gateway.execution.calls.asked import Flights
from gateway.execution.calls.sending import Sending
from gateway.execution.guards.breaker import BreakerRule, Breakers, Outcome
from gateway.execution.guards.bulkhead import Bulkhead, RetryBudget
from gateway.execution.guards.latency import ENOUGH, SAMPLE, Latencies
from gateway.execution.upstream import Upstream
from gateway.profile.model import Hedge, Instead, Reads, Retry, Sharing, Step
from gateway.record import replace
from gateway.request.model import RequestContext
from gateway.values import NOWHERE

ROUNDS = 9
TIMES = 4_000
RETRY = Retry(3, frozenset({"timeout", "connect", "reset", "5xx"}))
BARE = Step(
    name="a",
    type="api",
    source="s",
    target="target",
    inputs={},
    reads=Reads(),
    span=NOWHERE,
    timeout=5.0,
    share=Sharing.NONE,
    endpoint="GET /a",
)
KINDS = {
    "no guards asked for": BARE,
    "retry": replace(BARE, retry=RETRY),
    "retry.with": replace(
        BARE, retry=replace(RETRY, instead=Instead("s", "other", {}, "GET /b"))
    ),
    "on_late: skip": replace(BARE, skips_late=True),
    "hedge: { after: 1s }": replace(BARE, hedge=Hedge(after=1.0)),
    "hedge: { after: p95 }": replace(BARE, hedge=Hedge(percent=95.0)),
}


@dataclass(slots=True)
class AtHand:
    """A source that answers without waiting, so that all time is the gateway's."""

    reply: Reply

    def render(self, _call: Call[Any]) -> Wire:
        return Wire("key")

    async def call(self, _call: Call[Any]) -> Reply:
        return self.reply

    def describe(self, _call: Call[Any]) -> dict[str, Any]:
        return {}

    async def close(self) -> None:
        """Nothing is open."""


async def main() -> None:
    """Print CPU microseconds of one call by what guards it, and of each guard."""
    source, clock = AtHand(Reply({"id": 1})), SystemClock()
    open_ = Upstream("s", source, Bulkhead(64))
    guarded = replace(open_, breakers=Breakers(BreakerRule()))
    flying = await _cost(lambda: asyncio.create_task(source.call(_call(clock))))
    print(f"{'a task that calls the source':<34}{flying:>7.1f} us")
    for name, step in KINDS.items():
        without = await _cost(_asks(step, open_))
        with_ = await _cost(_asks(step, guarded))
        print(f"{name:<34}{without:>7.1f} us{with_:>7.1f} us with a breaker")
    for name, piece in _pieces(clock).items():
        print(f"{name:<34}{await _cost(piece):>7.2f} us")


def _call(clock: SystemClock) -> Call[object]:
    return Call("a", "target", {}, Deadline.after(5.0, clock))


def _asks(step: Step, upstream: Upstream) -> Callable[[], Awaitable[object]]:
    """A request's only call."""
    clock = SystemClock()
    upstream = replace(upstream, latencies=Latencies())
    for _ in range(ENOUGH):
        upstream.latencies.of(step.endpoint).add(0.001, clock.now())
    request = RequestContext("r", clock.now(), datetime.now(UTC))
    sending = Sending(request, {}, {"s": upstream}, Flights(), clock)
    prepared = Prepared({}, {}, {})

    async def ask() -> None:
        deadline = Deadline.after(10.0, clock)
        await sending.send(step, prepared, deadline, Tally(clock.now()))

    return ask


def _pieces(clock: SystemClock) -> dict[str, Callable[[], Awaitable[object]]]:
    """What a call always goes through, each alone."""
    bulkhead, budget = Bulkhead(64), RetryBudget()
    breaker = Breakers(BreakerRule()).of("GET /a")
    times = Latencies().of("GET /a")
    for number in range(SAMPLE):
        times.add(number / 1_000, clock.now())
    assert breaker is not None, "it has a rule"

    async def slot() -> None:
        async with bulkhead.slot():
            pass

    async def earned() -> None:
        budget.earn()

    async def watched() -> None:
        now = clock.now()
        leave = breaker.decide(now)
        breaker.record(leave, Outcome.WORKS, now)

    async def timed() -> None:
        times.add(0.0645, clock.now())

    async def nothing() -> None:
        """What it costs to measure."""

    return {
        "a slot": slot,
        "the retry budget": earned,
        "a breaker": watched,
        "its time remembered": timed,
        "nothing": nothing,
    }


async def _cost(work: Callable[[], Awaitable[object]]) -> float:
    """CPU microseconds of one: the least of several rounds, others disturb only."""
    rounds = []
    for _ in range(ROUNDS):
        started = time.process_time()
        for _ in range(TIMES):
            await work()
        rounds.append((time.process_time() - started) / TIMES * 1e6)
    return min(rounds)


if __name__ == "__main__":
    asyncio.run(main())
