"""Requests and events that are kept for people who look on."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import orjson
import pytest

from gateway.telemetry.events import BreakerOpened, GenerationChanged, PlanMade
from gateway.testing import answers
from gateway.testing.source import fails
from gateway.watching.feed import Feed, Told
from gateway.watching.happening import told_of
from gateway.watching.live import Live
from gateway.watching.recent import MOST
from tests.watching.kit import GOOD, ask, virtually, watched

SECRET = "s3cret-value"
QUERY = "{ mine: customer { account { name } } }"


def looked_on(
    folder: Path, more: str = "", *, serves: bool = False, **script: Any
) -> tuple[Any, Live]:
    gateway, _ = watched(folder, more, {**GOOD, **script}, serves=serves)
    watch = gateway.pipeline.watch
    watch.door = live = Live(gateway.pipeline.clock)
    watch.shown(to_somebody=True)
    return gateway, live


def everything(_seen: object) -> bool:
    return True


def test_a_request_is_kept_with_its_steps_and_without_values(tmp_path: Path) -> None:
    """When, what, for whom, how long and what each step came to; no value of it."""
    gateway, live = looked_on(tmp_path, account=answers({"name": SECRET}, after=0.02))

    async def main() -> None:
        await ask(gateway, QUERY, x_request_id="r-1", authorization=f"Bearer {SECRET}")

    virtually(main)
    (seen,) = live.recent.newest(everything, 10)
    known = orjson.loads(seen.as_json())
    assert SECRET not in seen.as_json().decode()
    plan = known.pop("plan")
    (attempt,) = known["steps"][0].pop("tries")
    assert (attempt["n"], attempt["came"]) == (1, "ok")
    assert (known.pop("id"), known.pop("at")[:4]) == (f"{live.boot}-1", "2026")
    assert known == {
        "request_id": "r-1",
        "trace": None,
        "name": None,
        "operations": ["customer"],
        "tenant": None,
        "client": None,
        "outcome": "whole",
        "ms": 20.0,
        "slow": False,
        "generation": 1,
        "errors": [],
        "steps": [
            {
                "step": "customer.account",
                "source": "core",
                "at": 0.0,
                "ms": 20.0,
                "calls": 1,
                "came": "upstream",
            }
        ],
        "more_steps": 0,
    }
    assert [step["status"] for step in plan["steps"]] == ["ok"]


def test_what_fails_is_kept_beside_what_goes_well(tmp_path: Path) -> None:
    """The many that go well push none out that went badly; messages are not kept."""
    script = [fails(status=503), answers({"score": 3})]
    gateway, live = looked_on(tmp_path, risk=script)

    async def main() -> None:
        await ask(gateway, "{ customer { risk { score } } }")
        for _ in range(2 * MOST):
            await ask(gateway, "{ customer { risk { score } } }")
            await asyncio.sleep(0.1)

    virtually(main)
    found = live.recent.newest(everything, 500)
    assert len(found) == MOST + 1
    worst = found[-1]
    assert worst.facts["outcome"] == "partial"
    assert worst.facts["errors"] == [
        {"code": "UPSTREAM_STATUS", "path": "customer.risk"}
    ]


def test_no_more_are_written_down_than_a_second_bears(tmp_path: Path) -> None:
    """The rest is counted. Dry runs are nobody's requests."""
    gateway, live = looked_on(tmp_path, 'plan: { when: "true" }')

    async def main() -> None:
        for _ in range(40):
            await ask(gateway, "{ customer { __typename } }")
        await ask(gateway, QUERY, headwater_plan="dry-run")

    virtually(main)
    assert (len(live.recent.newest(everything, 500)), live.recent.passed) == (10, 30)


def test_slow_is_what_the_deployment_says(tmp_path: Path) -> None:
    """And such a request is kept with those that went badly."""
    gateway, live = looked_on(tmp_path, "telemetry: { slow: 10ms }", serves=True)

    async def main() -> None:
        await ask(gateway, QUERY)

    virtually(main)
    (seen,) = live.recent.newest(everything, 10)
    assert (seen.facts["slow"], len(live.recent.bad.kept)) == (True, 1)


def test_where_nobody_may_look_nothing_is_kept(tmp_path: Path) -> None:
    """And what was kept is forgotten when that begins."""
    gateway, live = looked_on(tmp_path)

    async def main() -> None:
        await ask(gateway, QUERY)
        gateway.pipeline.watch.shown(to_somebody=False)
        await ask(gateway, QUERY)

    virtually(main)
    assert live.recent.newest(everything, 10) == ()
    assert live.feed.after(0, 10).events == ()


def test_a_reload_decides_anew_who_may_look(tmp_path: Path) -> None:
    """By `plan.inspect`, which the deployment file may get while it serves."""
    gateway, live = looked_on(tmp_path)
    gateway.pipeline.watch.shown(to_somebody=False)
    config = tmp_path / "headwater.yaml"
    config.write_text(config.read_text() + "plan: { when: 'true', inspect: 'true' }\n")

    async def main() -> None:
        assert await gateway.reload()

    virtually(main)
    assert gateway.pipeline.watch.live is live


def test_who_does_not_keep_up_is_told_how_much_he_missed() -> None:
    """A reader has no queue: the past is as long as it is."""
    feed = Feed()
    for _ in range(1_500):
        feed.tell("request", b"{}")
    batch = feed.after(100, 2)
    assert batch == (
        400,
        (Told(501, "request", b"{}"), Told(502, "request", b"{}")),
        502,
    )
    assert feed.after(1_500, 10) == (0, (), 1_500)


def test_the_past_is_bounded_in_bytes() -> None:
    """Large events make it shorter."""
    feed = Feed()
    for _ in range(10):
        feed.tell("request", b"x" * 1_000_000)
    assert (feed.size, len(feed.kept)) == (4_000_000, 4)


@pytest.mark.parametrize(
    ("event", "told"),
    [
        (
            BreakerOpened("core", "GET /a"),
            {
                "what": "breaker",
                "tone": "bad",
                "words": "core is left alone at GET /a",
            },
        ),
        (
            GenerationChanged(3, "d", 7, (), ("offers",), (), 0.1),
            {
                "what": "reload",
                "tone": "bad",
                "words": "generation 3 serves, 7 operations; not as written: offers",
            },
        ),
        (PlanMade("r", "d", 1, 0.1), None),
    ],
)
def test_a_timeline_has_words(event: Any, told: object) -> None:
    """For what happens to a gateway, and not for what a request does."""
    assert told_of(event) == told
