"""A second call beside a slow one: when there is one, who wins, what it costs."""

from __future__ import annotations

import asyncio

import pytest

from gateway.clock import LoopClock
from gateway.connectors.base import Call, Reply
from gateway.errors import Code, ErrorClass
from gateway.execution.engine import Engine
from gateway.execution.guards.breaker import BreakerRule, Breakers
from gateway.execution.guards.bulkhead import Bulkhead, RetryBudget
from gateway.execution.guards.latency import ENOUGH
from gateway.execution.model import Failed, Failure, Ok
from gateway.execution.upstream import Upstream
from gateway.profile.model import Hedge, Retry
from gateway.record import replace
from gateway.telemetry.events import AttemptFailed
from gateway.testing import ScriptedSource, answers, fails, hangs
from gateway.testing.source import Behaviour
from tests.kit import Ran, node, plan_of, request

SOON = Hedge(after=0.1)


def upstream(*script: Behaviour, **keys: object) -> Upstream:
    """A source whose calls of step ``a`` go by a script."""
    given: dict[str, object] = {"bulkhead": Bulkhead(8), "jitter": lambda: 0.0, **keys}
    source = ScriptedSource({"a": script})
    return Upstream("s", source, **given)  # type: ignore[arg-type]


async def ask(source: Upstream, **keys: object) -> Ran:
    """One request of one step that has a second call after 100 ms."""
    events: list[object] = []
    engine = Engine({"s": source}, LoopClock(), events.append)
    given = {"hedge": SOON, "origin": "customer", **keys}
    plan = plan_of(node("a", **given))
    reader = await engine.execute(plan, request(), {})
    return Ran(reader, source.source, events)  # type: ignore[arg-type]


def told(ran: Ran) -> list[tuple[int, str, bool, float | None]]:
    """Attempts that failed: number, class, whether the second one, what follows."""
    return [
        (e.attempt, e.kind, e.hedged, e.next_in)
        for e in ran.events
        if isinstance(e, AttemptFailed)
    ]


async def test_the_loser_is_cancelled_and_gives_back_its_slot() -> None:
    """The first is hung: the second answers, and nothing of the first is left."""
    source = upstream(hangs(), answers("quick", after=0.05))
    ran = await ask(source)
    await asyncio.sleep(0)
    assert ran["a"] == Ok("quick")
    assert ran.ended("a") == pytest.approx(0.15)
    assert (ran.source.counts, ran.source.cancelled) == ({"a": 2}, ["a"])
    assert (ran.source.running, source.bulkhead.running) == (0, 0)
    assert [t.attempts for t in ran.store.timings.values()] == [2]


async def test_a_second_call_that_loses_is_cancelled_too() -> None:
    """The first one may be the quicker still."""
    source = upstream(answers("first", after=0.2), hangs())
    ran = await ask(source)
    await asyncio.sleep(0)
    assert (ran["a"], ran.ended("a")) == (Ok("first"), 0.2)
    assert (ran.source.cancelled, source.bulkhead.running) == (["a"], 0)
    assert told(ran) == []


async def test_a_second_call_asks_for_the_same() -> None:
    """Call, inputs and the end of its time are those of the first."""
    source = upstream(hangs(), answers("x"))
    ran = await ask(source)
    first, second = ran.source.calls
    assert second._replace(deadline=first.deadline) == first
    assert second.deadline == first.deadline


async def test_nothing_is_asked_twice_of_what_answers_in_time() -> None:
    """Nor is a timer left that would do so later."""
    source = upstream(answers("x", after=0.09))
    ran = await ask(source)
    await asyncio.sleep(1.0)
    assert (ran["a"], ran.source.counts) == (Ok("x"), {"a": 1})


async def test_the_time_begins_when_the_call_is_sent() -> None:
    """What waits for its slot is not slow."""
    busy = upstream(answers("x", after=0.05), bulkhead=Bulkhead(1))
    async with busy.bulkhead.slot():
        asking = asyncio.create_task(ask(busy))
        await asyncio.sleep(0.5)
    ran = await asking
    assert (ran["a"], ran.source.counts) == (Ok("x"), {"a": 1})


async def test_it_takes_one_further_attempt_of_the_sources_budget() -> None:
    """Where none is left there is no second call, and the first is waited for."""
    budget = RetryBudget()
    budget.left = 1.0
    source = upstream(answers("slow", after=0.3), hangs(), budget=budget)
    assert (await ask(source)).source.counts == {"a": 2}
    ran = await ask(replace(source, source=ScriptedSource({"a": answers(1, after=1)})))
    assert (ran["a"], ran.source.counts) == (Ok(1), {"a": 1})
    assert budget.left == pytest.approx(0.4)


async def test_a_source_whose_calls_are_billed_has_none() -> None:
    """Whoever pays by the call pays once."""
    ran = await ask(upstream(answers("x", after=0.5), metered=True))
    assert (ran["a"], ran.source.counts) == (Ok("x"), {"a": 1})


async def test_no_second_call_waits_for_a_slot() -> None:
    """It would only be in the way of calls that are nobody's second."""
    source = upstream(answers("x", after=0.5), bulkhead=Bulkhead(1))
    ran = await ask(source)
    assert (ran["a"], ran.source.counts) == (Ok("x"), {"a": 1})


async def test_an_open_breaker_lets_no_second_call_through() -> None:
    """It opened while the first one was on its way."""
    breakers = Breakers(BreakerRule(0.5, 10.0, 1, 5.0))
    source = upstream(answers("x", after=0.5), breakers=breakers)
    breaker = breakers.of("")
    assert breaker is not None
    asking = asyncio.create_task(ask(source))
    await asyncio.sleep(0.05)
    breaker.opened = LoopClock().now()
    ran = await asking
    assert (ran["a"], ran.source.counts) == (Ok("x"), {"a": 1})


async def test_where_the_first_fails_the_second_is_waited_for() -> None:
    """And the failure is told to whoever looks for it, with nothing to follow."""
    source = upstream(fails(status=503, after=0.2), answers("x", after=0.3))
    ran = await ask(source)
    assert (ran["a"], ran.ended("a")) == (Ok("x"), 0.4)
    assert told(ran) == [(1, "status", False, None)]


async def test_where_the_second_fails_the_first_is_waited_for() -> None:
    """Half a second is better than an error."""
    source = upstream(answers("x", after=0.5), fails(ErrorClass.RESET))
    ran = await ask(source)
    assert (ran["a"], ran.ended("a")) == (Ok("x"), 0.5)
    assert told(ran) == [(2, "reset", True, None)]


async def test_where_both_fail_the_last_failure_is_told() -> None:
    """With both calls counted."""
    source = upstream(fails(status=503, after=0.2), fails(status=502, after=0.2))
    ran = await ask(source)
    assert ran["a"] == Failed(
        Failure(Code.UPSTREAM_STATUS, "The source answered with status 502.", 2, 502)
    )
    assert told(ran) == [(1, "status", False, None), (2, "status", True, None)]


async def test_an_answer_that_is_no_success_says_more_than_none() -> None:
    """It came first, and is what the step is judged by."""
    source = upstream(answers("WAIT", after=0.2), fails(ErrorClass.RESET, after=0.2))
    ran = await ask(
        source,
        success_if="response.body != 'WAIT'",
        retry=Retry(1, frozenset({"rejected"})),
    )
    rejected = Failure(Code.UPSTREAM_REJECTED, "The source's answer was not a success.")
    assert ran["a"] == Failed(replace(rejected, attempts=2))
    assert told(ran) == [(2, "reset", True, None), (1, "rejected", False, None)]


async def test_two_calls_are_one_attempt_of_a_retry() -> None:
    """And a further attempt may have a second call as well."""
    bad = fails(status=503, after=0.2)
    source = upstream(bad, bad, hangs(), answers("x"))
    ran = await ask(source, retry=Retry(2, frozenset({"5xx"})))
    assert (ran["a"], ran.source.counts) == (Ok("x"), {"a": 4})
    assert told(ran) == [(1, "status", False, None), (2, "status", True, 0.0)]


async def test_both_end_with_the_time_of_the_attempt() -> None:
    """A second call gets no time of its own: `timeout` holds for the two."""
    source = upstream(hangs(), hangs())
    ran = await ask(source, timeout=0.5)
    await asyncio.sleep(0)
    assert (ran.ended("a"), ran.source.running) == (0.5, 0)
    assert ran["a"] == Failed(
        Failure(Code.UPSTREAM_TIMEOUT, "No answer within 500 ms.", 2)
    )


async def test_whoever_leaves_takes_both_with_him() -> None:
    """A client that is gone leaves neither call nor slot behind."""
    source = upstream(hangs(), hangs())
    asking = asyncio.create_task(ask(source))
    await asyncio.sleep(0.2)
    scripted = source.source
    assert isinstance(scripted, ScriptedSource)
    assert (scripted.running, source.bulkhead.running) == (2, 2)
    asking.cancel()
    await asyncio.wait([asking])
    await asyncio.sleep(0.1)
    assert (scripted.running, source.bulkhead.running) == (0, 0)


async def test_a_percentile_is_that_of_the_endpoints_own_answers() -> None:
    """Unknown at first; then the time that most answers take."""
    source = upstream(answers("x", after=0.3))
    for _ in range(ENOUGH):
        assert (await ask(source, hedge=Hedge(percent=95))).source.counts["a"] > 0
    assert source.latencies.of("").percentile(95, LoopClock().now()) == pytest.approx(
        0.3
    )
    slow = replace(
        source, source=ScriptedSource({"a": [hangs(), answers("y", after=0.1)]})
    )
    began = LoopClock().now()
    ran = await ask(slow, hedge=Hedge(percent=95))
    assert (ran["a"], ran.source.counts) == (Ok("y"), {"a": 2})
    assert LoopClock().now() - began == pytest.approx(0.4)


async def test_what_was_given_up_counts_as_slow() -> None:
    """Else a percentile would sink with each slow call that lost."""
    source = upstream(hangs(), answers("x", after=0.2))
    await ask(source)
    await asyncio.sleep(0)
    times = source.latencies.of("")
    for _ in range(ENOUGH - 2):
        times.add(0.0, LoopClock().now())
    assert [times.percentile(p, LoopClock().now()) for p in (90, 95, 100)] == [
        0.0,
        pytest.approx(0.2),
        pytest.approx(0.3),
    ]


async def test_a_second_call_that_loses_says_nothing_of_time() -> None:
    """It was given up for being later, not for being slow."""
    source = upstream(answers("x", after=0.15), hangs())
    await ask(source)
    await asyncio.sleep(0)
    times = source.latencies.of("")
    for _ in range(ENOUGH - 1):
        times.add(9.0, LoopClock().now())
    assert times.percentile(5, LoopClock().now()) == pytest.approx(0.15)


async def test_failures_say_nothing_of_time() -> None:
    """A quick refusal makes no source quick."""
    source = upstream(fails(status=503))
    for _ in range(ENOUGH):
        await ask(source)
    assert source.latencies.of("").percentile(50, LoopClock().now()) is None


async def test_a_bug_of_one_side_hangs_nobody() -> None:
    """It comes out as it would without a second call."""

    async def explode(_call: Call[object]) -> Reply:
        await asyncio.sleep(0.2)
        raise ZeroDivisionError("boom")

    source = upstream(explode, hangs())
    ran = await ask(source)
    await asyncio.sleep(0)
    assert ran["a"] == Failed(Failure(Code.INTERNAL_SERVER_ERROR, "Internal error."))
    assert source.bulkhead.running == 0
