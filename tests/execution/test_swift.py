"""The short way of a call: no coroutine, and nothing that the long way would not do."""

from __future__ import annotations

import asyncio
import gc
from dataclasses import dataclass
from typing import Any

import pytest

from gateway.clock import LoopClock
from gateway.connectors.base import Call, Reply
from gateway.connectors.hearing import (
    GiveUp,
    Hearing,
    NeverArrivedError,
)
from gateway.errors import Code, ErrorClass, UpstreamError
from gateway.execution.engine import Engine
from gateway.execution.guards.breaker import BreakerRule, Breakers
from gateway.execution.guards.bulkhead import Bulkhead
from gateway.execution.model import Failed, Failure, Ok, StepResult
from gateway.execution.upstream import Upstream
from gateway.expression import template
from gateway.profile.model import Hedge, Retry
from gateway.record import replace
from gateway.telemetry.events import Crashed, Event
from tests.garbage import all_of, left_of
from tests.kit import instance, node, plan_of, request
from tests.sudden import BUSY, DOWN, NEVER, Sudden


@pytest.fixture(autouse=True, params=[False, True], ids=["swift", "dash"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Every rule here holds for calls with a runway and for those without."""
    monkeypatch.setattr(Sudden, "has_lanes", request.param)
    return bool(request.param)


@dataclass
class Ran:
    """What came of one step."""

    result: StepResult
    upstream: Upstream
    attempts: int
    events: list[Event]


async def run(source: Sudden, deadline: float = 10.0, **keys: object) -> Ran:
    """One request for the step ``a``."""
    return await ask(upstream_of(source), deadline, **keys)


def upstream_of(
    source: Sudden, limit: int = 64, rule: BreakerRule | None = None
) -> Upstream:
    return Upstream("s", source, Bulkhead(limit), breakers=Breakers(rule), jitter=_none)


def _none() -> float:
    return 0.0


async def ask(upstream: Upstream, deadline: float = 10.0, **keys: object) -> Ran:
    events: list[Event] = []
    plan = plan_of(node("a", **keys), deadline=deadline)
    engine = Engine({"s": upstream}, LoopClock(), events.append)
    reader = await engine.execute(plan, request(), {})
    timing = reader.store.timings[instance("a")]
    return Ran(reader.store[instance("a")], upstream, timing.attempts, events)


async def test_a_call_that_waits_for_nothing_makes_no_task(*, way: bool) -> None:
    """One attempt, heard of when it is there; its slot is free again."""
    source = Sudden([{"n": 1}], after=1.0)
    before = len(asyncio.all_tasks())
    ran = await run(source)
    assert (ran.result, ran.attempts) == (Ok({"n": 1}), 1)
    assert (source.begun, source.called, source.tasks) == (1, 0, before)
    assert source.dashed == way
    assert (ran.upstream.bulkhead.running, LoopClock().now()) == (0, 1.0)


async def test_without_a_free_connection_it_goes_the_long_way(*, way: bool) -> None:
    """Nothing has happened by the attempt to begin, in whichever way."""
    source = Sudden([BUSY, BUSY, BUSY, 5] if way else [BUSY, 5])
    ran = await run(source)
    assert (ran.result, ran.attempts) == (Ok(5), 1)
    assert (source.begun, source.called) == (0, 1)


async def test_what_failed_is_tried_again_the_long_way() -> None:
    """The first attempt counts, wherever it was made."""
    source = Sudden([DOWN, 5])
    ran = await run(source, retry=Retry(2, frozenset({"5xx"})))
    assert (ran.result, ran.attempts) == (Ok(5), 2)
    assert (source.begun, source.called) == (1, 1)
    assert ran.upstream.bulkhead.running == 0


async def test_a_header_that_a_request_cannot_fill_costs_one_step() -> None:
    """The source is not asked, and the reason is told: no bug of ours."""
    source = Sudden([1])
    headers = template({"x-user": "${ request.claims.sub.name }"})
    ran = await ask(replace(upstream_of(source), headers=headers))
    assert isinstance(ran.result, Failed)
    failure = ran.result.failure
    assert (failure.code, failure.detail) == (
        Code.UPSTREAM_REJECTED,
        "no such key: sub",
    )
    assert (source.begun, source.called) == (0, 0)
    assert not [event for event in ran.events if isinstance(event, Crashed)]


async def test_its_time_is_bounded_by_the_step() -> None:
    """Nobody waits for it any more, and its slot and connection are free."""
    source = Sudden([NEVER])
    ran = await run(source, timeout=2.0)
    assert ran.result == Failed(
        Failure(Code.UPSTREAM_TIMEOUT, "No answer within 2000 ms.", attempts=1)
    )
    assert (source.left, ran.upstream.bulkhead.running) == (1, 0)
    assert LoopClock().now() == 2.0


async def test_its_time_is_bounded_by_the_operation() -> None:
    """The deadline tells the call that was sent."""
    source = Sudden([NEVER])
    ran = await run(source, deadline=1.0)
    assert isinstance(ran.result, Failed)
    assert ran.result.failure.code is Code.DEADLINE_EXCEEDED
    assert ran.result.failure.attempts == 1
    assert (source.left, ran.upstream.bulkhead.running) == (1, 0)


async def test_a_client_that_has_gone_ends_it() -> None:
    """Cancelling the request frees what the call holds."""
    source = Sudden([NEVER])
    upstream = upstream_of(source)
    asked = asyncio.create_task(ask(upstream))
    await asyncio.sleep(0.5)
    assert upstream.bulkhead.running == 1
    asked.cancel()
    await asyncio.wait([asked])
    assert (source.left, upstream.bulkhead.running) == (1, 0)


async def test_an_answer_that_comes_after_the_end_is_nobodys() -> None:
    """It must not give the slot back twice."""
    source = Sudden([NEVER])
    ran = await run(source, deadline=1.0)
    source.hearings[0].came(Reply(1))
    source.hearings[0].failed(KeyError("late"))
    await asyncio.sleep(0)
    assert (source.left, ran.upstream.bulkhead.running) == (1, 0)


async def test_a_call_that_never_arrived_is_made_anew_and_counts_once() -> None:
    """The connection was closed already: no attempt of the step is lost by that."""
    source = Sudden([NeverArrivedError(), 5])
    ran = await run(source)
    assert (ran.result, ran.attempts) == (Ok(5), 1)
    assert (source.begun, source.called) == (1, 1)


async def test_a_call_that_never_arrived_gets_no_more_time_than_one() -> None:
    """It is the same attempt, by whichever connection or proof it is made."""
    ran = await run(Sudden([NeverArrivedError(), NEVER], after=3.0), timeout=4.0)
    assert isinstance(ran.result, Failed)
    assert ran.result.failure.code is Code.UPSTREAM_TIMEOUT
    assert (ran.attempts, LoopClock().now()) == (1, 4.0)


async def test_a_bug_of_ours_is_told_and_hangs_nobody() -> None:
    """The client sees a code, we see the error."""
    ran = await run(Sudden([KeyError("ours")]))
    assert isinstance(ran.result, Failed)
    assert ran.result.failure.code is Code.INTERNAL_SERVER_ERROR
    assert [type(e) for e in ran.events if isinstance(e, Crashed)] == [Crashed]
    assert ran.upstream.bulkhead.running == 0


async def test_an_open_breaker_lets_nothing_by() -> None:
    """It opened by calls of the short way, which count as all do."""
    source = Sudden([DOWN])
    upstream = upstream_of(source, rule=BreakerRule(min_calls=3))
    for _ in range(3):
        await ask(upstream)
    ran = await ask(upstream)
    assert isinstance(ran.result, Failed)
    assert ran.result.failure.code is Code.UPSTREAM_UNAVAILABLE
    assert (source.begun, source.called, ran.attempts) == (3, 0, 0)


async def test_who_finds_no_slot_waits_for_one() -> None:
    """In line, without a coroutine, and is sent at the moment that there is one."""
    source = Sudden([1], after=1.0)
    upstream = upstream_of(source, limit=1)
    came = await asyncio.gather(ask(upstream), ask(upstream))
    assert [ran.result for ran in came] == [Ok(1), Ok(1)]
    assert (source.begun, source.called, LoopClock().now()) == (2, 0, 2.0)
    assert (upstream.bulkhead.running, upstream.bulkhead.waiting) == (0, 0)


async def test_whose_time_is_up_in_line_was_never_sent() -> None:
    """It counts no attempt, and nobody waits for its slot any more."""
    source = Sudden([NEVER])
    upstream = upstream_of(source, limit=1)
    asked = asyncio.create_task(ask(upstream, timeout=5.0))
    await asyncio.sleep(1.0)
    late = await ask(upstream, timeout=2.0)
    assert isinstance(late.result, Failed)
    assert (late.result.failure.code, late.attempts) == (Code.UPSTREAM_TIMEOUT, 0)
    assert (source.begun, upstream.bulkhead.waiting, LoopClock().now()) == (1, 0, 3.0)
    await asked
    assert upstream.bulkhead.running == 0


async def test_who_leaves_the_line_takes_no_slot() -> None:
    """A client that has gone while its call waited leaves no trace."""
    source = Sudden([1], after=2.0)
    upstream = upstream_of(source, limit=1)
    first = asyncio.create_task(ask(upstream))
    await asyncio.sleep(0.5)
    second = asyncio.create_task(ask(upstream))
    await asyncio.sleep(0.5)
    assert upstream.bulkhead.waiting == 1
    second.cancel()
    await asyncio.wait([second])
    assert upstream.bulkhead.waiting == 0
    assert (await first).result == Ok(1)
    assert (source.begun, upstream.bulkhead.running) == (1, 0)


async def test_a_turn_without_a_free_connection_goes_the_long_way() -> None:
    """And its time began when it asked for a slot."""
    source = Sudden([1, BUSY, NEVER], after=1.0)
    upstream = upstream_of(source, limit=1)
    first, late = await asyncio.gather(
        ask(upstream, timeout=5.0), ask(upstream, timeout=4.0)
    )
    assert first.result == Ok(1)
    assert isinstance(late.result, Failed)
    assert (source.begun, source.called, LoopClock().now()) == (1, 1, 4.0)
    assert upstream.bulkhead.running == 0


@dataclass
class Lonely(Sudden):
    """A source with one connection, which closes after its first reply."""

    def begin(self, call: Call[Any], hearing: Hearing) -> GiveUp | None:
        return None if self.begun else super().begin(call, hearing)


async def test_a_long_line_without_a_free_connection_is_no_deep_stack() -> None:
    """A turn that is given back is the next one's: however many wait, one by one."""
    source = Lonely([1], after=1.0)
    upstream = upstream_of(source, limit=1)
    asking = (ask(upstream, deadline=1e6, timeout=1e5) for _ in range(400))
    came = await asyncio.gather(*asking)
    assert {ran.result for ran in came} == {Ok(1)}
    assert (source.begun, source.called) == (1, 399)
    assert (upstream.bulkhead.running, upstream.bulkhead.waiting) == (0, 0)


async def test_who_finds_the_line_full_is_told_at_once() -> None:
    """As by the long way: too many wait already."""
    source = Sudden([1], after=1.0)
    upstream = upstream_of(source, limit=1)
    upstream.bulkhead.queue = 1
    came = await asyncio.gather(ask(upstream), ask(upstream), ask(upstream))
    assert [ran.result for ran in came[:2]] == [Ok(1), Ok(1)]
    assert isinstance(came[2].result, Failed)
    assert came[2].result.failure.code is Code.UPSTREAM_OVERLOADED
    assert source.begun == 2


@pytest.mark.parametrize(
    "keys", [{"hedge": Hedge(after=1.0)}, {"skips_late": True}], ids=str
)
async def test_what_wants_more_than_one_attempt_goes_the_long_way(
    keys: dict[str, object],
) -> None:
    """A second call beside it, or a look at how long it usually takes."""
    source = Sudden([1])
    ran = await run(source, **keys)
    assert (ran.result, source.begun, source.called) == (Ok(1), 0, 1)


SCRIPTS: dict[str, list[object]] = {
    "answers": [1],
    "null": [None],
    "down": [DOWN],
    "down once": [DOWN, 1],
    "down twice": [DOWN, DOWN],
    "late once": [NEVER, 1],
    "reset once": [UpstreamError("gone", kind=ErrorClass.RESET), 1],
    "invalid": [UpstreamError("odd", kind=ErrorClass.INVALID)],
    "not found": [UpstreamError("no", kind=ErrorClass.STATUS, status=404)],
    "not ok once": [{"ok": False}, {"ok": True}],
}
STEPS: dict[str, dict[str, object]] = {
    "as it is": {},
    "tried again": {"retry": Retry(2, frozenset({"5xx", "timeout", "reset"}))},
    "rejected": {
        "retry": Retry(2, frozenset({"rejected"})),
        "success_if": "response.body != 1",
    },
    "selected": {"select": "response.body", "timeout": 2.0},
}


@pytest.mark.parametrize("script", SCRIPTS.values(), ids=SCRIPTS)
@pytest.mark.parametrize("keys", STEPS.values(), ids=STEPS)
async def test_both_ways_come_to_the_same(
    script: list[object], keys: dict[str, object]
) -> None:
    """Result, attempts, time and what the breaker counted."""
    seen = []
    for short in (True, False):
        source = Sudden(list(script), after=0.5, short=short)
        upstream = upstream_of(source, rule=BreakerRule(min_calls=2))
        started = LoopClock().now()
        ran = await ask(upstream, **keys)
        took = LoopClock().now() - started
        breaker = upstream.breakers.of("")
        counted = [(p.calls, p.failures) for p in breaker._parts] if breaker else []
        sums = [sum(column) for column in zip(*counted, strict=True)]
        seen.append((ran.result, ran.attempts, took, sums, upstream.budget.left))
        assert upstream.bulkhead.running == 0
    assert seen[0] == seen[1]


async def test_what_a_request_made_is_freed_as_it_ends() -> None:
    """Without looking for garbage: nothing of it refers to itself, bodies included."""
    failing = Retry(2, frozenset({"5xx"}))
    for source, keys in (
        (Sudden([{"n": 1}], after=1.0), {}),
        (Sudden([{"n": 1}], short=False), {}),
        (Sudden([DOWN, {"n": 1}]), {"retry": failing}),
        (Sudden([NEVER]), {"timeout": 1.0}),
    ):
        gc.collect()
        gc.disable()
        before = all_of("gateway.execution")
        try:
            await run(source, **keys)
            await asyncio.sleep(20.0)  # timers of what is over have passed
            source.hearings.clear()  # ours
            left = left_of("gateway.execution", before)
        finally:
            gc.enable()
        assert left == [], source
