"""Counts → lines in files: one file a day and process, appended to, bounded.

In charge of what is in a line, of when a file is full, and of files that are old. A
line is whole or the last one of a process that died. Must never read a file.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from pathlib import Path

import orjson

from gateway.record import Struct, field
from gateway.usage.counting import Taken
from gateway.usage.model import OTHERS, User

MOST_WAITING = 20_000
"""Documents by users that wait for a file; beyond they are counted together."""
LARGEST_FILE = 16_000_000
"""Bytes of a file; what is counted beyond waits for the next day, added up."""
NAME = re.compile(r"usage-(\d{4}-\d{2}-\d{2})-[\w.-]+\.jsonl")
_OTHERS = Taken(OTHERS, User(*[OTHERS] * 4), (), 0)


class UsageFile(Struct):
    """The files of one process in a folder. ``keep`` is in seconds.

    ``process`` tells it apart from all others that write there.
    """

    folder: Path
    process: str
    keep: float
    largest: int = LARGEST_FILE
    _day: date | None = None
    _size: int = 0
    _said: set[str] = field(default_factory=set)
    _waiting: dict[tuple[str, User], Taken] = field(default_factory=dict)

    def add(self, taken: Iterable[Taken], now: datetime, *, last: bool = False) -> None:
        """Write what was counted; with ``last`` what waits is written too.

        What could not be written waits for the next time.

        Raises:
            OSError: the folder cannot be written to.
        """
        self._wait(taken)
        if self._day != now.date():
            self._turn(now.date())
        if not self._waiting or (self._size >= self.largest and not last):
            return
        lines = b"".join(_lines(self._waiting.values(), self._said, now))
        self._append(lines)
        self._said |= {one.document for one in self._waiting.values()}
        self._waiting = {}

    def _wait(self, taken: Iterable[Taken]) -> None:
        for one in taken:
            key = one.document, one.user
            before = self._waiting.get(key)
            if before is None and len(self._waiting) >= MOST_WAITING:
                key = _OTHERS.document, _OTHERS.user
                before = self._waiting.get(key, _OTHERS)
            kept = before or one._replace(times=0)
            self._waiting[key] = kept._replace(times=kept.times + one.times)

    def _turn(self, day: date) -> None:
        """Another day: another file, and room for it."""
        self._day, self._size, self._said = day, 0, set()
        oldest = day - timedelta(seconds=self.keep)
        for name, written in days_in(self.folder):
            if written < oldest:
                name.unlink(missing_ok=True)

    def _append(self, lines: bytes) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / f"usage-{self._day}-{self.process}.jsonl"
        opened = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o640)
        try:
            size = os.fstat(opened).st_size
            written = os.write(opened, lines)
            if written != len(lines):  # the disk is full: what stands there is no line
                os.ftruncate(opened, size)
                raise OSError(28, "no space left", str(path))
            self._size = size + written
        finally:
            os.close(opened)


def days_in(folder: Path) -> Iterator[tuple[Path, date]]:
    """The files of a folder, with the day that each is of."""
    if not folder.is_dir():
        return
    for path in sorted(folder.iterdir()):
        found = NAME.fullmatch(path.name)
        if found is not None:
            try:
                yield path, date.fromisoformat(found.group(1))
            except ValueError:
                continue


def _lines(
    taken: Collection[Taken], said: Collection[str], now: datetime
) -> Iterator[bytes]:
    """What each document uses, once a file; then who asked for it, and how often."""
    fresh = {one.document: one.uses for one in taken if one.document not in said}
    for document, uses in fresh.items():
        yield _line({"document": document, "uses": list(uses)})
    at = now.isoformat(timespec="seconds")
    for one in taken:
        user = {name: getattr(one.user, name) for name in User.__slots__}
        told = {name: value for name, value in user.items() if value}
        yield _line({"at": at, "document": one.document, **told, "count": one.times})


def _line(content: Mapping[str, object]) -> bytes:
    return orjson.dumps(content) + b"\n"
