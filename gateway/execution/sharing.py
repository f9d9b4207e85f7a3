"""Equal calls of one request are one call.

Whoever asks for a call while or after it flies gets the same reply. The key holds
everything the call depends on, so sharing never changes an answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Hashable
from dataclasses import dataclass, field

from gateway.connectors.base import Reply
from gateway.execution.model import Failed


@dataclass(slots=True)
class _Flight:
    task: asyncio.Task[Reply | Failed]
    waiters: int = 0


@dataclass(slots=True)
class Flights:
    """The calls of one request, by what they depend on."""

    _flying: dict[Hashable, _Flight] = field(default_factory=dict)

    async def join(
        self,
        key: Hashable,
        start: Callable[[], Coroutine[object, object, Reply | Failed]],
    ) -> tuple[Reply | Failed, bool]:
        """What the call came to, and whether another asked for it first.

        A waiter that is cancelled leaves; only the last one to leave ends the call.
        """
        flight = self._flying.get(key)
        shared = flight is not None
        if flight is None:
            flight = self._flying[key] = _Flight(asyncio.create_task(start()))
        flight.waiters += 1
        try:
            return await asyncio.shield(flight.task), shared
        finally:
            flight.waiters -= 1
            if not flight.waiters and not flight.task.done():
                # Who asks later gets a call of its own, not a cancelled one.
                del self._flying[key]
                flight.task.cancel()
