"""A store in a directory: local, or on a file system that machines share.

An entry of a log is a file named by its number, made by linking it into place, which
either succeeds whole or finds somebody else's there: no lock that can be left behind.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from gateway.release.model import StoreError
from gateway.release.stores.base import FETCHED, FRESH, LARGEST_NOTE, Note

_ENTRY = ".json"
_OBJECT = ".zip"
_DIGITS = 8
_NOTE = ".note"


class DirectoryStore:
    """Files below one directory, which is made when something is first written."""

    def __init__(self, folder: Path) -> None:
        self._folder = Path(os.path.normpath(folder))
        self._objects = self._folder / "objects"
        self._logs = self._folder / "logs"

    @property
    def place(self) -> str:
        return str(self._folder)

    @property
    def watched(self) -> tuple[Path, ...]:
        return (self._folder,)

    def put(self, name: str, content: bytes) -> None:
        try:
            fresh = _written(self._objects, content)
            fresh.replace(self._objects / f"{name}{_OBJECT}")
        except OSError as error:
            raise self._failed("written", error) from error

    def get(self, name: str) -> bytes | None:
        try:
            return (self._objects / f"{name}{_OBJECT}").read_bytes()
        except FileNotFoundError:
            self._require()
            return None
        except OSError as error:
            raise self._failed("read", error) from error

    def names(self) -> Sequence[str]:
        return sorted(self._listed(self._objects, _OBJECT))

    def drop(self, name: str) -> None:
        try:
            (self._objects / f"{name}{_OBJECT}").unlink(missing_ok=True)
        except OSError as error:
            raise self._failed("written", error) from error

    def logs(self) -> Sequence[str]:
        return sorted(self._listed(self._logs, ""))

    def append(self, log: str, entry: bytes, *, number: int) -> bool:
        folder = self._logs / log
        if self._last(log) != number - 1:
            return False
        try:
            fresh = _written(folder, entry)
            try:
                os.link(fresh, folder / f"{number:0{_DIGITS}}{_ENTRY}")
            except FileExistsError:
                return False
            finally:
                fresh.unlink(missing_ok=True)
        except OSError as error:
            raise self._failed("written", error) from error
        return True

    def entries(self, log: str, most: int = FETCHED) -> tuple[int, Sequence[bytes]]:
        last = self._last(log)
        found = []
        for number in range(max(1, last - most + 1), last + 1):
            path = self._logs / log / f"{number:0{_DIGITS}}{_ENTRY}"
            try:
                found.append(path.read_bytes())
            except OSError as error:
                raise self._failed("read", error) from error
        return last, found

    def notes(self, topic: str, mine: Note | None = None) -> Mapping[str, bytes]:
        folder, now = self._folder / "notes" / topic, time.time()
        try:
            if mine is not None:
                path = folder / f"{mine.by}{_NOTE}"
                _written(folder, mine.content, lasting=False).replace(path)
                now = path.stat().st_mtime  # the clock of the disk, which may be afar
            found = {}
            for name in self._listed(folder, _NOTE):
                content = _noted(folder / f"{name}{_NOTE}", now, sweeps=bool(mine))
                if content is not None:
                    found[name] = content
        except OSError as error:
            raise self._failed("written", error) from error
        return found

    def close(self) -> None:
        """Nothing is held."""

    def _last(self, log: str) -> int:
        numbers = [
            int(name)
            for name in self._listed(self._logs / log, _ENTRY)
            if name.isdigit()
        ]
        return max(numbers, default=0)

    def _listed(self, folder: Path, suffix: str) -> list[str]:
        try:
            names = [path.name for path in folder.iterdir()]
        except FileNotFoundError:
            self._require()
            return []
        except OSError as error:
            raise self._failed("read", error) from error
        return [name.removesuffix(suffix) for name in names if name.endswith(suffix)]

    def _require(self) -> None:
        """Nothing is there yet; or the store is not, such as a mount that is away."""
        if not self._folder.is_dir() and not self._folder.parent.is_dir():
            raise StoreError(f"the store {self.place} cannot be read: it is not there")

    def _failed(self, what: str, error: OSError) -> StoreError:
        reason = error.strerror or "it does not answer"
        return StoreError(f"the store {self.place} cannot be {what}: {reason}")


def _noted(path: Path, now: float, *, sweeps: bool) -> bytes | None:
    """A note that is fresh; None for others, and for one that goes meanwhile."""
    try:
        there = path.stat()
        if now - there.st_mtime > FRESH:
            if sweeps:
                path.unlink(missing_ok=True)
            return None
        return path.read_bytes() if there.st_size <= LARGEST_NOTE else None
    except FileNotFoundError:
        return None


def _written(folder: Path, content: bytes, *, lasting: bool = True) -> Path:
    """A new file beside its place; what is lasting is safe on the disk by then."""
    folder.mkdir(parents=True, exist_ok=True)
    fresh = folder / f".{os.getpid()}-{secrets.token_hex(4)}.new"
    try:
        with fresh.open("xb") as opened:
            opened.write(content)
            opened.flush()
            if lasting:
                os.fsync(opened.fileno())
    except OSError:
        with contextlib.suppress(OSError):
            fresh.unlink(missing_ok=True)
        raise
    return fresh
