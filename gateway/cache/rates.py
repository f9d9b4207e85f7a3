"""Rates that a fleet shares, in Redis: token buckets by when they are full again.

In charge of their names and of adding up in one step of Redis's own, by its clock. Who
is counted is hashed: Redis learns no callers. Must never decide who may ask.
"""

from __future__ import annotations

from collections.abc import Sequence

from gateway.cache.redis_wire import RedisWire
from gateway.cache.scripts import SPEND
from gateway.values import digest


class SharedRates:
    """The buckets of one Redis, by URL. Connects at the first request."""

    def __init__(self, url: str) -> None:
        self._wire = RedisWire(url)

    async def spend(self, spent: Sequence[tuple[str, int, int, int]]) -> Sequence[int]:
        """Take; in how many microseconds each bucket is full again.

        ``spent`` has for each its key, how many, and in microseconds how long one
        takes to come back and all of them do. Raises `TimeoutError`, and what
        redis-py raises.
        """
        names = [f"rate:{digest(key)}" for key, *_ in spent]
        numbers = [number for _, *numbers in spent for number in numbers]
        return (await self._wire.run(SPEND, names, numbers))[2:]

    async def close(self) -> None:
        """Close every connection."""
        await self._wire.close()
