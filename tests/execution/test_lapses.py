"""Spans of one length share a timer, and end as if each had its own."""

from __future__ import annotations

import asyncio

from gateway.lapses import Lapses


def lapses() -> Lapses:
    return Lapses(asyncio.get_running_loop(), 5.0)


async def test_each_span_ends_in_its_time() -> None:
    """In the order in which they began, whatever became of the others."""
    loop, ended = asyncio.get_running_loop(), list[tuple[str, float]]()
    line = lapses()
    for name, begun in (("a", 0.0), ("b", 1.0), ("c", 1.5)):
        line.begin(begun + 5.0, lambda name=name: ended.append((name, loop.time())))
    await asyncio.sleep(10.0)
    assert ended == [("a", 5.0), ("b", 6.0), ("c", 6.5)]


async def test_a_cancelled_span_never_ends() -> None:
    """Nor does it hold up those behind it."""
    ended = list[str]()
    line = lapses()
    first = line.begin(1.0, lambda: ended.append("a"))
    line.begin(2.0, lambda: ended.append("b"))
    first.cancel()
    await asyncio.sleep(10.0)
    assert ended == ["b"]


async def test_spans_that_are_over_are_not_kept() -> None:
    """A thousand calls that were answered leave one place in the line at most."""
    line = lapses()
    for number in range(1_000):
        line.begin(5.0 + number, lambda: None).cancel()
    assert len(line) == 1


async def test_a_span_that_ends_before_the_last_one_has_a_timer_of_its_own() -> None:
    """A clock that differs a little makes nobody late."""
    loop, ended = asyncio.get_running_loop(), list[tuple[str, float]]()
    line = lapses()
    line.begin(5.0, lambda: ended.append(("a", loop.time())))
    line.begin(3.0, lambda: ended.append(("b", loop.time())))
    await asyncio.sleep(10.0)
    assert ended == [("b", 3.0), ("a", 5.0)]


async def test_one_that_fails_holds_up_no_other() -> None:
    """As a loop's own timers do not."""
    loop, ended, told = asyncio.get_running_loop(), list[str](), list[object]()
    loop.set_exception_handler(lambda _, context: told.append(context["exception"]))
    line = lapses()
    bug = KeyError("ours")

    def fails() -> None:
        raise bug

    line.begin(1.0, fails)
    line.begin(1.0, lambda: ended.append("b"))
    await asyncio.sleep(2.0)
    assert (ended, told) == (["b"], [bug])


async def test_a_span_can_be_cancelled_in_the_turn_in_which_it_ends() -> None:
    """As a loop's own timers can: what was answered just in time was answered."""
    ended = list[str]()
    line = lapses()
    second = line.begin(1.0, lambda: ended.append("b"))
    asyncio.get_running_loop().call_at(1.0, second.cancel)
    line.begin(1.0, lambda: ended.append("c"))
    await asyncio.sleep(2.0)
    assert ended == ["c"]
