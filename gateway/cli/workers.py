"""Several processes that serve one port: started, started again, and ended together.

In charge of processes and signals. Must never load a configuration or accept a
connection, so that nothing that is served can end it.
"""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from multiprocessing import connection
from typing import Final

from gateway.cli.binding import beside
from gateway.cli.failures import CommandError
from gateway.cli.lending import lend
from gateway.cli.listening import Wishes
from gateway.cli.places import LAST, Leaving, Place, pause_before
from gateway.cli.replacing import Replacing
from gateway.cli.running import END, Running, bell_of_signals, started
from gateway.cli.signals import hung_up
from gateway.cli.worker import BEAT, Post
from gateway.clock import Clock
from gateway.telemetry.events import Observer
from gateway.telemetry.processes import (
    WorkerDied,
    WorkerServes,
)

_MOST_SILENT: Final = 12
"""Beats without a word after which a worker hangs, be it at its start or later. They
are counted, not timed: while the parent itself is stopped, nobody is late."""
_SETTLED: Final = 10.0
"""Seconds that a worker has to run for its end to be no failed start."""
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
    leaving: Leaving = field(default_factory=Leaving)
    told: int = 0
    announced: bool = False
    replacing: Replacing = field(init=False)

    def __post_init__(self) -> None:
        self.replacing = Replacing(
            self.observe, self.clock, self.leaving, self.memory, self.drain
        )

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
            self.replacing.go_on(self.places, self._started)
            now = self.clock.now()
            dues = [place.due for place in self.places if place.running is None]
            self._wait(bell, min((beat, *dues, *self.leaving.latest())) - now)
            for place in self.places:
                self._look_at(place)
            self.leaving.look(self.clock.now())
            if self.clock.now() >= beat:
                beat = self.clock.now() + BEAT
                self._count_silence()
                self.replacing.weigh(self.places)
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
            self.replacing.all_of(self.places)

    def _look_at(self, place: Place) -> None:
        if place.coming is not None:
            self.replacing.look_at(place, place.coming)
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
