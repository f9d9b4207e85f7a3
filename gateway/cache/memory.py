"""The reply cache in the process's own memory, bounded by bytes.

aiocache's memory backend holds the replies; it is neither bounded nor does it time
anything without a timer for each key, so the `Ledger` decides what has to go, and an
entry's own times what is gone. What is asked for again is kept `near`, read: requests
share it from then on. Must never give by `get` what others have: it reads anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from aiocache import SimpleMemoryCache

from gateway.cache.base import CallKey, Entry, Key, text_of
from gateway.cache.codec import Record, UnfitForCacheError, decode, encode
from gateway.cache.ledger import Ledger
from gateway.cache.near import SHARE, Near
from gateway.cache.stamps import Stamps, names_of
from gateway.clock import Clock

LARGEST_SHARE = 8
"""One entry takes at most this part of the memory: it would push out all others."""
_OVERHEAD = 600
"""Bytes that an entry costs beside its reply: objects, and its places in the maps."""


class MemoryCache:
    """At most `limit` bytes of replies; the least recently used ones go first.

    Of those at most an eighth is kept a second time, read.
    """

    def __init__(self, limit: int, clock: Clock) -> None:
        self._largest = limit // LARGEST_SHARE
        self._clock = clock
        self._ledger: Ledger[str] = Ledger(limit)
        self._near = Near(limit // SHARE, self._ledger.use)
        self._stamps = Stamps()
        self._replies = SimpleMemoryCache(timeout=None)

    def near(self, key: CallKey, tags: Sequence[str]) -> Entry | None:
        """As the contract says; expired or not."""
        copy = self._near.find(key, tags)
        return None if copy is None else copy.entry

    async def get(self, key: Key, tags: Sequence[str]) -> Entry | None:
        """As the contract says."""
        text = text_of(key)
        raw = await self._replies.get(text)
        if raw is None:
            return None
        record = decode(raw)
        if record is None or record.entry.keep_until <= self._now():
            await self._forget([text])
            self._near.forget_all((), (text,))
            return None
        if self._stamps.refuse(names_of(tags, (text,)), record.since):
            return None
        self._ledger.use(text)
        if isinstance(key, CallKey):
            self._near.keep(key, record.entry, tags)
        return record.entry

    async def put(
        self, key: Key, entry: Entry, tags: Sequence[str], since: float
    ) -> None:
        """As the contract says; an entry that is too large is not kept either."""
        text = text_of(key)
        if entry.reply.size > self._largest or entry.keep_until <= self._now():
            return
        try:
            raw = encode(Record(entry, since))
        except UnfitForCacheError:
            return
        size = len(raw) + len(text) + sum(map(len, tags)) + _OVERHEAD
        if size > self._largest or self._stamps.refuse(names_of(tags, (text,)), since):
            return
        await self._forget(self._ledger.add(text, size, tags))
        await self._replies.set(text, raw)
        self._near.changed()
        if isinstance(key, CallKey):
            self._near.forget(key)

    async def invalidate(
        self, *, tags: Sequence[str] = (), keys: Sequence[str] = ()
    ) -> int:
        """As the contract says; never unavailable."""
        self._stamps.mark(names_of(tags, keys), self._now())
        found = self._ledger.tagged(tags) | {key for key in keys if key in self._ledger}
        self._near.forget_all(tags, (*keys, *found))
        await self._forget(found)
        return len(found)

    async def close(self) -> None:
        """Forget everything."""
        self._near.clear()
        await self._forget(list(self._ledger))

    def _now(self) -> float:
        return self._clock.wall().timestamp()

    async def _forget(self, keys: Iterable[str]) -> None:
        for key in keys:
            self._ledger.remove(key)
            await self._replies.delete(key)

    def __repr__(self) -> str:
        return f"<MemoryCache {len(self._ledger)} entries, {self._ledger.size} bytes>"
