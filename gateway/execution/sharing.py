"""Equal calls are one call, in a request and between requests at one time.

Whoever asks for a call that flies gets the same reply; in one request whoever asks
later gets it too. The key holds everything the call depends on, so sharing never
changes an answer. Plain functions; only whoever waits for a flight waits.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from gateway.cache.base import Entry
from gateway.clock import Deadline
from gateway.connectors.base import Reply
from gateway.execution.model import Failed, Provenance, Skipped, StepResult

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Landed:
    """What a call came to, after how many attempts, and where from.

    ``instead``: what answered was another call, which `retry.with` makes of it.
    """

    reply: Reply | Failed | Skipped
    attempts: int = 1
    provenance: Provenance = Provenance.UPSTREAM
    instead: bool = False


@dataclass(slots=True)
class Trip:
    """What is known of a flight under way.

    ``until`` is the latest of its waiters' deadlines: nobody's own ends it for the
    others. ``kept`` is an expired answer that may stand in if it fails.
    """

    until: Deadline
    kept: Entry | None = None


@dataclass(slots=True)
class Flight(Generic[T]):
    """Something under way that several wait for.

    A waiter that is cancelled leaves; only the last one to leave ends the flight.
    """

    task: asyncio.Task[T]
    trip: Trip
    waiters: int = 0

    @classmethod
    def start(
        cls, until: Deadline, fly: Callable[[Trip], Coroutine[object, object, T]]
    ) -> Flight[T]:
        trip = Trip(until)
        return cls(asyncio.create_task(fly(trip)), trip)

    @property
    def given_up(self) -> bool:
        """Whether its last waiter left before it came to anything."""
        return self.task.cancelled() or bool(self.task.cancelling())

    async def wait(self, until: Deadline) -> T:
        self.trip.until = max(self.trip.until, until)
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
Fly = Callable[[Trip], Coroutine[object, object, Landed]]


@dataclass(slots=True)
class InFlight:
    """The calls that all requests of the process have in the air."""

    _calls: dict[Hashable, Flight[Landed]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self._calls)

    def join(
        self, key: Hashable, until: Deadline, fly: Fly
    ) -> tuple[Flight[Landed], bool]:
        """The flight of a call, and whether it was in the air already."""
        known = self._calls.get(key)
        if known is not None and not known.given_up:
            return known, True
        fresh = self._calls[key] = Flight.start(until, fly)
        fresh.task.add_done_callback(lambda _: self._land(key, fresh))
        return fresh, False

    def _land(self, key: Hashable, flight: Flight[Landed]) -> None:
        if self._calls.get(key) is flight:
            del self._calls[key]


@dataclass(slots=True)
class Flights:
    """What one request has asked so far."""

    _calls: dict[Hashable, Flight[Landed]] = field(default_factory=dict)
    _keys: dict[tuple[Hashable, KeyText], Flight[Outcomes]] = field(
        default_factory=dict
    )

    def known(self, key: Hashable) -> Flight[Landed] | None:
        """The flight of a call that this request asked for before."""
        found = self._calls.get(key)
        return None if found is None or found.given_up else found

    def keep(self, key: Hashable, flight: Flight[Landed]) -> None:
        """Whoever asks for the call from now on gets what comes of this flight."""
        self._calls[key] = flight

    def asked(self, call: Hashable, key: KeyText) -> Flight[Outcomes] | None:
        """The flight that asks for a key of a batch, if one does."""
        known = self._keys.get((call, key))
        return None if known is None or known.given_up else known

    def ask(
        self, call: Hashable, keys: Iterable[KeyText], flight: Flight[Outcomes]
    ) -> None:
        """Each of a chunk's keys is asked by this flight from now on."""
        for key in keys:
            self._keys[call, key] = flight
