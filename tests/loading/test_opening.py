"""Sources are kept by what they are, with what is known of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.deployment import Deployment, load_deployment
from gateway.errors import Problems
from gateway.execution.guards.adaptive import Gradient
from gateway.execution.guards.breaker import BreakerRule, Leave, Outcome
from gateway.execution.guards.pace import Pace
from gateway.loading.opening import SourcePool
from gateway.telemetry.events import BreakerClosed, BreakerOpened, Event

SOURCE = "sources: {{ s: {{ type: duckdb{limits}{more} }} }}"
LIMITS = ", limits: { concurrency: 3, queue: 7 }"
Configured = Callable[..., Deployment]


@pytest.fixture
def configured(tmp_path: Path) -> Configured:
    """A deployment of one source, with more keys."""

    def make(more: str = "", limits: str = LIMITS) -> Deployment:
        path = tmp_path / "headwater.yaml"
        path.write_text(SOURCE.format(limits=limits, more=more))
        problems = Problems()
        made = load_deployment([path], {}, problems)
        assert made is not None
        assert problems.found == []
        return made

    return make


async def test_a_reload_that_does_not_touch_a_source_keeps_what_is_known_of_it(
    configured: Configured,
) -> None:
    """Slots, budget and breakers go with the connections."""
    pool = SourcePool()
    first, release = pool.open(configured(""))
    again, release_again = pool.open(configured(""))
    other, release_other = pool.open(configured(", retry_budget: 50%"))
    release()
    assert again["s"].bulkhead is first["s"].bulkhead
    assert again["s"].budget is first["s"].budget
    assert again["s"].breakers is first["s"].breakers
    assert other["s"].breakers is not first["s"].breakers
    release_again()
    release_other()
    await pool.closed()
    assert pool.guards == {}


async def test_a_sources_guards_are_as_its_keys_say(configured: Configured) -> None:
    """Breakers are on without a word."""
    pool = SourcePool()
    usual, release = pool.open(configured(""))
    own, release_own = pool.open(
        configured(
            ", retry_budget: 0%, breaker: "
            "{ failures: 10%, window: 1m, min_calls: 5, open: 2s }"
        )
    )
    assert (usual["s"].bulkhead.limit, usual["s"].bulkhead.queue) == (3, 7)
    assert usual["s"].budget.share == 0.2
    assert usual["s"].breakers.rule == BreakerRule(0.5, 10.0, 20, 5.0)
    assert own["s"].budget.share == 0.0
    assert own["s"].breakers.rule == BreakerRule(0.1, 60.0, 5, 2.0)
    release()
    release_own()
    await pool.closed()


async def test_a_sources_limits_are_as_its_keys_say(configured: Configured) -> None:
    """A rate, and bounds for the number of calls at a time."""
    pool = SourcePool()
    plain, release = pool.open(configured(""))
    assert plain["s"].bulkhead.pace is None
    assert plain["s"].bulkhead.gradient is None
    release()
    for written, gradient in {
        "adaptive: true": Gradient(3, 3),
        "adaptive: { min: 2 }": Gradient(2, 3),
        "adaptive: false": None,
    }.items():
        more = f"limits: {{ concurrency: 3, rate: 5 in 1m, {written} }}"
        own, release = pool.open(configured(f", {more}", limits=""))
        assert own["s"].bulkhead.pace == Pace(5, 60.0)
        assert own["s"].bulkhead.gradient == gradient
        release()
    await pool.closed()


async def test_breakers_that_open_and_close_are_events(configured: Configured) -> None:
    """By the name of their source."""
    events: list[Event] = []
    pool = SourcePool(observe=events.append)
    upstreams, release = pool.open(configured(", breaker: { min_calls: 1, open: 1s }"))
    breaker = upstreams["s"].breakers.of("GET /a")
    assert breaker is not None
    breaker.record(Leave.GO, Outcome.FAILS, 10.0)
    breaker.record(breaker.decide(11.0), Outcome.WORKS, 12.0)
    assert events == [BreakerOpened("s", "GET /a"), BreakerClosed("s", "GET /a", 2.0)]
    release()
    await pool.closed()
