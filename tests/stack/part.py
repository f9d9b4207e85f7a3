"""One process of the stack: started, killed, frozen, started again.

In charge of one process and what it started. Must never know what the process is for.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]
PATIENCE = 60.0
"""Seconds that a part has to become ready; the machine may be busy."""
_GRACE = 20.0
_POLL = 0.05
_TAIL = 2_000
_OURS = {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": ""}
"""Compiled once, and not by each of a dozen processes."""


class StackError(Exception):
    """The stack cannot do what was asked; the text is for the person asking."""


@dataclass(slots=True)
class Part:
    """``module`` is what `python -m` takes; ``ready`` says whether it serves.

    ``kills`` is how it is killed: SIGKILL for most.
    """

    name: str
    module: tuple[str, ...]
    ready: Callable[[], bool]
    log: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    kills: signal.Signals = signal.SIGKILL
    _process: subprocess.Popen[bytes] | None = None

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def begin(self) -> None:
        """Start it, and wait for nothing."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "gateway.demo.tied", *self.module],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                env={**os.environ, **_OURS, **self.environment},
                cwd=ROOT,
                start_new_session=True,
            )

    def wait(self) -> None:
        """Returns when it serves.

        Raises:
            StackError: it ended, or did not serve in time; with the end of its log.
        """
        until = time.monotonic() + PATIENCE
        while not self.ready():
            if not self.running:
                raise StackError(f"{self.name} did not start:\n{self.told()}")
            if time.monotonic() > until:
                raise StackError(
                    f"{self.name} was not ready in {PATIENCE:.0f} s:\n{self.told()}"
                )
            time.sleep(_POLL)

    def start(self) -> None:
        """`begin`, then `wait`."""
        self.begin()
        self.wait()

    def stop(self) -> None:
        """Ask it to end and wait for that; what does not end in time is killed."""
        self.ask_to_end()
        self.ended()

    def ask_to_end(self) -> None:
        """SIGTERM, as operators and supervisors send it."""
        if self._process is not None:
            self.thaw()
            self._process.send_signal(signal.SIGTERM)

    def ended(self) -> int | None:
        """Wait for its end, for some seconds; its status, None where none ran."""
        if self._process is None:
            return None
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_GRACE)
        self._signal(signal.SIGKILL)
        return self._gone()

    def kill(self) -> None:
        """It is gone at once, with everything that it started."""
        if self._process is not None:
            self.thaw()
            self._signal(self.kills)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(_GRACE)
            self._signal(signal.SIGKILL)
            self._gone()

    def freeze(self) -> None:
        """It keeps its connections and answers nothing, until `thaw`."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """It goes on where it was."""
        self._signal(signal.SIGCONT)

    def told(self) -> str:
        """The end of its log."""
        text = self.log.read_text("utf-8", "replace") if self.log.exists() else ""
        return text[-_TAIL:].strip()

    def _signal(self, number: signal.Signals) -> None:
        """To it and to all that it started, which is a group of its own."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, number)

    def _gone(self) -> int:
        assert self._process is not None
        status = self._process.wait()
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process = None
        return status
