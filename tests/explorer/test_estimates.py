"""How long a plan will take: what was measured, and what is only bounded."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.drawing.model import Measured
from gateway.explorer.estimating import estimate_of
from gateway.plan.model import Plan
from gateway.profile.model import Retry
from gateway.watching.counting import Counted
from gateway.watching.quantiles import ENOUGH, usual
from gateway.watching.series import Series
from tests.kit import planned, profile, step

RETRY = Retry(attempts=2, classes=frozenset({"timeout"}))
PLAN = planned(
    profile(
        step("a", timeout=0.5, retry=RETRY),
        step("b", reads="a", timeout=0.25),
        step("c", timeout=0.2),
    ),
    "a",
    "b",
    "c",
)


def counted(plan: Plan, times: Sequence[float], *names: str) -> Counted:
    """What was counted where steps of these names took so long."""
    found = Counted()
    for one in plan.steps:
        own = one.step
        if own.name in names:
            series = found.steps.of(own.origin, own.name, own.source or "")
            for seconds in times:
                series.add("upstream", seconds)
    return found


def test_what_was_not_measured_is_bounded_and_nothing_more() -> None:
    """By its timeout, for each attempt, and the pauses between; then the deadline."""
    made = estimate_of(PLAN)
    assert {id_.rpartition(".")[2]: one for id_, one in made.steps.items()} == {
        "a": Measured(bound=1050.0),
        "b": Measured(bound=250.0),
        "c": Measured(bound=200.0),
    }
    assert made.whole == Measured(bound=1300.0)


def test_the_whole_is_known_where_every_step_was_measured() -> None:
    """Along the slowest chain; one step that nobody measured leaves the bound alone."""
    times = [0.004] * 38 + [0.2] * 2
    half = estimate_of(PLAN, counted(PLAN, times, "a", "b"))
    assert half.whole == Measured(bound=1300.0)
    assert [one.times for one in half.steps.values()] == [40, 40, 0]
    whole = estimate_of(PLAN, counted(PLAN, times, "a", "b", "c")).whole
    assert whole.times == 40
    assert whole.p50 is not None
    assert whole.p95 is not None
    assert round(whole.p50, 1) == round(2 * 1000 * 0.005 * 20 / 38, 1)
    assert whole.p95 == 2 * 5.0


def test_a_few_times_say_nothing() -> None:
    """Nor are times made up that lie beyond the last bucket."""
    series = Series(("o", "a", "s"), "upstream")
    for _ in range(ENOUGH - 1):
        series.add("upstream", 0.03)
    assert usual(series) is None
    series.add("upstream", 0.03)
    known = usual(series)
    assert known is not None
    assert (round(known.p50, 6), known.times) == (0.0375, ENOUGH)
    late = Series(("o", "a", "s"), "upstream")
    for _ in range(ENOUGH):
        late.add("upstream", 60.0)
    assert usual(late) == (10.0, 10.0, ENOUGH)
