"""Equal calls of a step are one call in a request, equal keys of batches asked once.

Whoever asks for a call while or after it flies gets the same reply. The key holds
everything the call depends on, so sharing never changes an answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from gateway.connectors.base import Reply
from gateway.execution.model import Failed, StepResult

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Landed:
    """What a call came to, after how many attempts."""

    reply: Reply | Failed
    attempts: int = 1


@dataclass(slots=True)
class Flight(Generic[T]):
    """Something under way that several wait for.

    A waiter that is cancelled leaves; only the last one to leave ends the flight.
    """

    task: asyncio.Task[T]
    waiters: int = 0

    @property
    def given_up(self) -> bool:
        """Whether its last waiter left before it came to anything."""
        return self.task.cancelled() or bool(self.task.cancelling())

    async def wait(self) -> T:
        self.waiters += 1
        try:
            return await asyncio.shield(self.task)
        finally:
            self.waiters -= 1
            if not self.waiters and not self.task.done():
                self.task.cancel()


KeyText = bytes
"""A batch key as text that is equal for equal keys."""

Outcomes = Mapping[KeyText, StepResult]


@dataclass(slots=True)
class Flights:
    """What one request has asked so far. Plain functions; waiting is the flights'."""

    _calls: dict[Hashable, Flight[Landed]] = field(default_factory=dict)
    _keys: dict[tuple[Hashable, KeyText], Flight[Outcomes]] = field(
        default_factory=dict
    )

    def call(
        self,
        key: Hashable,
        start: Callable[[], Coroutine[object, object, Landed]],
    ) -> tuple[Flight[Landed], bool]:
        """The flight of a call, and whether another asked for it first."""
        known = self._calls.get(key)
        if known is not None and not known.given_up:
            return known, True
        fresh = self._calls[key] = Flight(asyncio.create_task(start()))
        return fresh, False

    def asked(self, call: Hashable, key: KeyText) -> Flight[Outcomes] | None:
        """The flight that asks for a key of a batch, if one does."""
        known = self._keys.get((call, key))
        return None if known is None or known.given_up else known

    def ask(
        self,
        call: Hashable,
        keys: Iterable[KeyText],
        start: Coroutine[object, object, Outcomes],
    ) -> Flight[Outcomes]:
        """Let a chunk of keys fly; each of them is asked by it from now on."""
        fresh = Flight(asyncio.create_task(start))
        for key in keys:
            self._keys[call, key] = fresh
        return fresh
