"""A candidate is taken back where it surely does worse, and never for noise."""

from __future__ import annotations

import random
from typing import Any

import pytest

from gateway.release.terms import Bounds
from gateway.telemetry.events import Answered, Event, StepSettled, StepWatched
from gateway.trying.counting import REQUESTS, Figures, Window
from gateway.trying.judging import judged
from gateway.values import StepId

BOUNDS = Bounds()


def figures(
    count: int, wrong: int = 0, ms: float = 10.0, failed: int = 0
) -> dict[str, Figures]:
    """So many requests, of which some went wrong, all in the same time."""
    made = Figures()
    for number in range(count):
        made.add(ms / 1000, wrong=number < wrong, failed=number < failed)
    return {REQUESTS: made}


@pytest.mark.parametrize(
    ("stable", "candidate", "reason"),
    [
        (figures(2000), figures(199, wrong=199), None),
        (figures(2000), figures(200, wrong=4), None),
        (figures(2000), figures(200, wrong=12), None),
        (
            figures(2000),
            figures(200, wrong=40),
            (
                "requests: 20% of 200 had errors, more than 2% above the 0% of 2000 of"
                " what serves"
            ),
        ),
        (figures(2000, wrong=400), figures(200, wrong=42), None),
        (
            figures(2000, wrong=400),
            figures(400, wrong=200),
            (
                "requests: 50% of 400 had errors, more than 2% above the 20% of 2000 of"
                " what serves"
            ),
        ),
        (
            figures(2000, wrong=400),
            figures(400, wrong=90, failed=90),
            (
                "requests: 22.5% of 400 failed, more than 2% above the 0% of 2000 of"
                " what serves"
            ),
        ),
        (figures(2000), figures(200, ms=14), None),
        (
            figures(2000, ms=20),
            figures(200, ms=41),
            (
                "requests: 95% took up to 42.4 ms, more than 1.5 times the 20.4 ms of"
                " what serves"
            ),
        ),
        (figures(2000, ms=0.5), figures(200, ms=4), None),
        ({}, figures(500, wrong=500), None),
    ],
)
def test_what_is_surely_beyond_its_bounds_is_found(
    stable: dict[str, Figures], candidate: dict[str, Figures], reason: str | None
) -> None:
    """Too few say nothing; a little worse is allowed; milliseconds are no matter."""
    found = judged(stable, candidate, BOUNDS)
    assert (found.reason if found else None) == reason


def test_a_single_step_is_found_too() -> None:
    """Of which requests as a whole show little; its figures come with the finding."""
    stable = {**figures(3000), "step risk": figures(3000)[REQUESTS]}
    candidate = {**figures(400), "step risk": figures(250, wrong=100)[REQUESTS]}
    found: Any = judged(stable, candidate, BOUNDS)
    assert found.reason.startswith("step risk: 40% of 250 had errors")
    assert found.figures["candidate"]["step risk"]["errors"] == 100
    assert [*found.figures["stable"]] == [REQUESTS, "step risk"]


def test_equal_ones_are_never_told_apart_however_often_they_are_looked_at() -> None:
    """100 trials of 40 looks at a rate of errors and of slow answers that are equal."""
    chance = random.Random(20)  # noqa: S311 - no secret
    bounds = Bounds(errors=0.0, latency=1.0, least=50)
    taken_back = 0
    for _ in range(100):
        stable, candidate = Figures(), Figures()
        for _ in range(40):
            for side, count in ((stable, 90), (candidate, 10)):
                for _ in range(count):
                    wrong = chance.random() < 0.05
                    side.add(chance.lognormvariate(-4, 0.5), wrong=wrong)
            both = {REQUESTS: stable}, {REQUESTS: candidate}
            if judged(*both, bounds) is not None:
                taken_back += 1
                break
    assert taken_back <= 2


def test_what_is_long_ago_is_forgotten_unless_there_is_too_little() -> None:
    """Ten minutes, or as much as says something."""
    now = [0.0]
    window = Window(lambda: now[0], least=30)
    for minute in range(40):
        now[0] = minute * 60.0
        for _ in range(10):
            window.add(REQUESTS, 0.01, wrong=minute < 5, failed=False)
    assert (window.figures()[REQUESTS].count, window.figures()[REQUESTS].wrong) == (
        100,
        0,
    )
    now[0] += 86_400
    assert window.figures()[REQUESTS].count == 30


def test_events_are_counted_by_step_and_passed_on() -> None:
    """A candidate's steps alarm nobody; what was left out counts for nothing."""
    heard: list[Event] = []
    window = Window(lambda: 0.0)
    observe = window.over(heard.append, alarms=False)
    step = StepId(("alias",), "risk")
    events: list[Event] = [
        StepSettled("r", step, "bureau", "ok", 0.02),
        StepSettled("r", step, "bureau", "failed", 0.02, "UPSTREAM_TIMEOUT"),
        StepSettled("r", step, "bureau", "skipped", 0.0),
        Answered("r", "Any", "partial", 1, 0.03),
        Answered("r", "Any", "whole", 0, 0.03),
        StepWatched("r", "v.risk"),
    ]
    for event in events:
        observe(event)
    assert heard == events[:-1]
    told = {name: (f.count, f.wrong) for name, f in window.figures().items()}
    assert told == {"step risk": (2, 1), REQUESTS: (2, 1)}
    assert dict(window.answers) == {"partial": 1, "whole": 1}
