"""Equal calls are one call, in a request and between requests at one time.

Whoever asks for a call that flies gets the same reply; in one request whoever asks
later gets it too. The key holds everything the call depends on, so sharing never
changes an answer. Plain functions; only whoever waits for a flight waits.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Hashable
from typing import Any, Generic, Protocol, TypeVar

from gateway.cache.base import Entry
from gateway.clock import Deadline
from gateway.connectors.base import Reply
from gateway.execution.model import Failed, Provenance, Skipped
from gateway.record import Record, Struct, field

T = TypeVar("T")


class Landed(Record, frozen=True):
    """What a call came to, after how many attempts, and where from.

    ``instead``: another call answered, by `retry.with`; ``span``: the trace and span.
    """

    reply: Reply | Failed | Skipped
    attempts: int = 1
    provenance: Provenance = Provenance.UPSTREAM
    instead: bool = False
    span: tuple[str, int] | None = None


class Trip(Protocol):
    """What is known of a flight under way, for whoever flies it.

    ``until`` is the latest of its waiters' deadlines: nobody's own ends it for the
    others. ``kept`` is an expired answer that may stand in if it fails.
    """

    until: Deadline
    kept: Entry | None


class Alone(Struct):
    """A trip that nobody waits for."""

    until: Deadline
    kept: Entry | None = None


class Flight(Struct, Generic[T], eq=False):
    """Something under way that several wait for, and the trip that it is.

    A waiter may leave; only the last one to leave ends the flight. Whoever flies it
    calls `land` or `crash`, once; waiters hear of it at once, without a turn of the
    loop. As long as it is in the air others find it in ``air``, under ``spot``;
    ``after`` is called when it is over, in whichever way.
    """

    until: Deadline
    kept: Entry | None = None
    value: T | None = None
    error: BaseException | None = None
    is_over: bool = False
    given_up: bool = False
    air: dict[Hashable, Any] | None = None
    spot: Hashable = None
    after: Callable[[], None] | None = None
    _heard: list[Callable[[Any], None]] = field(default_factory=list)
    _end: Callable[[], object] | None = None

    @classmethod
    def start(
        cls, until: Deadline, fly: Callable[[Trip], Coroutine[object, object, T]]
    ) -> Flight[T]:
        """A flight that a coroutine flies."""
        flight = cls(until)
        flight.run(fly(flight))
        return flight

    def run(self, flying: Coroutine[object, object, T]) -> None:
        """Let a coroutine fly it from now on."""
        task = asyncio.create_task(flying)
        self._end = task.cancel
        task.add_done_callback(self._flown)

    def flown_by(self, end: Callable[[], object]) -> None:
        """Somebody flies it who is told by `end` when nobody waits any more."""
        self._end = end

    def land(self, value: T) -> None:
        """It came to something."""
        self.value = value
        self._over()

    def crash(self, error: BaseException) -> None:
        """Our own code failed on the way."""
        self.error = error
        self._over()

    def join(self, until: Deadline, heard: Callable[[Flight[T]], None]) -> None:
        """Wait for it, at the longest `until`; `heard` is called when it is over."""
        if self.is_over:
            heard(self)
            return
        if self.until is not until and self.until < until:
            self.until = until
        self._heard.append(heard)

    def leave(self, heard: Callable[[Flight[T]], None]) -> None:
        """Wait no more. Whoever leaves last ends it."""
        if self.is_over or self.given_up:
            return
        self._heard.remove(heard)
        if self._heard:
            return
        self.given_up = True
        self._quit()
        self.vanish()
        self._forget()

    def replace(self, heard: Callable[[Flight[T]], None]) -> None:
        """Whoever joined last hears of it in the place of one who waits no more."""
        if not self.is_over:
            self._heard[self._heard.index(heard)] = self._heard.pop()

    async def wait(self, until: Deadline) -> T:
        """What it came to."""
        if not self.is_over:
            future = asyncio.get_running_loop().create_future()

            def heard(_: Flight[T]) -> None:
                if not future.done():
                    future.set_result(None)

            self.join(until, heard)
            try:
                await future
            finally:
                self.leave(heard)
        if self.error is not None:
            raise self.error
        return self.value  # type: ignore[return-value]

    def _flown(self, task: asyncio.Task[T]) -> None:
        if self.given_up or task.cancelled():
            if not self.given_up:
                self.crash(asyncio.CancelledError())
            elif not task.cancelled():
                task.exception()  # seen, or the loop would report it
            return
        error = task.exception()
        if error is not None:
            self.crash(error)
        else:
            self.land(task.result())

    def _over(self) -> None:
        self.is_over = True
        if self.air is not None or self.after is not None:
            self.vanish()
        self._forget()
        heard, self._heard = self._heard, []
        if len(heard) == 1:
            heard[0](self)
            return
        bugs = []
        for each in heard:
            try:
                each(self)
            except Exception as error:  # noqa: BLE001 - one waiter's bug is no other's
                bugs.append(error)
        if bugs:
            raise bugs[0]

    # Note [no rounds]
    # What a request made is freed as it ends, with the bodies in it, unless something
    # of it refers to itself by however many others: that waits for Python to look for
    # such rounds, which it seldom does (`cli.collecting`). So whoever is over lets go
    # of what it would have told, and of who told it.
    def _forget(self) -> None:
        """It is over: let go of whoever flew it."""
        self._end = None

    def _quit(self) -> None:
        """Whoever flies it is told that nobody waits any more."""
        if self._end is not None:
            self._end()

    def vanish(self) -> None:
        """Nobody finds it in the air any more."""
        air, self.air = self.air, None
        if air is not None and air.get(self.spot) is self:
            del air[self.spot]
        after, self.after = self.after, None
        if after is not None:
            after()


Start = Callable[[Deadline], Flight[Landed]]
"""Lets a call fly, until its first waiter's deadline."""


class InFlight(Struct, eq=False):
    """The calls that all requests of the process have in the air.

    ``beside`` are those of a candidate that is tried: it flies for itself, but what is
    old for one is old for both.
    """

    beside: InFlight | None = None
    _calls: dict[Hashable, Flight[Landed]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self._calls)

    def join(
        self, key: Hashable, until: Deadline, start: Start
    ) -> tuple[Flight[Landed], bool]:
        """The flight of a call, and whether it was in the air already."""
        known = self.known(key)
        if known is not None:
            return known, True
        fresh = start(until)
        self.keep(key, fresh)
        return fresh, False

    def known(self, key: Hashable) -> Flight[Landed] | None:
        """The flight of a call that is in the air."""
        known = self._calls.get(key)
        return None if known is None or known.given_up else known

    def keep(self, key: Hashable, flight: Flight[Landed]) -> None:
        """Whoever asks for the call joins this flight, as long as it is in the air."""
        if not flight.is_over:
            self._calls[key] = flight
            flight.air, flight.spot = self._calls, key

    def claim(self, key: Hashable, flight: Flight[Landed]) -> Flight[Landed] | None:
        """Let a flight be the one that is joined; else: which one is there already."""
        calls = self._calls
        known = calls.setdefault(key, flight)
        if known is not flight:
            if not known.given_up:
                return known
            calls[key] = flight
        flight.air, flight.spot = calls, key
        return None

    def part(self) -> None:
        """Nobody joins what is in the air by now: what it brings may be old already.

        Whoever waits for it goes on to do so.
        """
        self._calls.clear()
        if self.beside is not None:
            self.beside._calls.clear()  # noqa: SLF001 - of its kind
