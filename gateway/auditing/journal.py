"""Lines at the end of a file, in their order, written by a thread of its own.

In charge of the file: it is opened when the first line comes, again after somebody
moved it away (rotation), and gathers what waits into one write. Never blocks whoever
has a line, and never loses one silently: each is told what became of it. A line that
was told of stands in the file; whether the disk has it, the system decides.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from typing import TypeAlias

from gateway.record import Struct, field

Told: TypeAlias = Callable[[OSError | None], None]
"""Told of one line, in the writer's thread: it stands there, or why it does not."""
_MOST = 10_000
"""Lines that may wait: a disk that is slower than that cannot be written."""
_MOST_AT_ONCE = 500
_IDLE = 5.0
"""Seconds after which a writer without lines ends, and closes its file."""
_MODE = 0o600
_FLAGS = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NONBLOCK
"""A pipe that nobody reads, or too slowly, is an error, and not a wait without end."""


class Journal(Struct):
    """One file. May be appended to by any thread."""

    path: Path
    _waiting: SimpleQueue[tuple[bytes, Told]] = field(default_factory=SimpleQueue)
    _lock: Lock = field(default_factory=Lock)
    _writer: Thread | None = None

    def append(self, line: bytes, told: Told) -> None:
        """Write a line, which has no line break yet; ``told`` is called once."""
        if self._waiting.qsize() >= _MOST:
            told(OSError("too many lines wait to be written"))
            return
        self._waiting.put((line, told))
        with self._lock:
            if self._writer is None:
                name = f"journal {self.path.name}"
                self._writer = Thread(target=self._write, name=name, daemon=True)
                self._writer.start()

    def _write(self) -> None:
        file = _File(self.path)
        try:
            while lines := self._next():
                try:
                    file.write(b"".join(line + b"\n" for line, _ in lines))
                except OSError as error:
                    _tell(lines, error)
                else:
                    _tell(lines, None)
        finally:
            file.close()

    def _next(self) -> list[tuple[bytes, Told]]:
        """All that waits, after waiting for some; none where the writer may end."""
        while True:
            try:
                found = [self._waiting.get(timeout=_IDLE)]
            except Empty:
                with self._lock:
                    if self._waiting.empty():
                        self._writer = None
                        return []
                continue
            while len(found) < _MOST_AT_ONCE and not self._waiting.empty():
                found.append(self._waiting.get())
            return found


def _tell(lines: list[tuple[bytes, Told]], error: OSError | None) -> None:
    for _, told in lines:
        told(error)


class _File(Struct):
    """The file as it is open, by one thread."""

    path: Path
    _open: int | None = None
    _torn: bool = False
    """Whether the last that was written ends within a line."""

    def write(self, data: bytes) -> None:
        """Append all of it, after what is left of a line that could not be written.

        Raises:
            OSError: it cannot be opened or written.
        """
        handle = self._handle()
        left = b"\n" + data if self._torn else data
        while left:
            wrote = os.write(handle, left)
            self._torn = left[wrote - 1 : wrote] != b"\n"
            left = left[wrote:]

    def _handle(self) -> int:
        if self._open is not None and self._is_moved(self._open):
            self.close()
        if self._open is None:
            self._open = os.open(self.path, _FLAGS, _MODE)
            self._torn = _is_torn(self.path)
        return self._open

    def _is_moved(self, handle: int) -> bool:
        """Whether another file, or none, has the name by now."""
        try:
            return not os.path.samestat(os.fstat(handle), self.path.stat())
        except FileNotFoundError:
            return True

    def close(self) -> None:
        if self._open is not None:
            os.close(self._open)
            self._open = None


def _is_torn(path: Path) -> bool:
    """Whether a file ends within a line: the disk was full, or a process was killed."""
    if not path.is_file() or not path.stat().st_size:
        return False
    try:
        with path.open("rb") as file:
            file.seek(-1, os.SEEK_END)
            return file.read(1) != b"\n"
    except PermissionError:  # whoever may write need not be allowed to read
        return False


_JOURNALS: dict[Path, Journal] = {}
_JOURNALS_LOCK = Lock()


def journal_at(path: Path) -> Journal:
    """The journal of a file: one in this process, so that lines keep their order."""
    with _JOURNALS_LOCK:
        return _JOURNALS.setdefault(path.absolute(), Journal(path.absolute()))
