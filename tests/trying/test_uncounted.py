"""What a shadow does is nobody's use, reading or request; what a canary does is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from gateway.app import Gateway
from gateway.release.terms import Terms
from gateway.request.model import Asking
from gateway.splitting import Splitting
from gateway.telemetry.events import Answered
from tests.release.kit import ADA
from tests.trying.kit import request
from tests.trying.shadow_kit import (
    EVERY,
    QUERY,
    RENAMED,
    SHOUTED,
    A,
    Shadowing,
    ask,
    closed,
    report,
    shadow_in,
)

ON_HEADER = Terms(0.0, header=("x-canary", "1"))


def configured(shadowing: Shadowing, text: str) -> None:
    with shadowing.fleet.config.open("a") as config:
        config.write(text)


def lines(place: Path) -> list[Any]:
    return [json.loads(line) for line in place.read_text().splitlines()]


async def canaried(gateway: Gateway) -> Any:
    """One request that is given the candidate."""
    pipeline, generation = gateway.pipeline, gateway.current
    splitting: Splitting | None = pipeline.splitting
    assert splitting is not None
    who = request(id="r2")._replace(
        started=pipeline.clock.now(), time=pipeline.clock.wall(), origin="c"
    )
    given = splitting.given((pipeline, generation), who, {"x-canary": "1"})
    assert given.pipeline is not pipeline
    answer = await given.pipeline.answer(given.generation, Asking(QUERY), given.request)
    return answer.as_json().get("data")


async def test_a_shadow_is_nobodys_use_and_a_canary_is(shadowing: Shadowing) -> None:
    """Fields count once for each request that somebody made."""
    counted: list[str] = []

    def count(_schema: Any, asking: Asking, *_: Any) -> None:
        counted.append(asking.document)

    fleet = shadowing.fleet
    fleet.activate(RENAMED)
    gateway = fleet.gateway()
    gateway.pipeline.preparing.counting = count
    fleet.tries(SHOUTED, EVERY, "shadow")
    await gateway.take_release()
    await ask(gateway)
    assert report(gateway)["counts"]["different"] == 1
    assert counted == [QUERY]
    fleet.tries(SHOUTED, ON_HEADER)
    await gateway.take_release()
    assert (await canaried(gateway))["person"]["name"] == "Ada!"
    assert counted == [QUERY] * 2
    await closed(gateway)


async def test_a_shadow_reads_nothing_that_is_audited(shadowing: Shadowing) -> None:
    """One request, one line; a canary's request has its own."""
    place = shadowing.fleet.folder / "access.jsonl"
    configured(shadowing, f'audit: {{ sink: "{place}", tags: [pii] }}\n')
    gateway = await shadowing.tries(SHOUTED)
    assert gateway.current.auditing is not None
    await ask(gateway)
    assert report(gateway)["counts"]["different"] == 1
    assert [one["request_id"] for one in lines(place)] == ["r1"]
    shadowing.fleet.trials.withdraw(ADA)
    shadowing.fleet.tries(SHOUTED, ON_HEADER)
    await gateway.take_release()
    await canaried(gateway)
    assert [(one["request_id"], one["release"]) for one in lines(place)] == [
        ("r1", A.id),
        ("r2", SHOUTED.id),
    ]
    await closed(gateway)


async def test_a_shadow_is_no_request_and_changes_no_guard_of_what_serves(
    shadowing: Shadowing,
) -> None:
    """Nobody is told of an answer of its; times and budgets are as one request's."""
    gateway = await shadowing.tries(RENAMED)
    serving = gateway.current.upstreams["core"]
    before = serving.budget.left
    await ask(gateway)
    assert len(shadowing.fleet.told(Answered)) == 1
    assert gateway.pipeline.ways.total() == 1
    assert serving.bulkhead.running == 0
    candidate = shadow_in(gateway).candidate.upstreams["core"]
    assert candidate.latencies is not serving.latencies
    assert candidate.breakers is not serving.breakers
    assert (serving.budget.left >= before, candidate.bulkhead) == (
        True,
        serving.bulkhead,
    )
    await closed(gateway)


async def test_a_shadow_uses_up_nothing_of_what_a_caller_may_ask(
    shadowing: Shadowing,
) -> None:
    """Two requests of two, each with a shadow; a canary's is one of them, too."""
    configured(shadowing, "limits: { rate: 2 in 1d }\n")
    gateway = await shadowing.tries(SHOUTED)
    assert gateway.current.limiting is not None
    for _ in range(2):
        assert (await ask(gateway))["person"]["name"] == "Ada"
    assert report(gateway)["counts"] == {"calls_shared": 4, "different": 2}
    assert await ask(gateway) is None
    shadowing.fleet.trials.withdraw(ADA)
    shadowing.fleet.tries(SHOUTED, ON_HEADER)
    await gateway.take_release()
    assert await canaried(gateway) is None
    counts = gateway.pipeline.preparing.excesses.counts
    assert counts["rate.client", "refused"] == 2
    await closed(gateway)
    await gateway.loader.limiting.closed()
