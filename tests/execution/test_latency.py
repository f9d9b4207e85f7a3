"""What is known of how long an endpoint usually takes."""

from __future__ import annotations

import random

import pytest

from gateway.execution.guards.latency import (
    ENOUGH,
    FORGOTTEN,
    SAMPLE,
    Latencies,
    Times,
)


def heard(*seconds: float) -> Times:
    """Times of answers that all came at once."""
    times = Times()
    for each in seconds:
        times.add(each, 0.0)
    return times


@pytest.mark.parametrize(
    ("percent", "seconds"),
    [(1, 1.0), (5, 1.0), (5.1, 2.0), (50, 10.0), (95, 19.0), (99, 20.0), (100, 20.0)],
)
def test_a_percentile_is_a_time_that_was_measured(
    percent: float, seconds: float
) -> None:
    """The least one that so many of a hundred did not exceed."""
    times = heard(*(float(n) for n in range(20, 0, -1)))
    assert times.percentile(percent, 0.0) == seconds


def test_nothing_is_known_of_few_answers() -> None:
    """One less than enough is not enough."""
    times = heard(*[1.0] * (ENOUGH - 1))
    assert times.percentile(50, 0.0) is None
    times.add(1.0, 0.0)
    assert times.percentile(50, 0.0) == 1.0


def test_only_the_last_answers_count() -> None:
    """As many new ones as are remembered leave nothing of the old."""
    times = heard(*[9.0] * SAMPLE, *[1.0] * (SAMPLE // 2))
    assert times.percentile(49, 0.0) == 1.0
    assert times.percentile(51, 0.0) == 9.0
    for _ in range(SAMPLE // 2):
        times.add(1.0, 0.0)
    assert times.percentile(100, 0.0) == 1.0


def test_what_is_remembered_in_order_is_what_came_last() -> None:
    """Whatever the order they come in."""
    chance = random.Random(7)  # noqa: S311 - a fixed sequence, no secret
    came = [chance.choice([0.1, 0.2, 0.3, chance.random()]) for _ in range(1_000)]
    times = heard(*came)
    last = sorted(came[-SAMPLE:])
    assert [times.percentile(p, 0.0) for p in (25, 50, 100)] == [
        last[SAMPLE // 4 - 1],
        last[SAMPLE // 2 - 1],
        last[-1],
    ]


def test_old_news_are_none() -> None:
    """What was slow and is not asked any more is unknown, so it is asked again."""
    times = heard(*[9.0] * ENOUGH)
    assert times.percentile(50, FORGOTTEN) == 9.0
    assert times.percentile(50, FORGOTTEN + 0.1) is None
    times.add(1.0, FORGOTTEN + 0.2)
    assert times.percentile(50, FORGOTTEN + 0.2) is None


def test_each_endpoint_has_times_of_its_own_and_not_too_many_are_known() -> None:
    """The one known longest goes first."""
    latencies = Latencies()
    first = latencies.of("GET /0")
    assert latencies.of("GET /0") is first
    assert latencies.of("GET /1") is not first
    for number in range(2, 1_001):
        latencies.of(f"GET /{number}")
    assert latencies.of("GET /0") is not first
