"""Events of the processes that serve as log lines. Part of `log`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from gateway.record import asdict
from gateway.telemetry.lines import Log
from gateway.telemetry.processes import (
    FilesFew,
    ProfileSaved,
    ReloadAsked,
    WorkerDied,
    WorkerKept,
    WorkerReplaced,
    WorkerServes,
)

PROCESSES_LOGGED = {
    "worker.serves": "one of several processes answers",
    "worker.died": "one of several processes ended by itself; another is started",
    "worker.replaced": "another process serves in the place of one",
    "worker.kept": "one was to be replaced and serves on",
    "reload.asked": "a signal asked to load the configuration now",
    "profile.saved": "an author saved a file in the page's workbench",
    "files.few": "a process may open fewer files than it could come to need",
}


def _serves(log: Log, event: WorkerServes) -> None:
    log.info("worker.serves", **asdict(event))


def _died(log: Log, event: WorkerDied) -> None:
    log.error("worker.died", **asdict(event))


def _replaced(log: Log, event: WorkerReplaced) -> None:
    log.info("worker.replaced", **asdict(event))


def _kept(log: Log, event: WorkerKept) -> None:
    log.warning("worker.kept", **asdict(event))


def _asked(log: Log, _event: ReloadAsked) -> None:
    log.info("reload.asked")


def _saved(log: Log, event: ProfileSaved) -> None:
    log.info("profile.saved", **asdict(event))


def _few(log: Log, event: FilesFew) -> None:
    log.warning("files.few", **asdict(event))


PROCESSES: Mapping[type, Callable[[Any, Any], None]] = {
    WorkerServes: _serves,
    WorkerDied: _died,
    WorkerReplaced: _replaced,
    WorkerKept: _kept,
    ProfileSaved: _saved,
    ReloadAsked: _asked,
    FilesFew: _few,
}
"""How each is written."""
