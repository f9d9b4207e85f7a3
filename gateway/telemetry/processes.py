"""What can happen to the processes that serve. Part of `events`."""

from __future__ import annotations

from typing import TypeAlias

from gateway.record import Model


class WorkerServes(Model, frozen=True):
    """One of several processes answers, by its number and process id."""

    worker: int
    pid: int


class WorkerDied(Model, frozen=True):
    """One of several processes ended, and nobody told it to, or could not be started.

    ``how`` says by which signal or status, or why; the next one is started after
    ``pause`` seconds.
    """

    worker: int
    pid: int | None
    how: str
    pause: float


class WorkerReplaced(Model, frozen=True):
    """Another process serves in the place of one that ends in peace now.

    ``why`` is asked, or memory.
    """

    worker: int
    pid: int
    before: int
    why: str


class WorkerKept(Model, frozen=True):
    """A process was to be replaced and serves on: ``reason`` says why."""

    worker: int
    pid: int | None
    reason: str


class ReloadAsked(Model, frozen=True):
    """A signal asked to load the configuration now."""


class ProfileSaved(Model, frozen=True):
    """An author saved a file in the page's workbench.

    ``path`` is below the folder of profiles, ``by`` who asked where that is proved,
    ``peer`` the address that it came from.
    """

    request_id: str
    path: str
    by: str | None
    peer: str | None


class FilesFew(Model, frozen=True):
    """A process may open fewer files and sockets than it could come to need.

    ``connections`` is how many clients may have at a time instead.
    """

    allowed: int
    wanted: int
    connections: int


Processes: TypeAlias = (
    WorkerServes
    | WorkerDied
    | WorkerReplaced
    | WorkerKept
    | ReloadAsked
    | ProfileSaved
    | FilesFew
)
"""Any of them."""
