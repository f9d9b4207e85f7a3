"""Sources are kept by what they are, with what is known of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.deployment import Deployment, load_deployment
from gateway.errors import Problems
from gateway.execution.breaker import BreakerRule
from gateway.loading.opening import SourcePool

SOURCE = "sources: { s: { type: duckdb, limits: { concurrency: 3, queue: 7 }%s } }"
Configured = Callable[[str], Deployment]


@pytest.fixture
def configured(tmp_path: Path) -> Configured:
    """A deployment of one source, with more keys."""

    def make(more: str = "") -> Deployment:
        path = tmp_path / "headwater.yaml"
        path.write_text(SOURCE % more)
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
