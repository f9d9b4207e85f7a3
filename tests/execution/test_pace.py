"""A source gets so many calls in a time, evenly, and who comes too late is told."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.execution.guards.bulkhead import Bulkhead
from gateway.execution.guards.pace import Pace


@pytest.mark.parametrize(
    ("times", "seconds", "at_once"),
    [(200, 1.0, 20), (1_000, 60.0, 100), (50, 1.0, 10), (5, 60.0, 5), (1, 1.0, 1)],
)
def test_after_a_quiet_time_a_tenth_goes_at_once(
    times: int, seconds: float, at_once: int
) -> None:
    """Or ten where that is more, and never more than the rate itself."""
    pace = Pace(times, seconds)
    taken = [pace.take(100.0) for _ in range(at_once + 1)]
    assert taken == [True] * at_once + [False]
    assert pace.wait(100.0) == pytest.approx(seconds / times)


def test_then_they_go_evenly() -> None:
    """200 a second are one each 5 ms; those before one count."""
    pace = Pace(200, 1.0)
    for _ in range(20):
        pace.take(0.0)
    assert pace.wait(0.0, ahead=3) == pytest.approx(0.020)
    assert [pace.take(at) for at in (0.004, 0.005, 0.005, 0.010)] == [
        False,
        True,
        False,
        True,
    ]


@given(
    st.integers(1, 300),
    st.floats(0.1, 100),
    st.lists(st.floats(0, 2), max_size=400),
)
def test_no_window_has_more_than_the_rate_and_what_goes_at_once(
    times: int, seconds: float, pauses: list[float]
) -> None:
    """However they come."""
    pace, now, taken = Pace(times, seconds), 0.0, []
    for pause in pauses:
        now += pause
        if pace.take(now):
            taken.append(now)
    most = times + min(times, max(10, times // 10))
    for first in taken:
        assert sum(first <= at < first + seconds * 0.999 for at in taken) <= most


async def _calls(bulkhead: Bulkhead, count: int, *, takes: float = 0.0) -> list[float]:
    """When each of some calls that come together is served."""
    served: list[float] = []

    async def call() -> None:
        async with bulkhead.slot():
            served.append(asyncio.get_running_loop().time())
            await asyncio.sleep(takes)

    async with asyncio.TaskGroup() as calls:
        for _ in range(count):
            calls.create_task(call())
    return served


async def test_calls_beyond_the_rate_wait_and_hold_no_slot() -> None:
    """Two at once, then one each half second, in the order they came."""
    bulkhead = Bulkhead(1, pace=Pace(2, 1.0))
    assert await _calls(bulkhead, 5) == pytest.approx([0.0, 0.0, 0.5, 1.0, 1.5])
    assert (bulkhead.running, bulkhead.waiting) == (0, 0)


async def test_slots_bound_what_the_rate_would_allow() -> None:
    """The slower of the two decides."""
    bulkhead = Bulkhead(1, pace=Pace(2, 1.0))
    assert await _calls(bulkhead, 3, takes=2.0) == pytest.approx([0.0, 2.0, 4.0])


async def test_whose_turn_would_come_too_late_is_told_at_once() -> None:
    """Those that wait before it count."""
    bulkhead = Bulkhead(64, pace=Pace(1, 1.0))
    waiting = asyncio.create_task(_calls(bulkhead, 3))
    await asyncio.sleep(0.5)
    assert bulkhead.waiting == 2
    assert [bulkhead.sheds(left) for left in (2.4, 2.6)] == [True, False]
    assert await waiting == pytest.approx([0.0, 1.0, 2.0])


async def test_who_gives_up_waiting_leaves_its_turn_to_the_next() -> None:
    """Nothing is left behind, and nobody waits for nothing."""
    bulkhead = Bulkhead(64, pace=Pace(1, 1.0))
    await _calls(bulkhead, 1)
    leaving = asyncio.create_task(_calls(bulkhead, 1))
    staying = asyncio.create_task(_calls(bulkhead, 1))
    await asyncio.sleep(0.1)
    leaving.cancel()
    assert await staying == pytest.approx([1.0])
    assert (bulkhead.running, bulkhead.waiting) == (0, 0)


async def test_a_slot_given_to_who_just_left_goes_to_the_next() -> None:
    """Cancelled in the very moment in which its turn came."""
    bulkhead = Bulkhead(1)
    await bulkhead.enter()
    leaving = asyncio.create_task(_calls(bulkhead, 1))
    staying = asyncio.create_task(_calls(bulkhead, 1))
    await asyncio.sleep(0.1)
    bulkhead.leave()
    leaving.cancel()
    assert await staying == [0.1]
    assert (bulkhead.running, bulkhead.waiting) == (0, 0)


async def test_the_queue_holds_for_those_that_wait_for_their_turn_too() -> None:
    """Slots are free, and yet only two may wait."""
    bulkhead = Bulkhead(64, queue=2, pace=Pace(1, 1.0))
    waiting = asyncio.create_task(_calls(bulkhead, 3))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert bulkhead.sheds()
    assert await waiting == pytest.approx([0.0, 1.0, 2.0])
    assert not bulkhead.sheds()


async def test_a_new_one_by_the_same_rules_has_seen_nothing() -> None:
    """What tests and reloads start from."""
    used = Bulkhead(3, 7, Pace(1, 60.0))
    await _calls(used, 1)
    assert used.sheds(1.0)
    fresh = used.fresh()
    assert not fresh.sheds(1.0)
    assert (fresh.limit, fresh.queue, fresh.pace) == (3, 7, Pace(1, 60.0))
