"""Virtual time and scripted sources: what the other tests stand on."""

from __future__ import annotations

import asyncio

import pytest

from gateway.clock import Deadline, LoopClock
from gateway.connectors.base import Call, Reply
from gateway.errors import ErrorClass, UpstreamError
from gateway.testing import (
    DeadlockError,
    ScriptedSource,
    answers,
    fails,
    hangs,
    meets,
    run_virtual,
    waits,
)


def call(step: str) -> Call[object]:
    return Call(step, None, {}, Deadline(10.0))


async def test_an_hour_passes_in_no_time() -> None:
    """Where only timers are left, the clock jumps to the next one."""
    await asyncio.sleep(3600)
    assert LoopClock().now() == 3600


async def test_timers_fire_in_the_order_of_their_times() -> None:
    """Jumps never pass a timer by."""
    seen: list[tuple[str, float]] = []

    async def note(name: str, after: float) -> None:
        await asyncio.sleep(after)
        seen.append((name, LoopClock().now()))

    await asyncio.gather(note("late", 2.0), note("early", 0.5), note("between", 1.0))
    assert seen == [("early", 0.5), ("between", 1.0), ("late", 2.0)]


def test_waiting_for_nothing_is_a_deadlock_not_a_hang() -> None:
    """Nothing can run and no timer is set: the loop says so."""

    async def wait() -> None:
        await asyncio.Event().wait()

    with pytest.raises(DeadlockError, match="no timer is set"):
        run_virtual(wait())


async def test_work_for_threads_runs_in_the_loop() -> None:
    """A thread could not be told from a deadlock, so there is none."""
    assert await asyncio.to_thread(lambda: LoopClock().now()) == 0

    with pytest.raises(ZeroDivisionError):
        await asyncio.to_thread(lambda: 1 // 0)


async def test_a_script_is_played_in_order_and_its_last_reply_stays() -> None:
    """A list of behaviours is a script."""
    source = ScriptedSource({"a": [answers(1), fails(status=503), answers(3)]})
    assert await source.call(call("a")) == Reply(1)
    with pytest.raises(UpstreamError) as raised:
        await source.call(call("a"))
    assert (raised.value.kind, raised.value.status) == (ErrorClass.STATUS, 503)
    assert [(await source.call(call("a"))).body for _ in range(2)] == [3, 3]
    assert source.counts == {"a": 4}


async def test_a_call_without_a_script_fails_and_is_remembered() -> None:
    """A test says which steps are called; any other one is an error."""
    source = ScriptedSource({})
    with pytest.raises(UpstreamError, match="cannot be reached"):
        await source.call(call("b"))
    assert source.unexpected == ["b"]


async def test_a_barrier_opens_only_for_calls_in_flight_together() -> None:
    """Two calls at one time pass a barrier of two; one alone never would."""
    source = ScriptedSource({"a": meets(asyncio.Barrier(2), "both")})
    replies = await asyncio.gather(source.call(call("a")), source.call(call("a")))
    assert (replies, source.most_running) == ([Reply("both"), Reply("both")], 2)


async def test_a_test_can_hold_a_call_and_release_it() -> None:
    """The reply comes when the test says so."""
    released = asyncio.Event()
    source = ScriptedSource({"a": waits(released, "now")})
    running = asyncio.create_task(source.call(call("a")))
    await asyncio.sleep(1)
    assert not running.done()
    released.set()
    assert await running == Reply("now")


async def test_a_hanging_call_ends_by_cancellation() -> None:
    """Who cancels a call leaves nothing running in the source."""
    source = ScriptedSource({"a": hangs()})
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(5):
            await source.call(call("a"))
    assert (source.cancelled, source.running) == (["a"], 0)
    assert LoopClock().now() == 5
