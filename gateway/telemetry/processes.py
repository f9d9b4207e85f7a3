"""What can happen to the processes that serve. Part of `events`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class WorkerServes:
    """One of several processes answers, by its number and process id."""

    worker: int
    pid: int


@dataclass(frozen=True, slots=True)
class WorkerDied:
    """One of several processes ended, and nobody told it to, or could not be started.

    ``how`` says by which signal or status, or why; the next one is started after
    ``pause`` seconds.
    """

    worker: int
    pid: int | None
    how: str
    pause: float


@dataclass(frozen=True, slots=True)
class WorkerReplaced:
    """Another process serves in the place of one that ends in peace now.

    ``why`` is asked, or memory.
    """

    worker: int
    pid: int
    before: int
    why: str


@dataclass(frozen=True, slots=True)
class WorkerKept:
    """A process was to be replaced and serves on: ``reason`` says why."""

    worker: int
    pid: int | None
    reason: str


@dataclass(frozen=True, slots=True)
class ReloadAsked:
    """A signal asked to load the configuration now."""


@dataclass(frozen=True, slots=True)
class FilesFew:
    """A process may open fewer files and sockets than it could come to need."""

    allowed: int
    wanted: int


Processes: TypeAlias = (
    WorkerServes | WorkerDied | WorkerReplaced | WorkerKept | ReloadAsked | FilesFew
)
"""Any of them."""
