"""Calls under way, so that a source closes after its last one.

In charge of the count only.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from types import TracebackType


@dataclass(slots=True)
class Running:
    """Counts the calls inside ``with running:`` and tells when none is left."""

    count: int = 0
    _waiting: list[asyncio.Future[None]] = field(default_factory=list)

    def __enter__(self) -> None:
        self.enter()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.leave()

    def enter(self) -> None:
        """A call begins; `leave` has to follow."""
        self.count += 1

    def leave(self) -> None:
        """A call is over."""
        self.count -= 1
        if not self.count and self._waiting:
            for future in self._waiting:
                if not future.done():
                    future.set_result(None)
            self._waiting.clear()

    async def ended(self) -> None:
        """Wait until no call is under way."""
        if self.count:
            future = asyncio.get_running_loop().create_future()
            self._waiting.append(future)
            await future


async def drained(tasks: set[asyncio.Task[None]]) -> None:
    """Wait until a set of tasks is empty that each leaves when it ends.

    Tasks that have ended hold nobody up from Python 3.12 on, so the loop is given its
    turn, in which they leave.
    """
    while tasks:
        await asyncio.gather(*tasks)
        await asyncio.sleep(0)
