"""When to ask a store again: as soon as it says so, and now and then in any case.

In charge of being told, by a Redis that publishes, by a directory that changes, or by
nothing but time. Must never ask the store itself, nor fail: what cannot be heard is
asked for.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import AsyncGenerator
from pathlib import Path

from gateway.profile.watch import changes

_AGAIN = 1.0
"""Seconds before what cannot be listened to is listened to again."""
_SPREAD = 0.1
"""Share of the time that polls are early or late, so that a fleet spreads."""


async def heard(
    store: str, log: str, *, every: float, stop: asyncio.Event
) -> AsyncGenerator[None]:
    """Yields once at the beginning, then whenever the log may have grown.

    ``every`` is how many seconds at most lie between two, until ``stop`` is set.
    """
    told = asyncio.Event()
    listening = asyncio.create_task(_listen(store, log, told, stop))
    try:
        while not stop.is_set():
            told.clear()
            yield
            await _either(told, stop, every * random.uniform(1 - _SPREAD, 1 + _SPREAD))  # noqa: S311
    finally:
        listening.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await listening


async def pause(stop: asyncio.Event, seconds: float) -> None:
    """So long, or until ``stop`` is set."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await stop.wait()


async def _either(told: asyncio.Event, stop: asyncio.Event, seconds: float) -> None:
    waits = {asyncio.create_task(told.wait()), asyncio.create_task(stop.wait())}
    try:
        await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
        await asyncio.gather(*waits, return_exceptions=True)


async def _listen(
    store: str, log: str, told: asyncio.Event, stop: asyncio.Event
) -> None:
    """Set ``told`` whenever the store says something, as far as it can say anything."""
    scheme, marked, path = store.partition("://")
    if scheme in ("redis", "rediss") and marked:
        await _of_redis(store, log, told)
    elif not marked or scheme == "file":
        folder = Path(path if marked else store) / "logs" / log
        await _of_folder(folder, told, stop)


async def _of_redis(url: str, log: str, told: asyncio.Event) -> None:
    from redis.asyncio import Redis
    from redis.exceptions import RedisError

    from gateway.release.stores.redis import log_key

    while True:
        redis = Redis.from_url(
            url, socket_connect_timeout=_AGAIN, socket_keepalive=True
        )
        try:
            async with redis, redis.pubsub() as ear:
                await ear.subscribe(log_key(log))
                async for _ in ear.listen():
                    told.set()  # the answer to the subscription too: a gap may be over
        except (TimeoutError, RedisError, OSError):
            await asyncio.sleep(_AGAIN)


async def _of_folder(folder: Path, told: asyncio.Event, stop: asyncio.Event) -> None:
    while not await asyncio.to_thread(folder.is_dir):
        await pause(stop, _AGAIN)
    told.set()
    async for _ in changes((folder,), stop):
        told.set()
