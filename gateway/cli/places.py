"""The places of workers: the number, the socket and the processes of each.

In charge of who serves a place, who comes after, and who leaves. Must never decide
when that is.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from gateway.cli.listening import GRACE
from gateway.cli.running import Running

LAST: Final = GRACE + 10.0
"""Seconds that a worker is given to end; then it hangs, and is killed."""
_LONGEST_PAUSE: Final = 30.0


@dataclass(slots=True)
class Place:
    """One number: its socket, who serves there, and when the next one starts.

    ``coming`` starts beside who serves and takes over from him, for the reason
    ``why``; ``lent`` answers meanwhile where nobody serves. Where nobody could be lent
    its socket for longer than a start takes, it has none: connections go to the others.
    """

    number: int
    listener: socket.socket | None
    running: Running | None = None
    coming: Running | None = None
    lent: Running | None = None
    why: str = ""
    starts: int = 0
    failed: int = 0
    heavy: int = 0
    due: float = 0.0

    def here(self) -> Iterator[Running]:
        """Who serves, and who will."""
        yield from (one for one in (self.running, self.coming) if one is not None)


@dataclass(slots=True)
class Leaving:
    """Those who were told to end and finish what they have, until when."""

    ones: list[tuple[Running, float]] = field(default_factory=list)

    def add(self, running: Running, now: float) -> None:
        """Tell it to end."""
        running.process.terminate()
        self.ones.append((running, now + LAST))

    def look(self, now: float) -> None:
        """Who has ended is gone; who hangs is killed."""
        for one in tuple(self.ones):
            running, latest = one
            if not running.process.is_alive():
                running.closed()
                self.ones.remove(one)
            elif now >= latest:
                running.hangs()

    def waits(self) -> list[int]:
        return [running.process.sentinel for running, _ in self.ones]

    def latest(self) -> Iterator[float]:
        """When to look again, at the latest."""
        yield from (until for _, until in self.ones)

    def kill(self) -> None:
        for running, _ in self.ones:
            running.process.kill()
            running.closed()
        self.ones.clear()


def pause_before(start: int) -> float:
    """Seconds before a worker that keeps dying starts again, by how often it did.

    The first start follows at once: connections may wait for it.
    """
    return 0.0 if start <= 1 else min(_LONGEST_PAUSE, 2.0 ** (start - 2))


def resident(pid: int) -> int | None:
    """Bytes of memory that a process has; None where the system does not tell."""
    try:
        with open(f"/proc/{pid}/statm", "rb") as told:  # noqa: PTH123 - not a file
            pages = int(told.read().split()[1])
    except (OSError, IndexError, ValueError):
        return None
    return pages * os.sysconf("SC_PAGE_SIZE")
