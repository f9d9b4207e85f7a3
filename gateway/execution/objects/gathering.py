"""Keys that come together go together: in one call instead of many.

In charge of who goes with whom and of when they leave. Knows nothing of calls; whoever
opens a pot says by what its keys must be equal, and who asks for them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Hashable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from math import inf

from gateway.clock import Deadline
from gateway.execution.calls.asked import KeyText, Outcomes
from gateway.execution.calls.sharing import Flight, Trip
from gateway.record import Model

Ask = Callable[[Mapping[KeyText, object], Trip], Coroutine[object, object, Outcomes]]
"""Asks for keys, and gives what each of them came to."""


class Leaving(Model, frozen=True):
    """When the keys of a pot leave, and who asks for them then.

    After ``window`` seconds, or as soon as there are ``most``. A window of 0 takes
    with it what comes in the same turn of the loop.
    """

    until: Deadline
    ask: Ask
    window: float = 0.0
    most: float = inf


@dataclass(slots=True, eq=False)
class Pot:
    """Keys that wait to be asked together."""

    flight: Flight[Outcomes]
    keys: dict[KeyText, object] = field(default_factory=dict)
    full: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(slots=True)
class Pots:
    """The pots that are open, by what the calls for their keys have in common."""

    _open: dict[Hashable, Pot] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self._open)

    def add(
        self, group: Hashable, text: KeyText, key: object, leaving: Leaving
    ) -> tuple[Flight[Outcomes], bool]:
        """The flight that will ask for a key, and whether another wants that key too.

        Whoever waits for the flight may leave it; it goes on for the others.
        """
        pot = self._open.get(group)
        if pot is None or pot.flight.given_up:
            pot = self._open[group] = Pot(Flight(leaving.until))
            pot.flight.run(self._leave(group, pot, leaving))
        known = text in pot.keys
        pot.keys.setdefault(text, key)
        if len(pot.keys) >= leaving.most:
            del self._open[group]
            pot.full.set()
        return pot.flight, known

    async def _leave(self, group: Hashable, pot: Pot, leaving: Leaving) -> Outcomes:
        try:
            if leaving.window:
                with suppress(TimeoutError):
                    async with asyncio.timeout(leaving.window):
                        await pot.full.wait()
        finally:
            if self._open.get(group) is pot:
                del self._open[group]
        return await leaving.ask(pot.keys, pot.flight)
