"""What was done under a key, in a Redis, for all processes that share it.

In charge of one step in Redis for each question. A Redis that cannot be asked is told
as that: whoever begins without knowing would do twice what is to be done once.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from redis.exceptions import ResponseError

from gateway.cache.base import CacheUnavailable
from gateway.cache.codec import UnfitForCacheError
from gateway.cache.deeds import Deed
from gateway.cache.redis_wire import RedisWire
from gateway.cache.refused import why

T = TypeVar("T")
LARGEST = 8_000_000
"""Bytes of an answer: more would hold up all others on its way."""

Asked = Callable[[Awaitable[bytes | None]], Awaitable[bytes | None]]


class SharedDeeds:
    """Deeds in the Redis of a shared cache."""

    def __init__(self, wire: RedisWire, asked: Asked) -> None:
        self._wire = wire
        self._asked = asked

    async def begin(self, key: str, own: Deed, seconds: float) -> Deed:
        """As the contract says."""
        raw = own.as_bytes()
        there = await self._told(self._wire.begin_deed(key, raw, seconds))
        known = Deed.of(there) if there is not None else None
        return known or own

    async def finish(self, key: str, done: Deed, seconds: float) -> None:
        """As the contract says; of another's deed nothing is changed."""
        raw, begun = done.as_bytes(), Deed(done.fingerprint, done.token).as_bytes()
        if len(raw) > LARGEST:
            raise UnfitForCacheError("the answer is too large")
        await self._told(self._wire.finish_deed(key, begun, raw, seconds))

    async def forget(self, key: str, own: Deed) -> None:
        """As the contract says."""
        await self._told(self._wire.forget_deed(key, own.as_bytes()))

    async def _told(self, asking: Awaitable[bytes | None]) -> bytes | None:
        try:
            return await self._asked(asking)
        except ResponseError as refusal:
            raise CacheUnavailable(
                f"The shared cache refuses: {why(refusal)}"
            ) from None
