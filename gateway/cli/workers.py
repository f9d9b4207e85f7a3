"""Several processes that serve one port: started, started again, and ended together.

In charge of processes and signals. Must never load a configuration or accept a
connection, so that nothing that is served can end it.
"""

from __future__ import annotations

import signal
import socket
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from multiprocessing import connection
from typing import Final

from gateway.cli.binding import beside
from gateway.cli.failures import CommandError
from gateway.cli.lending import lend
from gateway.cli.listening import Wishes
from gateway.cli.places import LAST, Leaving, Place, pause_before, resident
from gateway.cli.running import END, Running, bell_of_signals, started
from gateway.cli.signals import hung_up
from gateway.cli.worker import BEAT, Post
from gateway.clock import Clock
from gateway.telemetry.events import Observer
from gateway.telemetry.processes import (
    WorkerDied,
    WorkerKept,
    WorkerReplaced,
    WorkerServes,
)

_MOST_SILENT: Final = 12
"""Beats without a word after which a worker hangs, be it at its start or later. They
are counted, not timed: while the parent itself is stopped, nobody is late."""
_SETTLED: Final = 10.0
"""Seconds that a worker has to run for its end to be no failed start."""
_YOUNG: Final = 60.0
"""Seconds that a worker has served at least before it is replaced for its memory: a
limit that is too low does not keep the gateway busy with starting."""
_HEAVY: Final = 2
"""Looks in a row that find a worker over its memory, before it is replaced."""
_AT_ONCE: Final = 2
"""The signal that ends the wait for requests in flight: the second one."""


@dataclass(slots=True)
class Workers:
    """All of them, from the first start to the last end.

    ``ready`` is called once: when every worker answers for the first time. ``memory``
    is how much one may have, in bytes, before another takes its place; ``drain`` how
    long, in seconds, one that is told to end goes on before it begins to.
    """

    wishes: Wishes
    listeners: Sequence[socket.socket]
    ready: Callable[[], None]
    observe: Observer
    clock: Clock
    memory: int | None = None
    drain: float = 0.0
    places: list[Place] = field(default_factory=list)
    renewals: deque[tuple[Place, str]] = field(default_factory=deque)
    leaving: Leaving = field(default_factory=Leaving)
    told: int = 0
    announced: bool = False

    def run(self) -> None:
        """Keep them running until a signal comes, then end them in peace.

        Raises:
            CommandError: one of them did not start, the first time.
        """
        self.places = [Place(n, one) for n, one in enumerate(self.listeners, 1)]
        with bell_of_signals() as bell:
            try:
                self._keep(bell)
                self._end(bell)
            finally:
                self._kill()

    # -- while they serve --

    def _keep(self, bell: socket.socket) -> None:
        beat = self.clock.now() + BEAT
        while not self.told:
            self._start_due()
            self._renew()
            now = self.clock.now()
            dues = [place.due for place in self.places if place.running is None]
            self._wait(bell, min((beat, *dues, *self.leaving.latest())) - now)
            for place in self.places:
                self._look_at(place)
            self.leaving.look(self.clock.now())
            if self.clock.now() >= beat:
                beat = self.clock.now() + BEAT
                self._count_silence()
                self._weigh()
            self._announce()
            if self.announced:
                lend(self.places)

    def _wait(self, bell: socket.socket, seconds: float) -> None:
        """Until a signal, a word, an end, or so many seconds."""
        here = (one for place in self.places for one in place.here())
        rings = [one for running in here for one in running.waits()]
        if bell in connection.wait(
            [bell, *rings, *self.leaving.waits()], max(0.0, seconds)
        ):
            for number in bell.recv(64):
                self._hear(number)

    def _hear(self, number: int) -> None:
        """What a signal asks for. See Note [what signals mean]."""
        if number in END or (number == signal.SIGHUP and hung_up()):
            self.told += 1
        elif number == signal.SIGHUP:
            for place in self.places:
                if place.running is not None and place.running.ready:
                    place.running.signal(number)
        elif self.announced:
            self.renewals = deque((place, "asked") for place in self.places)

    def _look_at(self, place: Place) -> None:
        if place.coming is not None:
            self._look_at_coming(place, place.coming)
        running = place.running
        if running is None:
            return
        answered = running.ready
        if not running.over:
            running.hear()
        if running.ready and not answered:
            self.observe(WorkerServes(place.number, running.pid))
        if not running.process.is_alive():
            self._ended(place, running)

    def _ended(self, place: Place, running: Running) -> None:
        place.running = None
        if self.clock.now() - running.since >= _SETTLED:
            place.failed = 0
        pid, how = running.pid, running.closed()
        if place.coming is None:
            self._again(place, pid, how)
        else:  # its successor starts already
            place.running, place.coming = place.coming, None
            self.observe(WorkerDied(place.number, pid, how, 0.0))

    def _again(self, place: Place, pid: int | None, how: str) -> None:
        """Start a new one, at once or after a pause."""
        if not self.announced:
            raise CommandError(f"worker {place.number} did not start: {how}")
        place.failed += 1
        pause = pause_before(place.failed)
        place.due = self.clock.now() + pause
        if pause:
            self._give_up_socket(place)
        self.observe(WorkerDied(place.number, pid, how, pause))

    def _give_up_socket(self, place: Place) -> None:
        """Nobody answers there soon. The last socket stays: it holds the port."""
        others = any(p.listener for p in self.places if p is not place)
        if place.listener is not None and place.lent is None and others:
            place.listener.close()
            place.listener = None

    def _count_silence(self) -> None:
        for running in (one for place in self.places for one in place.here()):
            running.silent += 1
            if running.silent > _MOST_SILENT:
                running.hangs()

    def _announce(self) -> None:
        running = [place.running for place in self.places]
        if not self.announced and all(one and one.ready for one in running):
            self.announced = True
            self.ready()

    # -- replacing --

    def _weigh(self) -> None:
        """Have another in the place of each that has too much memory."""
        if self.memory is None:
            return
        for place in self.places:
            running = place.running
            if running is None or self.clock.now() - running.since < _YOUNG:
                place.heavy = 0
                continue
            has = resident(running.pid)
            place.heavy = place.heavy + 1 if has and has > self.memory else 0
            if place.heavy == _HEAVY:
                self.renewals.append((place, "memory"))

    def _renew(self) -> None:
        """Start the next successor, one at a time, beside who serves."""
        if any(place.coming for place in self.places):
            return
        while self.renewals:
            place, why = self.renewals.popleft()
            place.why = why
            if place.running is None or not place.running.ready:
                continue  # a new one starts there anyhow
            try:
                place.coming = self._started(place)
            except OSError as error:
                self._keep_old(place, str(error.strerror))
            return

    def _look_at_coming(self, place: Place, coming: Running) -> None:
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
        self.renewals.clear()
        pid = place.running.pid if place.running else None
        self.observe(WorkerKept(place.number, pid, reason))

    # -- starting --

    def _start_due(self) -> None:
        for place in self.places:
            if place.running is None and place.due <= self.clock.now():
                try:
                    place.running = self._started(place)
                except OSError as error:
                    # No memory, no process, no socket now: later perhaps.
                    self._again(place, None, str(error.strerror))

    def _started(self, place: Place) -> Running:
        if place.listener is None:
            held = next(p.listener for p in self.places if p.listener)
            place.listener = beside(held)
        ours, its = socket.socketpair()
        post = Post(
            wishes=self.wishes,
            number=place.number,
            of=len(self.places),
            listener=place.listener,
            line=its,
            tells=place.number == 1 and place.starts == 0,
            follows=place.running is not None,
        )
        place.starts += 1
        return started(post, ours, self.clock.now())

    # -- ending --

    def _end(self, bell: socket.socket) -> None:
        """Each finishes what it has begun; a second signal, or time, ends the wait."""
        latest = self.clock.now() + LAST + self.drain
        for place in self.places:
            if place.listener is not None:
                # Ours keeps connections coming that nobody would take.
                place.listener.close()
            for running in place.here():
                self.leaving.add(running, self.clock.now() + self.drain)
            place.running = place.coming = None
        while self.told < _AT_ONCE and self.clock.now() < latest:
            self.leaving.look(self.clock.now())
            if not self.leaving.ones:
                return
            self._wait(bell, latest - self.clock.now())

    def _kill(self) -> None:
        """Nobody outlives the parent, however it ends."""
        self.leaving.kill()
        for place in self.places:
            for running in place.here():
                running.process.kill()
                running.closed()
            if place.listener is not None:
                place.listener.close()


# Note [what signals mean]
# SIGINT and SIGTERM end. SIGHUP loads the configuration now, as it does for nginx and
# by `systemctl reload`. SIGUSR2 has each worker replaced by a new one. uvicorn's own
# supervisor means other things by SIGHUP and the like, but it never runs here: its
# server in a worker hears SIGINT and SIGTERM alone. A successor listens on the socket
# of its place, so that no connection is lost that waits there.
