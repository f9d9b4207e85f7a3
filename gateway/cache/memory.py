"""The reply cache in the process's own memory, bounded by bytes.

aiocache's memory backend holds the replies; it is neither bounded nor does it time
anything without a timer for each key, so the `Ledger` decides what has to go, and an
entry's own times what is gone. Must never share an entry's body with a caller: each
`get` makes its own from the bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from aiocache import SimpleMemoryCache

from gateway.cache.base import Entry
from gateway.cache.codec import Record, UnfitForCacheError, decode, encode
from gateway.cache.ledger import Ledger
from gateway.cache.stamps import Stamps
from gateway.clock import Clock

LARGEST_SHARE = 8
"""One entry takes at most this part of the memory: it would push out all others."""
_OVERHEAD = 600
"""Bytes that an entry costs beside its reply: objects, and its places in the maps."""


class MemoryCache:
    """At most `limit` bytes of replies; the least recently used ones go first."""

    def __init__(self, limit: int, clock: Clock) -> None:
        self._largest = limit // LARGEST_SHARE
        self._clock = clock
        self._ledger = Ledger(limit)
        self._stamps = Stamps()
        self._replies = SimpleMemoryCache(timeout=None)

    async def get(self, key: str, tags: Sequence[str]) -> Entry | None:
        """As the contract says."""
        raw = await self._replies.get(key)
        if raw is None:
            return None
        record = decode(raw)
        if record is None or record.entry.keep_until <= self._now():
            await self._forget([key])
            return None
        if self._stamps.refuse(_names(tags, (key,)), record.since):
            return None
        self._ledger.use(key)
        return record.entry

    async def put(
        self, key: str, entry: Entry, tags: Sequence[str], since: float
    ) -> None:
        """As the contract says; an entry that is too large is not kept either."""
        if entry.reply.size > self._largest or entry.keep_until <= self._now():
            return
        try:
            raw = encode(Record(entry, since))
        except UnfitForCacheError:
            return
        size = len(raw) + len(key) + sum(map(len, tags)) + _OVERHEAD
        if size > self._largest or self._stamps.refuse(_names(tags, (key,)), since):
            return
        await self._forget(self._ledger.add(key, size, tags))
        await self._replies.set(key, raw)

    async def invalidate(
        self, *, tags: Sequence[str] = (), keys: Sequence[str] = ()
    ) -> int:
        """As the contract says; never unavailable."""
        self._stamps.mark(_names(tags, keys), self._now())
        found = self._ledger.tagged(tags) | {key for key in keys if key in self._ledger}
        await self._forget(found)
        return len(found)

    async def close(self) -> None:
        """Forget everything."""
        await self._forget(list(self._ledger))

    def _now(self) -> float:
        return self._clock.wall().timestamp()

    async def _forget(self, keys: Iterable[str]) -> None:
        for key in keys:
            self._ledger.remove(key)
            await self._replies.delete(key)

    def __repr__(self) -> str:
        return f"<MemoryCache {len(self._ledger)} entries, {self._ledger.size} bytes>"


def _names(tags: Sequence[str], keys: Sequence[str]) -> list[str]:
    """Tags and keys are stamped in one map, and one may be spelled as the other."""
    return [*(f"t{tag}" for tag in tags), *(f"k{key}" for key in keys)]
