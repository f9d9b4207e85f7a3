"""Waiting for what is under way to end."""

from __future__ import annotations

import asyncio

from gateway.connectors.running import Running, drained


async def test_tasks_that_have_ended_already_keep_nobody_waiting() -> None:
    """They leave the set in the loop's next turn, which they are given."""
    tasks: set[asyncio.Task[None]] = set()
    task = asyncio.create_task(asyncio.sleep(0))
    tasks.add(task)
    await asyncio.wait([task])
    task.add_done_callback(tasks.discard)
    async with asyncio.timeout(60):
        await drained(tasks)
    assert tasks == set()


async def test_who_closes_waits_for_the_last_call() -> None:
    """Calls under way are allowed to finish."""
    running = Running()
    with running:
        ended = asyncio.create_task(running.ended())
        await asyncio.sleep(0)
        assert not ended.done()
    async with asyncio.timeout(60):
        await ended
