"""What a fleet takes of its buckets, added up in one store, a moment late.

In charge of telling the store what was taken here, and the buckets here what others
took. No request waits for it: it is decided by what is known, and whatever was taken
while an answer was on its way goes with the next question. Where the store is away each
process counts alone, and says so. Must never keep more than the buckets do.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from itertools import islice
from typing import NamedTuple, Protocol

from gateway.clock import Clock
from gateway.limiting.buckets import MOST, Buckets
from gateway.telemetry.events import Observer
from gateway.telemetry.limiting import RatesShared, RatesUnshared

_PAUSE = 0.01
"""Seconds between two questions, so that a flood is few of them."""
_AT_ONCE = 500
_AWAY = 1.0
"""Seconds until a store that failed is asked again."""


class Spent(NamedTuple):
    """So many were taken from one bucket. Times are in microseconds."""

    key: str
    times: int
    each: int
    span: int


class Store(Protocol):
    """Adds up what is spent."""

    async def spend(self, spent: Sequence[Spent]) -> Sequence[int]:
        """In how many microseconds each bucket is full again, with this taken.

        Raises whatever went wrong.
        """

    async def close(self) -> None:
        """Give up the connections."""


class Ledger:
    """The accounts of one store."""

    def __init__(self, store: Store, clock: Clock, observe: Observer) -> None:
        self._store = store
        self._clock = clock
        self._observe = observe
        self._names: dict[int, str] = {}
        self._unsaid: dict[tuple[Buckets, str], int] = {}
        self._telling: asyncio.Task[None] | None = None
        self._lost: float | None = None
        self._again = 0.0

    def reachable(self) -> bool:
        """Whether the store answered when it was asked last."""
        return self._lost is None

    def account(self, name: str, buckets: Buckets) -> None:
        """Have what is taken of these buckets added up under a name."""
        self._names[id(buckets)] = name
        buckets.spent = self.note

    def note(self, buckets: Buckets, who: str) -> None:
        """One was taken."""
        if self._lost is not None and self._clock.now() < self._again:
            return
        key = buckets, who
        taken = self._unsaid.get(key, 0)
        if not taken and len(self._unsaid) >= MOST:
            return
        self._unsaid[key] = taken + 1
        if self._telling is None or self._telling.done():
            self._telling = asyncio.get_running_loop().create_task(self._tell())

    async def close(self) -> None:
        """Stop, and give up the store."""
        if self._telling is not None:
            self._telling.cancel()
            await asyncio.gather(self._telling, return_exceptions=True)
        await self._store.close()

    async def _tell(self) -> None:
        while self._unsaid:
            batch = dict(islice(self._unsaid.items(), _AT_ONCE))
            for key in batch:
                del self._unsaid[key]
            spent = [self._spent(*key, times) for key, times in batch.items()]
            try:
                owed = await self._store.spend(spent)
            except Exception as error:  # noqa: BLE001 - whatever it is, requests go on
                self._fails(error)
                return
            self._learn([*batch], owed)
            await asyncio.sleep(_PAUSE)

    def _spent(self, buckets: Buckets, who: str, times: int) -> Spent:
        rate, name = buckets.rate, self._names[id(buckets)]
        each, span = round(buckets.each * 1e6), round(rate.seconds * 1e6)
        return Spent(f"{name} {who}", times, max(1, each), span)

    def _learn(self, batch: list[tuple[Buckets, str]], owed: Sequence[int]) -> None:
        now = self._clock.now()
        if self._lost is not None:
            self._observe(RatesShared(now - self._lost))
            self._lost = None
        for (buckets, who), micros in zip(batch, owed, strict=True):
            unsaid = self._unsaid.get((buckets, who), 0)
            buckets.learn(who, now, micros / 1e6, unsaid)

    def _fails(self, error: Exception) -> None:
        now = self._clock.now()
        self._again = now + _AWAY
        self._unsaid.clear()
        if self._lost is None:
            self._lost = now
            self._observe(RatesUnshared(type(error).__name__))


# Note [a moment late]
# Asking the store for each request would put its round trip, and its outages, in the
# way of all of them. Here the processes of a fleet may give out a little more than the
# rate, once: what each gives before it hears of the others, which is one round trip
# and 10 ms. It is owed from then on, so that over any longer time the rate holds.
# Kong's and Envoy's "synchronised" counters do the same with longer pauses.
