"""What a request shares with others while somebody hears of all its calls.

In charge of what would come from elsewhere unheard: rows of a batch that are kept key
by key, and keys that leave with those of others. All else it shares as any other.
"""

from __future__ import annotations

from collections.abc import Sequence

from gateway.cache.base import CallKey, Entry, Key, ReplyCache
from gateway.execution.calls.caching import Commons
from gateway.execution.objects.gathering import Pots

_OF_CALLS = 3
"""A key of a whole reply is the source, the call and its audience; that of a batch's
rows has their own key besides."""


def apart(commons: Commons) -> Commons:
    """What requests have in common, but keys that wait for those of others."""
    return Commons(
        commons.in_flight,
        Pots(),
        commons.renewals,
        commons.observe,
        commons.deadlines,
        commons.invalidations,
    )


class Whole:
    """A cache that gives whole replies alone: rows of batches are asked for anew."""

    __slots__ = ("_cache",)

    def __init__(self, cache: ReplyCache) -> None:
        self._cache = cache

    def near(self, key: CallKey, tags: Sequence[str]) -> Entry | None:
        """As the cache's own."""
        return self._cache.near(key, tags) if len(key.of) <= _OF_CALLS else None

    async def get(self, key: Key, tags: Sequence[str]) -> Entry | None:
        """As the cache's own."""
        if isinstance(key, CallKey) and len(key.of) > _OF_CALLS:
            return None
        return await self._cache.get(key, tags)

    async def put(
        self, key: Key, entry: Entry, tags: Sequence[str], since: float
    ) -> None:
        """As the cache's own."""
        await self._cache.put(key, entry, tags, since)

    async def invalidate(
        self, *, tags: Sequence[str] = (), keys: Sequence[str] = ()
    ) -> int:
        """As the cache's own."""
        return await self._cache.invalidate(tags=tags, keys=keys)

    async def close(self) -> None:
        """It is another's."""
