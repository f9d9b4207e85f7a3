"""New work one piece at a time, so that what is known goes on beside it.

In charge of the order in which documents that nobody has sent before are read: each
costs milliseconds in which nothing else runs. One goes through in a turn of the event
loop, and only so many wait.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from gateway.errors import Code, RequestError

_BUSY = 503


@dataclass(slots=True)
class Turnstile:
    """Lets one through in each turn of the loop; at most `most` wait."""

    most: int = 200
    waiting: int = 0
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def turn(self) -> None:
        """Wait for a turn of one's own.

        Raises:
            RequestError: OVERLOADED, status 503: too many wait already.
        """
        if self.waiting >= self.most:
            message = "Too many new documents wait to be read. Try again in a moment."
            raise RequestError(message, code=Code.OVERLOADED, status=_BUSY)
        self.waiting += 1
        try:
            async with self._lock:
                await asyncio.sleep(0)
        finally:
            self.waiting -= 1
