"""The thread that writes counts to files, for as long as a process serves.

In charge of when. A folder that cannot be written to changes nothing for requests: it
is told once, and tried again. Must never count.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from gateway.record import Model, Struct
from gateway.telemetry.auditing import UsageNotKept
from gateway.usage.counting import Counting
from gateway.usage.model import By
from gateway.usage.writing import UsageFile

EVERY = 30.0
"""Seconds between two times of writing: what a process that is killed loses."""


class Kept(Model, frozen=True):
    """What is counted, where to, and for how many seconds files are kept."""

    by: tuple[By, ...]
    folder: Path
    keep: float


@dataclass(slots=True)
class Flushing:
    """Counts of one process, and the thread that keeps them."""

    settings: Kept
    wall: Callable[[], datetime]
    observe: Callable[[UsageNotKept], None]
    every: float = EVERY
    counting: Counting = field(init=False)
    _file: UsageFile = field(init=False)
    _ended: threading.Event = field(default_factory=threading.Event)
    _failed: bool = False
    _thread: threading.Thread | None = None

    def __post_init__(self) -> None:
        self.counting = Counting(self.settings.by)
        process = uuid.uuid4().hex[:12]  # a container's processes all have number 1
        self._file = UsageFile(self.settings.folder, process, self.settings.keep)

    def start(self) -> None:
        """Write from now on, until `close`."""
        self._thread = threading.Thread(target=self._run, name="usage", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Write what is left. Waits for the disk: not for a loop."""
        self._ended.set()
        if self._thread is not None:
            self._thread.join()
        self.flush(last=True)

    def flush(self, *, last: bool = False) -> None:
        """Write what was counted. Never raises."""
        try:
            self._file.add(self.counting.take(), self.wall(), last=last)
            self._failed = False
        except OSError as error:
            if not self._failed:
                self._failed = True
                reason = error.strerror or type(error).__name__
                self.observe(UsageNotKept(str(self.settings.folder), reason))

    def _run(self) -> None:
        while not self._ended.wait(self.every):
            self.flush()


class Using(Struct):
    """Whether a process counts, which a reload of the deployment may change."""

    wall: Callable[[], datetime]
    observe: Callable[[UsageNotKept], None]
    _now: Flushing | None = None

    def serves(self, settings: Kept | None) -> Counting | None:
        """What counts from now on; None where nothing is counted.

        What was counted elsewhere is written first: this waits for the disk.
        """
        now = self._now
        if now is not None and now.settings == settings:
            return now.counting
        self.close()
        if settings is None:
            return None
        self._now = Flushing(settings, self.wall, self.observe)
        self._now.start()
        return self._now.counting

    def close(self) -> None:
        """Write what is left, and stop."""
        now, self._now = self._now, None
        if now is not None:
            now.close()
