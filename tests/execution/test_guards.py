"""What protects a source from us."""

from __future__ import annotations

import asyncio

from gateway.clock import LoopClock
from gateway.errors import Code
from gateway.execution.engine import Engine
from gateway.execution.guards.bulkhead import Bulkhead, RetryBudget
from gateway.execution.model import Failed, Failure, Ok
from gateway.execution.upstream import Upstream
from gateway.profile.model import Retry
from gateway.record import replace
from gateway.telemetry.events import unobserved
from gateway.testing import ScriptedSource, answers, fails, waits
from tests.kit import instance, node, plan_of, request

OVERLOADED = Failure(
    Code.UPSTREAM_OVERLOADED, "Too many calls wait for the source already."
)
STUBBORN = Retry(5, frozenset({"5xx"}))


async def _ask(upstream: Upstream, **keys: object) -> Ok | Failed:
    """One request with one step of the source."""
    engine = Engine({"s": upstream}, LoopClock(), unobserved)
    reader = await engine.execute(plan_of(node("a", **keys)), request(), {})
    came = reader.store[instance("a")]
    assert isinstance(came, Ok | Failed)
    return came


async def test_who_finds_no_slot_and_no_place_to_wait_is_told_at_once() -> None:
    """One is served, one waits, the third is not asked; and then there is room."""
    released = asyncio.Event()
    source = ScriptedSource({"a": waits(released, "served")})
    upstream = Upstream("s", source, Bulkhead(1, queue=1))
    first, second = (asyncio.create_task(_ask(upstream)) for _ in range(2))
    await asyncio.sleep(1)
    assert await _ask(upstream) == Failed(OVERLOADED)
    released.set()
    assert [await first, await second, await _ask(upstream)] == [Ok("served")] * 3
    assert len(source.calls) == 3
    assert source.most_running == 1


async def test_who_gives_up_waiting_frees_the_place() -> None:
    """A timeout in the queue is no call, and leaves nothing behind."""
    released = asyncio.Event()
    upstream = Upstream(
        "s", ScriptedSource({"a": waits(released)}), Bulkhead(1, queue=1)
    )
    first = asyncio.create_task(_ask(upstream))
    await asyncio.sleep(1)
    late = await _ask(upstream, timeout=0.1)
    message = "No answer within 100 ms."
    assert late == Failed(Failure(Code.UPSTREAM_TIMEOUT, message, attempts=0))
    assert upstream.bulkhead.waiting == 0
    released.set()
    assert await first == Ok(None)


async def test_a_dead_source_sees_a_fifth_more_than_the_calls_and_ten() -> None:
    """However often its steps would ask again: 1.2 x calls + 10."""
    source = ScriptedSource({"a": fails(status=503)})
    upstream = Upstream("s", source, Bulkhead(64))
    for _ in range(100):
        await _ask(upstream, retry=STUBBORN)
    assert 120 < len(source.calls) <= 130


async def test_retries_count_every_attempt_that_was_sent() -> None:
    """The failure says how often it was tried."""
    upstream = Upstream("s", ScriptedSource({"a": fails(status=503)}), Bulkhead(1))
    came = await _ask(upstream, retry=STUBBORN)
    assert came == Failed(
        Failure(
            Code.UPSTREAM_STATUS,
            "The source answered with status 503.",
            attempts=5,
            status=503,
        )
    )


async def test_nobody_holds_a_slot_while_pausing() -> None:
    """Another call goes through between two attempts."""
    source = ScriptedSource({"a": [fails(status=503), answers("late")], "b": answers()})
    upstream = replace(Upstream("s", source, Bulkhead(1)), jitter=lambda: 1.0)
    engine = Engine({"s": upstream}, LoopClock(), unobserved)
    graph = node("a", retry=STUBBORN) & node("b")
    reader = await engine.execute(plan_of(graph), request(), {})
    assert [call.step for call in source.calls] == ["a", "b", "a"]
    assert reader.store[instance("a")] == Ok("late")


def test_a_budget_of_nothing_allows_nothing() -> None:
    """`retry_budget: 0%` turns retries off for a source."""
    budget = RetryBudget(0.0)
    budget.earn()
    assert not budget.take()


def test_a_budget_is_never_more_than_ten() -> None:
    """Quiet hours do not save up for a storm."""
    budget = RetryBudget()
    for _ in range(1_000):
        budget.earn()
    assert [budget.take() for _ in range(11)] == [True] * 10 + [False]
