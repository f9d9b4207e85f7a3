"""What protects a source from us: how many calls it gets at a time, and again.

State changes in plain functions; only a bulkhead waits.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from types import TracebackType


@dataclass(slots=True)
class Bulkhead:
    """At most `limit` calls at a time; the rest wait their turn, first come first.

    At most `queue` wait; None sets no bound.
    """

    limit: int
    queue: int | None = None
    waiting: int = field(init=False, default=0)
    _slots: asyncio.Semaphore = field(init=False)

    def __post_init__(self) -> None:
        self._slots = asyncio.Semaphore(self.limit)

    @property
    def full(self) -> bool:
        """Whether who comes now could neither go on nor wait."""
        if self.queue is None or not self._slots.locked():
            return False
        return self.waiting >= self.queue

    async def __aenter__(self) -> None:
        self.waiting += 1
        try:
            await self._slots.acquire()
        finally:
            self.waiting -= 1

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._slots.release()


_BUCKET = 10.0


@dataclass(slots=True)
class RetryBudget:
    """How many further attempts a source gets, whatever its steps allow themselves.

    First attempts earn a share of one each, a further attempt takes one. So a source
    that is down sees at most ``(1 + share) x calls + 10``: retries never are the load
    that keeps it down. The idea is Finagle's. No share, no further attempts.
    """

    share: float = 0.2
    left: float = field(init=False)

    def __post_init__(self) -> None:
        self.left = _BUCKET if self.share else 0.0

    def earn(self) -> None:
        """A first attempt was sent."""
        self.left = min(_BUCKET, self.left + self.share) if self.share else 0.0

    def take(self) -> bool:
        """Take one further attempt, if there is one."""
        if self.left < 1.0:
            return False
        self.left -= 1.0
        return True
