"""What a shadow's own calls may be: marked, once, and nobody's trouble but its own."""

from __future__ import annotations

import asyncio

import pytest

from gateway.comparing.answers import Difference, Differs
from gateway.response.model import Answer, FieldError
from gateway.telemetry.events import Crashed
from gateway.trying.aside import differences, is_same
from tests.release.kit import ADA
from tests.trying.shadow_kit import (
    EVERY,
    RENAMED,
    SCORE,
    SHOUTED,
    Shadowing,
    answered,
    ask,
    closed,
    project,
    report,
    shadow_in,
)

MADE = ("GET", "/newer/7", "1")


async def test_each_call_of_a_shadow_says_that_it_is_one(shadowing: Shadowing) -> None:
    """The first, which opens a connection, and those after it on an open one."""
    gateway = await shadowing.tries(RENAMED)
    for _ in range(3):
        await ask(gateway)
    made = [call for call in shadowing.core.calls if call[1] == "/newer/7"]
    assert made == [MADE] * 3
    assert {call[2] for call in shadowing.core.calls if call not in made} == {None}
    assert report(gateway)["counts"] == {
        "calls_made": 3,
        "calls_shared": 3,
        "different": 3,
    }
    await closed(gateway)


async def test_what_fails_is_asked_once_and_breaks_nothing_of_what_serves(
    shadowing: Shadowing,
) -> None:
    """Retries are not a shadow's, and the breakers are the candidate's own."""
    retried = SCORE.replace("/scores", "/broken").replace(
        " }", ", retry: { attempts: 3 } }"
    )
    gateway = await shadowing.tries(project(score=retried))
    for _ in range(30):
        assert (await ask(gateway))["person"]["score"] == 5
    broken = [call for call in shadowing.core.calls if call[1] == "/broken/7"]
    counts = report(gateway)["counts"]
    assert 0 < len(broken) <= 30
    assert counts["different"] + counts.get("unfit", 0) == 30
    serving = gateway.current.upstreams["core"]
    candidate = shadow_in(gateway).candidate.upstreams["core"]
    assert not list(serving.breakers.open())
    assert len(list(candidate.breakers.open())) == 1
    assert candidate.budget is not serving.budget
    await closed(gateway)


async def test_a_source_that_is_billed_is_not_asked(shadowing: Shadowing) -> None:
    """What the request itself was told still serves: an unchanged release is told."""
    config = shadowing.fleet.config
    config.write_text(config.read_text().replace("url:", "metered: true, url:"))
    gateway = await shadowing.tries(RENAMED)
    for _ in range(2):
        await ask(gateway)
    assert {mark for _, _, mark in shadowing.core.calls} == {None}
    assert report(gateway)["counts"] == {"calls_shared": 2, "unfit": 2}
    shadowing.fleet.trials.withdraw(ADA)
    shadowing.fleet.tries(SHOUTED, EVERY, "shadow")
    await gateway.take_release()
    await ask(gateway)
    assert report(gateway)["counts"] == {"calls_shared": 2, "different": 1}
    assert {mark for _, _, mark in shadowing.core.calls} == {None}
    await closed(gateway)


async def test_what_is_recorded_is_run_aside_as_well(shadowing: Shadowing) -> None:
    """Both hear of the same calls, and each is made once."""
    folder = shadowing.fleet.folder / "tapes"
    with shadowing.fleet.config.open("a") as config:
        config.write(f'record: {{ to: "{folder}", sample: 100% }}\n')
    gateway = await shadowing.tries(RENAMED)
    assert gateway.current.sampling is not None
    for _ in range(2):
        await ask(gateway)
    assert sorted(shadowing.core.calls) == [
        *[MADE] * 2,
        *[("GET", "/people/7", None)] * 2,
        *[("GET", "/scores/7", None)] * 2,
    ]
    assert report(gateway)["counts"]["different"] == 2
    assert gateway.recorders is not None
    gateway.recorders.close()
    lines = "".join(one.read_text() for one in folder.rglob("*.jsonl")).splitlines()
    assert [line.count('"/scores/7"') for line in lines] == [1, 1]
    assert "/newer" not in "".join(lines)
    await closed(gateway)


async def test_a_bug_in_comparing_costs_the_comparison(
    shadowing: Shadowing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer is given, the shadow has failed, and we are told."""
    gateway = await shadowing.tries(RENAMED)

    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("gateway.trying.aside.differences", broken)
    assert (await ask(gateway))["person"]["score"] == 5
    assert report(gateway)["counts"]["failed"] == 1
    (crashed,) = shadowing.fleet.told(Crashed)
    assert isinstance(crashed, Crashed)
    assert (crashed.where, type(crashed.error)) == ("shadow", ZeroDivisionError)
    await closed(gateway)


async def test_at_its_end_nothing_runs_aside(shadowing: Shadowing) -> None:
    """What was begun is left, and gives back what it held."""
    gateway = await shadowing.tries(RENAMED)
    await ask(gateway)
    shadow, held = shadow_in(gateway), gateway.current.upstreams["core"].bulkhead
    await answered(gateway)
    (aside,) = shadow.running
    while not held.running:  # noqa: ASYNC110 - what runs aside tells nobody
        await asyncio.sleep(0)
    gateway.trying.end()
    assert (shadow.running, held.running) == (set(), 0)
    assert len(shadow.pipeline.commons.in_flight) == 0
    aside.begin()  # had it not begun yet
    assert held.running == 0
    assert gateway.pipeline.splitting is None
    await closed(gateway)


async def test_one_that_takes_too_long_has_failed(
    shadowing: Shadowing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its budget is its own: what it asked is left, and its source is free again."""
    monkeypatch.setattr("gateway.trying.aside.BUDGET", 0.0)
    gateway = await shadowing.tries(RENAMED)
    await ask(gateway)
    assert report(gateway)["counts"] == {
        "calls_made": 1,
        "calls_shared": 1,
        "failed": 1,
    }
    held = gateway.current.upstreams["core"].bulkhead
    async with asyncio.timeout(60):
        while held.running:  # noqa: ASYNC110 - as above
            await asyncio.sleep(0)
    await closed(gateway)


def test_equal_bytes_are_the_same_and_other_bytes_are_looked_into() -> None:
    """True is no 1; errors are always looked into."""
    one, two = Answer({"a": {"n": 1}}), Answer({"a": {"n": True}})
    assert is_same(one, Answer({"a": {"n": 1}}))
    assert not is_same(one, two)
    assert list(differences(one, two)) == [
        Difference(Differs.VALUE, ("a", "n"), 1, True)
    ]
    failed = Answer({"a": None}, (FieldError("no", "X", ("a",)),))
    assert not is_same(failed, failed)
    assert not list(differences(failed, failed))
    whole = Answer({"a": {"n": 1.0}})
    assert not is_same(one, whole)
    assert not list(differences(one, whole))
