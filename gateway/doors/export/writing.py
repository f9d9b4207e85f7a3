"""Answers and bad rows into their files, so that a power cut loses none that counts.

In charge of the order: rows on the disk first, the mark that speaks of them after.
Never knows what a row means.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, field
from io import FileIO
from pathlib import Path

from gateway.doors.export.mark import Mark, naming, write_mark
from gateway.record import replace


@dataclass(slots=True)
class Sink:
    """A file that grows by lines, cut to a size that was safe when it is opened."""

    path: Path
    size: int = 0
    _file: FileIO | None = field(init=False, default=None)

    def open(self, size: int) -> None:
        """Begin to write at a size, whatever stands after it.

        Raises:
            OSError: it cannot be written.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with naming(self.path):
            file = self.path.open("r+b" if size else "wb", buffering=0)
            file.truncate(size)
            file.seek(size)
        self._file, self.size = file, size

    def write(self, lines: list[bytes]) -> None:
        """Add lines, and have them on the disk."""
        if not lines:
            return
        if self._file is None:
            self.open(0)
        assert self._file is not None, "it was opened"  # noqa: S101
        with naming(self.path):
            rest = memoryview(b"".join(lines))
            while rest:
                rest = rest[self._file.write(rest) :]
            os.fsync(self._file.fileno())
        self.size += sum(map(len, lines))

    def close(self) -> None:
        if self._file is not None:
            self._file.close()


@dataclass(slots=True)
class Stdout:
    """Lines for whoever reads stdout; what was written cannot be taken back."""

    size: int = 0

    def open(self, size: int) -> None:
        """It is open."""

    def write(self, lines: list[bytes]) -> None:
        """Write lines; waits for a reader that is slow."""
        if lines:
            sys.stdout.buffer.writelines(lines)
            sys.stdout.buffer.flush()

    def close(self) -> None:
        """It stays open."""


@dataclass(slots=True)
class Writing:
    """The output, the bad rows, and the mark; None where nothing can go on from it."""

    output: Sink | Stdout
    errors: Sink
    mark: Path | None
    broken: bool = False

    def open(self, mark: Mark) -> None:
        """Go on from a mark: what was written after it is cut off.

        Raises:
            OSError: a file cannot be written.
        """
        self.output.open(mark.output)
        if mark.errors:
            self.errors.open(mark.errors)
        else:
            self.errors.path.unlink(missing_ok=True)

    def save(self, lines: list[bytes], bad: list[bytes], mark: Mark) -> None:
        """Write what came, then say so; ``mark`` needs no sizes.

        After a failure nothing more is written: a later mark would speak of rows that
        are on no disk.

        Raises:
            OSError: the disk is full, or gone.
        """
        if self.broken:
            return
        self.broken = True
        self.output.write(lines)
        self.errors.write(bad)
        if self.mark is not None:
            output, errors = self.output.size, self.errors.size
            write_mark(self.mark, replace(mark, output=output, errors=errors))
        self.broken = False

    def finished(self) -> None:
        """Nothing is left to go on with."""
        if self.mark is not None:
            self.mark.unlink(missing_ok=True)

    def close(self) -> None:
        """Close the files."""
        self.output.close()
        self.errors.close()
