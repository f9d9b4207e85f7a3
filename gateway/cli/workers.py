"""Several processes that serve one port: started, started again, and ended together.

In charge of processes and signals. Must never load a configuration or accept a
connection, so that nothing that is served can end it.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from multiprocessing import connection
from typing import Final

from gateway.cli.binding import beside
from gateway.cli.failures import CommandError
from gateway.cli.listening import GRACE, Wishes
from gateway.cli.running import END, Running, bell_of_signals, started
from gateway.cli.worker import BEAT, Post
from gateway.clock import Clock
from gateway.telemetry.events import Observer, WorkerDied, WorkerServes

_MOST_SILENT: Final = 12
"""Beats without a word after which a worker hangs, be it at its start or later. They
are counted, not timed: while the parent itself is stopped, nobody is late."""
_SETTLED: Final = 10.0
"""Seconds that a worker has to run for its end to be no failed start."""
_LONGEST_PAUSE: Final = 30.0
_LAST: Final = GRACE + 10.0
"""Seconds that all are given to end; then those that hang are killed."""
_AT_ONCE: Final = 2
"""The signal that ends the wait for requests in flight: the second one."""


def pause_before(start: int) -> float:
    """Seconds before a worker that keeps dying starts again, by how often it did.

    The first start follows at once: connections wait for it.
    """
    return 0.0 if start <= 1 else min(_LONGEST_PAUSE, 2.0 ** (start - 2))


@dataclass(slots=True)
class _Place:
    """One number: its socket, who serves there, and when the next one starts.

    While nobody serves for longer than a start takes, it has no socket: connections
    go to the others.
    """

    number: int
    listener: socket.socket | None
    running: Running | None = None
    starts: int = 0
    failed: int = 0
    due: float = 0.0


@dataclass(slots=True)
class Workers:
    """All of them, from the first start to the last end.

    ``ready`` is called once: when every worker answers for the first time.
    """

    wishes: Wishes
    listeners: Sequence[socket.socket]
    ready: Callable[[], None]
    observe: Observer
    clock: Clock
    places: list[_Place] = field(default_factory=list)
    told: int = 0
    announced: bool = False

    def run(self) -> None:
        """Keep them running until a signal comes, then end them in peace.

        Raises:
            CommandError: one of them did not start, the first time.
        """
        self.places = [_Place(n, one) for n, one in enumerate(self.listeners, 1)]
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
            now = self.clock.now()
            dues = [place.due for place in self.places if place.running is None]
            self._wait(bell, min((beat, *dues)) - now)
            for place in self.places:
                self._look_at(place)
            if self.clock.now() >= beat:
                beat = self.clock.now() + BEAT
                self._count_silence()
            self._announce()

    def _wait(self, bell: socket.socket, seconds: float) -> None:
        """Until a signal, a word, an end, or so many seconds."""
        running = [place.running for place in self.places if place.running]
        rings = [bell, *(one for worker in running for one in worker.waits())]
        if bell in connection.wait(rings, max(0.0, seconds)):
            self.told += sum(number in END for number in bell.recv(64))

    def _look_at(self, place: _Place) -> None:
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

    def _ended(self, place: _Place, running: Running) -> None:
        place.running = None
        if self.clock.now() - running.since >= _SETTLED:
            place.failed = 0
        self._again(place, running.pid, running.closed())

    def _again(self, place: _Place, pid: int | None, how: str) -> None:
        """Start a new one, at once or after a pause."""
        if not self.announced:
            raise CommandError(f"worker {place.number} did not start: {how}")
        place.failed += 1
        pause = pause_before(place.failed)
        place.due = self.clock.now() + pause
        if pause:
            self._give_up_socket(place)
        self.observe(WorkerDied(place.number, pid, how, pause))

    def _give_up_socket(self, place: _Place) -> None:
        """Nobody will answer there soon. The last socket stays: it holds the port."""
        others = any(p.listener for p in self.places if p is not place)
        if place.listener is not None and others:
            place.listener.close()
            place.listener = None

    def _count_silence(self) -> None:
        for running in (place.running for place in self.places):
            if running is not None:
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
                    self._start(place)
                except OSError as error:
                    # No memory, no process, no socket now: later perhaps.
                    self._again(place, None, str(error.strerror))

    def _start(self, place: _Place) -> None:
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
        )
        place.running = started(post, ours, self.clock.now())
        place.starts += 1

    # -- ending --

    def _end(self, bell: socket.socket) -> None:
        """Each finishes what it has begun; a second signal, or time, ends the wait."""
        latest = self.clock.now() + _LAST
        for place in self.places:
            if place.listener is not None:
                # Ours keeps connections coming that nobody would take.
                place.listener.close()
            if place.running is not None:
                place.running.process.terminate()
        while self.told < _AT_ONCE and self.clock.now() < latest:
            for place in self.places:
                if place.running and not place.running.process.is_alive():
                    place.running.closed()
                    place.running = None
                elif place.running and not place.running.over:
                    place.running.hear()
            if not any(place.running for place in self.places):
                return
            self._wait(bell, latest - self.clock.now())

    def _kill(self) -> None:
        """Nobody outlives the parent, however it ends."""
        for place in self.places:
            if place.running is not None:
                place.running.process.kill()
                place.running.closed()
            if place.listener is not None:
                place.listener.close()
