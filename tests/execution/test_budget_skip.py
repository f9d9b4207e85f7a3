"""Steps that are not called because they usually take longer than there is time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import nullcontext

import pytest

from gateway.cache.base import Entry, NoCache
from gateway.cache.memory import MemoryCache
from gateway.clock import LoopClock
from gateway.execution.calls.caching import Abroad, Commons
from gateway.execution.engine import Engine
from gateway.execution.guards.bulkhead import Bulkhead
from gateway.execution.guards.latency import ENOUGH
from gateway.execution.model import Ok, Provenance, Skipped, SkipReason, StepResult
from gateway.execution.upstream import Upstream
from gateway.profile.model import CacheRule, Sharing
from gateway.record import replace
from gateway.telemetry.events import AttemptFailed, Event, StepSettled
from gateway.testing import ScriptedSource, answers
from tests.kit import instance, node, plan_of, request

LATE = Skipped(SkipReason.BUDGET)
KEPT = CacheRule(ttl=60.0)


async def ask(
    seconds: float, *, known: int = ENOUGH, deadline: float = 1.0, **keys: object
) -> tuple[StepResult, ScriptedSource, list[Event]]:
    """One step, of an endpoint whose answers took so many seconds."""
    source, events = ScriptedSource({"a": answers("x")}), list[Event]()
    upstream = Upstream("s", source, Bulkhead(8))
    for _ in range(known):
        upstream.latencies.of("").add(seconds, LoopClock().now())
    engine = Engine({"s": upstream}, LoopClock(), events.append)
    plan = plan_of(node("a", **{"skips_late": True, **keys}), deadline=deadline)
    reader = await engine.execute(plan, request(), {})
    return reader.store[instance("a")], source, events


async def test_a_step_that_usually_takes_longer_is_not_called() -> None:
    """It settles at once as skipped, and no attempt is told to have failed."""
    result, source, events = await ask(1.1)
    assert (result, source.counts, LoopClock().now()) == (LATE, {}, 0.0)
    assert LATE.is_failure
    (settled,) = (e for e in events if isinstance(e, StepSettled))
    assert (settled.status, settled.code) == ("skipped", None)
    assert not [e for e in events if isinstance(e, AttemptFailed)]


async def test_a_step_that_just_fits_is_called() -> None:
    """What is left is enough where it is as much as it takes."""
    result, source, _ = await ask(1.0)
    assert (result, source.counts) == (Ok("x"), {"a": 1})


async def test_what_is_not_known_is_called() -> None:
    """A few slow answers prove nothing."""
    result, source, _ = await ask(9.0, known=ENOUGH - 1)
    assert (result, source.counts) == (Ok("x"), {"a": 1})


async def test_nobody_is_skipped_unasked() -> None:
    """It is off where nobody wrote it."""
    result, source, _ = await ask(9.0, skips_late=False)
    assert (result, source.counts) == (Ok("x"), {"a": 1})


async def test_who_may_be_skipped_shares_with_nobody_who_may_not() -> None:
    """Else a required step would be skipped with an optional one's call."""
    source = ScriptedSource({"a": answers("x"), "b": answers("x")})
    upstream = Upstream("s", source, Bulkhead(8))
    for _ in range(ENOUGH):
        upstream.latencies.of("").add(9.0, LoopClock().now())
    engine = Engine({"s": upstream}, LoopClock(), lambda _: None)
    both = node("a", target="one", skips_late=True) & node("b", target="one")
    reader = await engine.execute(plan_of(both, deadline=1.0), request(), {})
    assert [reader.store[instance(n)] for n in "ab"] == [LATE, Ok("x")]


@pytest.mark.parametrize("turns", range(8))
async def test_of_a_call_that_requests_share_each_is_skipped_by_his_own_time(
    turns: int,
) -> None:
    """Who has time never gets the skip of another, however little later he comes."""
    source = ScriptedSource({"a": answers("x")})
    upstream = Upstream("s", source, Bulkhead(8))
    for _ in range(ENOUGH):
        upstream.latencies.of("").add(2.0, LoopClock().now())
    abroad = Abroad(Commons(), Slow(), nullcontext())
    engine = Engine({"s": upstream}, LoopClock(), lambda _: None, abroad)
    shared = node("a", skips_late=True, share=Sharing.ALL, cache=KEPT)

    async def asks(deadline: float) -> StepResult:
        reader = await engine.execute(plan_of(shared, deadline=deadline), request(), {})
        return reader.store[instance("a")]

    hurried = asyncio.create_task(asks(1.0))
    for _ in range(turns):
        await asyncio.sleep(0)
    assert (await asks(9.0), await hurried, source.counts) == (Ok("x"), LATE, {"a": 1})


class Slow(NoCache):
    """It looks for a while, and others come meanwhile."""

    async def get(self, key: str, tags: Sequence[str]) -> Entry | None:
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        return await super().get(key, tags)


async def test_a_renewal_is_made_however_little_time_is_left() -> None:
    """It is behind the answer: no request waits for it."""
    source, clock = ScriptedSource({"a": answers("x")}), LoopClock()
    upstream = Upstream("s", source, Bulkhead(8))
    commons = Commons()
    abroad = Abroad(commons, MemoryCache(1_000_000, clock), nullcontext())
    engine = Engine({"s": upstream}, clock, lambda _: None, abroad)
    kept = node("a", skips_late=True, cache=replace(KEPT, refresh=1.0))
    await engine.execute(plan_of(kept, deadline=9.0), request(), {})
    await asyncio.sleep(2.0)
    for _ in range(ENOUGH):
        upstream.latencies.of("").add(2.0, clock.now())
    reader = await engine.execute(plan_of(kept, deadline=1.0), request(), {})
    await asyncio.gather(*commons.renewals.values())
    assert reader.store[instance("a")] == Ok("x", Provenance.CACHE)
    assert source.counts == {"a": 2}
