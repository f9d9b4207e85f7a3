"""A file's lines, one at a time and never longer than a bound.

In charge of bytes and their text: what is no UTF-8 is told with its line. Never holds
more of the file than one line.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

LONGEST = 4 * 1024 * 1024
"""Bytes of a line, at most."""
_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Line:
    """One line with its end, and its number from 1; ``wrong`` says why it has none."""

    number: int
    text: str
    wrong: str | None = None


@dataclass(slots=True)
class Lines:
    """The lines of a file, with some of them put back."""

    file: BinaryIO
    size: int | None = None
    number: int = 0
    taken: int = 0
    _back: list[Line] = field(default_factory=list)

    def __iter__(self) -> Iterator[Line]:
        return self

    def __next__(self) -> Line:
        if self._back:
            return self._back.pop()
        raw = self.file.readline(LONGEST)
        if not raw:
            raise StopIteration
        self.number += 1
        self.taken += len(raw)
        if len(raw) >= LONGEST and not raw.endswith(b"\n"):
            self._drop_rest()
            wrong = f"the line is longer than {LONGEST // 2**20} MiB"
            return Line(self.number, "", wrong)
        if self.number == 1:
            raw = raw.removeprefix(_MARK)
        try:
            return Line(self.number, raw.decode())
        except UnicodeDecodeError as error:
            return Line(self.number, "", f"no valid UTF-8 at byte {error.start + 1}")

    def put_back(self, lines: list[Line]) -> None:
        """Have these lines come next, in their order."""
        self._back.extend(reversed(lines))

    def read(self) -> float | None:
        """The share of the file that was taken."""
        return self.taken / self.size if self.size else None

    def _drop_rest(self) -> None:
        while raw := self.file.readline(LONGEST):
            self.taken += len(raw)
            if raw.endswith(b"\n"):
                return
