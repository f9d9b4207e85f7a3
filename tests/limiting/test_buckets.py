"""Token buckets: a burst, an even refill, and bounded memory. Time is handed in."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.limiting.buckets import Buckets
from gateway.units import Rate


def test_as_many_at_once_as_the_rate_says_and_then_one_at_a_time() -> None:
    """Whoever is refused is told exactly when there is one more."""
    buckets = Buckets(Rate(3, 6.0))
    assert [buckets.take("a", 0.0) for _ in range(4)] == [0.0, 0.0, 0.0, 2.0]
    assert buckets.take("a", 1.5) == 0.5
    assert [buckets.take("a", 2.0), buckets.take("a", 2.0)] == [0.0, 2.0]
    assert buckets.take("b", 2.0) == 0.0
    assert [buckets.take("a", 60.0) for _ in range(4)] == [0.0, 0.0, 0.0, 2.0]


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(0, 3), max_size=60), st.integers(1, 5))
def test_never_more_than_a_burst_and_what_came_back(
    pauses: list[float], times: int
) -> None:
    """Over any stretch of time, however requests come."""
    buckets, now, taken = Buckets(Rate(times, 4.0)), 0.0, []
    for pause in pauses:
        now += pause
        if not buckets.take("a", now):
            taken.append(now)
    for first, begun in enumerate(taken):
        for last, ended in enumerate(taken[first:], first):
            allowed = times + (ended - begun) * times / 4.0
            assert last - first + 1 <= allowed + 1e-6


def test_a_flood_of_clients_does_not_grow_the_memory() -> None:
    """Whom nothing holds back is forgotten first, so a flood frees nobody at once."""
    buckets = Buckets(Rate(1, 10.0), most=100)
    for number in range(10_000):
        buckets.take(f"client {number}", number * 1.0)
        assert len(buckets) <= 100
    assert buckets.take("client 9999", 9_999.0) == 10.0


def test_a_flood_within_a_moment_forgets_the_oldest() -> None:
    """There is no other way to stay bounded; those who came last are still held."""
    buckets = Buckets(Rate(1, 10.0), most=100)
    for number in range(10_000):
        buckets.take(f"client {number}", 0.0)
    assert len(buckets) == 100
    assert buckets.take("client 9999", 0.0) == 10.0


def test_what_others_took_counts_and_is_bounded() -> None:
    """A store whose clock was set back does not hold anybody for ever."""
    buckets = Buckets(Rate(10, 10.0))
    buckets.learn("a", 0.0, 9.0, 0)
    assert [buckets.take("a", 0.0), buckets.take("a", 0.0)] == [0.0, 1.0]
    buckets.learn("a", 0.0, 1e9, 0)
    assert buckets.take("a", 0.0) == 11.0
    buckets.learn("a", 0.0, 0.0, unsaid=10)
    assert buckets.take("a", 0.0) == 1.0
