"""One worker as its parent sees it, and the signals that reach the parent.

In charge of what the operating system asks for. Must never decide who runs.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing import get_context, resource_tracker
from multiprocessing.context import SpawnProcess
from typing import Final

from gateway.cli.worker import Post, work

END: Final = frozenset({signal.SIGINT, signal.SIGTERM})
"""Signals that end the gateway."""
HEARD: Final = END | {signal.SIGHUP, signal.SIGUSR2}
"""And those that ask something of it besides."""


@dataclass(slots=True)
class Running:
    """A process, the parent's end of its line, and how it is."""

    process: SpawnProcess
    line: socket.socket
    since: float
    ready: bool = False
    silent: int = 0
    over: bool = False
    hung: bool = False

    @property
    def pid(self) -> int:
        assert self.process.pid is not None, "it was started"  # noqa: S101
        return self.process.pid

    def hear(self) -> None:
        """Take in what it said; the end of the line says nothing, its process does."""
        try:
            said = self.line.recv(4096)
        except BlockingIOError:
            return
        except OSError:
            said = b""
        if said:
            self.ready, self.silent = True, 0
        else:
            self.over = True

    def signal(self, number: int) -> None:
        """Hand a signal on; one that has just ended does not hear it."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def waits(self) -> list[socket.socket | int]:
        return [self.process.sentinel, *(() if self.over else (self.line,))]

    def hangs(self) -> None:
        """End one that says nothing any more."""
        self.hung = True
        self.process.kill()

    def closed(self) -> str:
        """How it ended; it has."""
        self.process.join()
        self.line.close()
        if self.hung:
            return "did not answer any more"
        status = self.process.exitcode or 0
        return signal.Signals(-status).name if status < 0 else f"status {status}"


def started(post: Post, line: socket.socket, now: float) -> Running:
    """A new worker at a post; ``line`` is the parent's end of the post's.

    Raises:
        OSError: the system has no process or memory to give.
    """
    line.setblocking(False)
    process = get_context("spawn").Process(target=work, args=(post,), daemon=True)
    with post.line:
        try:
            _start_deaf(process)
        except OSError:
            line.close()
            raise
    return Running(process, line, now)


def _start_deaf(process: SpawnProcess) -> None:
    """Start a process that Ctrl-C does not reach, not even while Python starts."""
    resource_tracker.ensure_running()  # it would unblock the signal when it starts
    before = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT,))
    try:
        process.start()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextlib.contextmanager
def bell_of_signals() -> Iterator[socket.socket]:
    """A socket on which the number of each signal for us arrives, as a byte."""
    bell, ring = socket.socketpair()
    for end in (bell, ring):
        end.setblocking(False)
    waking = signal.set_wakeup_fd(ring.fileno())
    before = {number: signal.signal(number, _heard) for number in HEARD}
    try:
        with bell, ring:
            yield bell
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(waking)


def _heard(_number: int, _frame: object) -> None:
    """The wakeup socket has it already."""
