"""Recordings on disk: a thread of its own appends lines to files that are bounded.

In charge of the folder: how much is kept, and how long. Several processes write to one
folder, each to files of its own. Must never be waited for by a request; what it cannot
take is dropped, and counted.
"""

from __future__ import annotations

import contextlib
import os
import queue
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from gateway.record import Model, Struct, field
from gateway.telemetry.events import Observer
from gateway.telemetry.recordings import (
    RecordingsDropped,
    RecordingsKept,
    RecordingsLost,
)

SUFFIX = ".jsonl"
_WAITING = 100
"""Requests that may wait to be written; what comes then is dropped."""
_PARTS = 16
"""A folder is full of so many files at least, the oldest of which goes first."""
_SMALLEST = 64_000
_PAUSE = 60.0
"""Seconds between two events that tell of what was dropped."""

WAYS = ("parts", "subscription")
"""Answers that are many: they are not recorded, and counted as that."""

Make = Callable[[], bytes]


class Keeping(Model, frozen=True):
    """Where recordings go; at most so many bytes, for so many seconds."""

    folder: Path
    most: int
    seconds: float

    @property
    def part(self) -> int:
        """The size of a file, in bytes."""
        return max(_SMALLEST, self.most // _PARTS)


class Writer(Struct):
    """Writes what it is offered. ``dropped`` counts what it could not take."""

    keeping: Keeping
    observe: Observer
    dropped: int = 0
    written: int = 0
    missed: dict[str, int] = field(default_factory=lambda: dict.fromkeys(WAYS, 0))
    _told: int = 0
    _told_at: float = float("-inf")
    _waiting: queue.Queue[Make | None] = field(
        default_factory=lambda: queue.Queue(_WAITING)
    )
    _thread: threading.Thread | None = None
    _file: Segment | None = None
    _lost: str | None = None

    def offer(self, make: Make) -> None:
        """Write what ``make`` gives, in the thread; dropped where too many wait."""
        if self._thread is None:
            self._thread = threading.Thread(
                target=self._run, name="headwater-recordings", daemon=True
            )
            self._thread.start()
        try:
            self._waiting.put_nowait(make)
        except queue.Full:
            self._drop("they come faster than they can be written")

    def miss(self, why: str) -> None:
        """Count one of a way on which none is recorded."""
        self.missed[why] += 1

    @property
    def counts(self) -> Mapping[str, int]:
        """What became of all that were chosen."""
        return {"written": self.written, "dropped": self.dropped, **self.missed}

    def drain(self) -> None:
        """Wait until everything that was offered is written, or is not going to be."""
        self._waiting.join()

    def close(self, patience: float = 5.0) -> None:
        """Write what waits, for as many seconds, and end the thread."""
        thread = self._thread
        if thread is not None:
            with contextlib.suppress(queue.Full):
                self._waiting.put(None, timeout=patience)
                thread.join(patience)

    def _run(self) -> None:
        while True:
            make = self._waiting.get()
            try:
                if make is None:
                    self._leave()
                    return
                self._write(make)
            finally:
                self._waiting.task_done()

    def _write(self, make: Make) -> None:
        try:
            line = make()
        except Exception as error:  # noqa: BLE001 - an odd value costs its recording
            self._drop(f"one could not be written: {type(error).__name__}")
            return
        if len(line) > self.keeping.part:
            self._drop(f"one has more than {self.keeping.part} bytes")
            return
        try:
            self._append(line)
        except OSError as error:
            self._leave()
            self._lose(error.strerror or str(error))
            return
        self.written += 1
        if self._lost is not None:
            self._lost = None
            self.observe(RecordingsKept(str(self.keeping.folder)))

    def _append(self, line: bytes) -> None:
        file = self._file
        if file is None or not file.takes(len(line), self.keeping):
            self._leave()
            prune(self.keeping, len(line))
            file = self._file = Segment.begin(self.keeping.folder)
        file.append(line)

    def _leave(self) -> None:
        file, self._file = self._file, None
        if file is not None:
            file.close()

    def _lose(self, why: str) -> None:
        self.dropped += 1
        if why != self._lost:
            self._lost = why
            self.observe(RecordingsLost(why))

    def _drop(self, why: str) -> None:
        self.dropped += 1
        now = time.monotonic()
        if now - self._told_at >= _PAUSE:
            number, self._told = self.dropped - self._told, self.dropped
            self._told_at = now
            self.observe(RecordingsDropped(number, why))


class Segment(Struct):
    """One file that is being written, by nobody else."""

    path: Path
    descriptor: int
    began: float
    size: int = 0

    @classmethod
    def begin(cls, folder: Path) -> Segment:
        """A new file that only its owner reads; its folder is made where it is not.

        Raises:
            OSError: it cannot be.
        """
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        now = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
        path = folder / f"{now}-{os.getpid()}-{secrets.token_hex(2)}{SUFFIX}"
        how = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND
        return cls(path, os.open(path, how, 0o600), time.monotonic())

    def takes(self, more: int, keeping: Keeping) -> bool:
        """Whether there is room; a file ends in time to be removed when it is old."""
        young = time.monotonic() - self.began < keeping.seconds / _PARTS
        return young and self.size + more <= keeping.part and self.path.exists()

    def append(self, line: bytes) -> None:
        """The whole line, or nothing of it.

        Raises:
            OSError: it cannot be written, as where the disk is full.
        """
        done = 0
        try:
            while done < len(line):
                done += os.write(self.descriptor, line[done:])
        except OSError:
            with contextlib.suppress(OSError):
                os.ftruncate(self.descriptor, self.size)
            raise
        self.size += done

    def close(self) -> None:
        with contextlib.suppress(OSError):
            os.close(self.descriptor)


def prune(keeping: Keeping, more: int) -> None:
    """Remove what is too old, and the oldest until there is room for ``more``."""
    found = []
    for path in sorted(keeping.folder.glob(f"*{SUFFIX}")):
        with contextlib.suppress(OSError):
            stat = path.stat()
            found.append((path, stat.st_size, stat.st_mtime))
    total, now = sum(size for _, size, _ in found) + more, time.time()
    for path, size, modified in found:
        if now - modified > keeping.seconds or total > keeping.most:
            total -= size
            with contextlib.suppress(OSError):
                path.unlink()
