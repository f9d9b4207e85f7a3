"""What was done under a key, so that asking again gives the answer and does nothing.

The contract, and a store in the process's own memory. In charge of one thing: of those
who begin under one key one does it, and the others are told. Must never know what an
answer means.
"""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from gateway.cache.base import Entry
from gateway.cache.codec import Record, UnfitForCacheError, decode, encode
from gateway.clock import Clock
from gateway.connectors.base import Reply
from gateway.record import Model
from gateway.values import JsonValue

LIMIT = 32_000_000
"""Bytes of answers that a process remembers at most; the oldest go first."""


class Deed(Model, frozen=True):
    """Something that was begun under a key: by whom, and what came of it.

    ``fingerprint`` stands for what was asked, ``token`` for who began it; ``answer``
    is None as long as it is not done.
    """

    fingerprint: str
    token: str
    answer: JsonValue = None

    def as_bytes(self) -> bytes:
        """Exact, as entries of the cache are.

        Raises:
            UnfitForCacheError: the answer holds what cannot be written exactly.
        """
        body = [self.fingerprint, self.token, self.answer]
        return encode(Record(Entry(Reply(body), 0.0, 0.0, 0.0), 0.0))

    @classmethod
    def of(cls, raw: bytes) -> Deed | None:
        """The deed of such bytes; None where they are none."""
        record = decode(raw)
        body = record.entry.reply.body if record else None
        if not isinstance(body, list) or len(body) != len(cls.__struct_fields__):
            return None
        return cls(*body)


class Deeds(Protocol):
    """Deeds by key, in this process or in all that share a store."""

    async def begin(self, key: str, own: Deed, seconds: float) -> Deed:
        """The deed that stands under the key: the own one, where there was none.

        It stands for so many seconds, if nothing comes of it.

        Raises:
            CacheUnavailable: the store cannot be asked, so nothing was begun.
        """

    async def finish(self, key: str, done: Deed, seconds: float) -> None:
        """Remember what came of it for so many seconds.

        Raises:
            CacheUnavailable: the store cannot be asked.
            UnfitForCacheError: the answer cannot be kept.
        """

    async def forget(self, key: str, own: Deed) -> None:
        """Nothing was done: whoever asks next begins.

        Raises:
            CacheUnavailable: the store cannot be asked.
        """


@runtime_checkable
class Remembers(Protocol):
    """A store of replies that remembers deeds, too."""

    @property
    def deeds(self) -> Deeds: ...


class MemoryDeeds:
    """Deeds of one process, bounded by bytes: the oldest go first."""

    def __init__(self, clock: Clock, limit: int = LIMIT) -> None:
        self._clock = clock
        self._limit = limit
        self._held: dict[str, tuple[bytes, float]] = {}
        self._size = 0

    async def begin(self, key: str, own: Deed, seconds: float) -> Deed:
        """As the contract says; never unavailable."""
        held = self._held.get(key)
        if held is not None and held[1] > self._clock.now():
            known = Deed.of(held[0])
            if known is not None:
                return known
        self._keep(key, own.as_bytes(), seconds)
        return own

    async def finish(self, key: str, done: Deed, seconds: float) -> None:
        """As the contract says; what was lost meanwhile is there again."""
        raw = done.as_bytes()
        if len(raw) > self._limit:
            raise UnfitForCacheError("the answer is too large")
        self._keep(key, raw, seconds)

    async def forget(self, key: str, own: Deed) -> None:
        """As the contract says."""
        held = self._held.get(key)
        known = Deed.of(held[0]) if held else None
        if known is not None and known.token == own.token:
            self._remove(key)

    def _keep(self, key: str, raw: bytes, seconds: float) -> None:
        self._remove(key)
        self._held[key] = raw, self._clock.now() + seconds
        self._size += len(raw)
        while self._size > self._limit and len(self._held) > 1:
            self._remove(next(iter(self._held)))
        self._let_go()

    def _let_go(self) -> None:
        """Of what has ended, at the old end: each new one pays for two old ones."""
        now = self._clock.now()
        for key in [key for key, _ in zip(self._held, range(2), strict=False)]:
            if self._held[key][1] <= now:
                self._remove(key)

    def _remove(self, key: str) -> None:
        held = self._held.pop(key, None)
        if held is not None:
            self._size -= len(held[0])

    def __len__(self) -> int:
        return len(self._held)

    def __repr__(self) -> str:
        return f"<MemoryDeeds {len(self)}, {self._size} bytes>"
