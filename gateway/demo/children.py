"""The processes that the demo starts, and their end.

In charge of starting and ending. Each child is tied to us (`gateway.demo.tied`) and
has a group of its own, so that nothing is left over whichever way the demo ends.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from gateway.record import Model

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import TracebackType

_GRACE = 5.0


class Child(Model, frozen=True):
    """A running process and what it is called in front of people."""

    name: str
    process: subprocess.Popen[str]

    @property
    def ended(self) -> bool:
        return self.process.poll() is not None


@dataclass(slots=True)
class Children:
    """A context in which processes live; leaving it ends them all."""

    alive: list[Child] = field(default_factory=list)

    def start(
        self,
        name: str,
        command: Sequence[str],
        *,
        environment: Mapping[str, str] | None = None,
        stdout: int | None = None,
    ) -> Child:
        """Start ``python -m command...``; ``stdout`` as `subprocess.Popen` takes it."""
        process = subprocess.Popen(  # noqa: S603 - our own modules
            [sys.executable, "-m", "gateway.demo.tied", *command],
            stdin=subprocess.PIPE,
            stdout=stdout,
            env={**os.environ, **(environment or {})},
            start_new_session=True,
            text=True,
        )
        child = Child(name, process)
        self.alive.append(child)
        return child

    def ended(self) -> Child | None:
        """The first child that is no longer running, if any."""
        return next((child for child in self.alive if child.ended), None)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.end()

    def end(self) -> None:
        """Ask every child to end, and insist after a few seconds."""
        for child in reversed(self.alive):
            _signal(child, signal.SIGTERM)
        until = time.monotonic() + _GRACE
        for child in self.alive:
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.process.wait(max(0.0, until - time.monotonic()))
            _signal(child, signal.SIGKILL)
            child.process.wait()
            for pipe in (child.process.stdin, child.process.stdout):
                if pipe is not None:
                    pipe.close()
        self.alive.clear()


def _signal(child: Child, number: signal.Signals) -> None:
    """Tell the child's whole group; one that is gone already needs no telling."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.process.pid, number)
