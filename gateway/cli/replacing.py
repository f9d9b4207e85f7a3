"""Workers that give their place to another: asked by a signal, or grown too large.

In charge of who is replaced next, and of what becomes of it: one at a time, beside who
serves. Must never start a process itself, nor end one that has no successor.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from gateway.cli.places import Leaving, Place, resident
from gateway.cli.running import Running
from gateway.clock import Clock
from gateway.telemetry.events import Observer
from gateway.telemetry.processes import WorkerKept, WorkerReplaced

_YOUNG: Final = 60.0
"""Seconds that a worker has served at least before it is replaced for its memory: a
limit that is too low does not keep the gateway busy with starting."""
_HEAVY: Final = 2
"""Looks in a row that find a worker over its memory, before it is replaced."""


@dataclass(slots=True)
class Replacing:
    """Who waits to be replaced, and why.

    ``memory`` is how much a worker may have, in bytes; ``drain`` how long, in seconds,
    one that is told to end goes on before it begins to.
    """

    observe: Observer
    clock: Clock
    leaving: Leaving
    memory: int | None = None
    drain: float = 0.0
    waiting: deque[tuple[Place, str]] = field(default_factory=deque)

    def all_of(self, places: Sequence[Place]) -> None:
        """Replace each of them, as somebody asked."""
        self.waiting = deque((place, "asked") for place in places)

    def weigh(self, places: Sequence[Place]) -> None:
        """Have another in the place of each that has too much memory."""
        if self.memory is None:
            return
        for place in places:
            running = place.running
            if running is None or self.clock.now() - running.since < _YOUNG:
                place.heavy = 0
                continue
            has = resident(running.pid)
            place.heavy = place.heavy + 1 if has and has > self.memory else 0
            if place.heavy == _HEAVY:
                self.waiting.append((place, "memory"))

    def go_on(self, places: Sequence[Place], start: Callable[[Place], Running]) -> None:
        """Start the next successor, where none is on its way."""
        if any(place.coming for place in places):
            return
        while self.waiting:
            place, why = self.waiting.popleft()
            place.why = why
            if place.running is None or not place.running.ready:
                continue  # a new one starts there anyhow
            try:
                place.coming = start(place)
            except OSError as error:
                self._keep_old(place, str(error.strerror))
            return

    def look_at(self, place: Place, coming: Running) -> None:
        """Let a successor take over once it answers."""
        if not coming.over:
            coming.hear()
        if coming.ready and place.running is not None:
            before, now = place.running, self.clock.now()
            place.running, place.coming, place.heavy = coming, None, 0
            told = place.number, coming.pid, before.pid, place.why
            self.observe(WorkerReplaced(*told))
            self.leaving.add(before, now + self.drain)
        elif not coming.process.is_alive():
            place.coming = None
            self._keep_old(place, f"the new one did not start: {coming.closed()}")

    def _keep_old(self, place: Place, reason: str) -> None:
        """What cannot start in one place is not tried in the others."""
        self.waiting.clear()
        pid = place.running.pid if place.running else None
        self.observe(WorkerKept(place.number, pid, reason))
