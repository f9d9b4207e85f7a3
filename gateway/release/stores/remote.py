"""A store wherever fsspec reads and writes: object stores of the clouds and others.

An entry of a log is an object named by its number, created only where there is none.
S3, Google's and Azure's storage decide that themselves; a file system of fsspec that
does not (`mode="create"`) may let two activations of the same moment both win.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from gateway.release.model import ReleaseError, StoreError
from gateway.release.stores.base import FETCHED, FRESH, LARGEST_NOTE, Note

T = TypeVar("T")
_ENTRY = ".json"
_OBJECT = ".zip"
_DIGITS = 8
_NOTE = ".note"
_TIMES = ("mtime", "LastModified", "updated", "last_modified", "modified", "created")
"""What file systems call the time of a file."""


class RemoteStore:
    """Objects below one URL. Credentials are those that fsspec finds by itself."""

    watched: tuple[Path, ...] = ()

    def __init__(self, url: str) -> None:
        self._files, root = _opened(url)
        self._root = root.rstrip("/")
        self.place = f"{url.partition('://')[0]}://{self._root.lstrip('/')}"

    def put(self, name: str, content: bytes) -> None:
        path = f"{self._root}/objects/{name}{_OBJECT}"
        self._asked(lambda: self._files.pipe_file(path, content))

    def get(self, name: str) -> bytes | None:
        path = f"{self._root}/objects/{name}{_OBJECT}"

        def read() -> bytes | None:
            try:
                found: bytes = self._files.cat_file(path)
            except FileNotFoundError:
                return None
            return found

        return self._asked(read)

    def names(self) -> Sequence[str]:
        return sorted(self._listed("objects", _OBJECT))

    def drop(self, name: str) -> None:
        path = f"{self._root}/objects/{name}{_OBJECT}"

        def remove() -> None:
            with contextlib.suppress(FileNotFoundError):
                self._files.rm_file(path)

        self._asked(remove)

    def logs(self) -> Sequence[str]:
        return sorted(self._listed("logs", ""))

    def append(self, log: str, entry: bytes, *, number: int) -> bool:
        if self._last(log) != number - 1:
            return False
        path = self._path(log, number)

        def create() -> bool:
            try:
                self._files.pipe_file(path, entry, mode="create")
            except FileExistsError:
                return False
            return True

        return self._asked(create)

    def entries(self, log: str, most: int = FETCHED) -> tuple[int, Sequence[bytes]]:
        last = self._last(log)
        paths = [self._path(log, n) for n in range(max(1, last - most + 1), last + 1)]
        if not paths:
            return last, []

        def read() -> list[bytes]:
            # All at once, where its file system can; a failure raises.
            found = self._files.cat(paths)
            whole = found if isinstance(found, dict) else {paths[0]: found}
            named = {path.rsplit("/", 1)[-1]: raw for path, raw in whole.items()}
            return [named[path.rsplit("/", 1)[-1]] for path in paths]

        return last, self._asked(read)

    def notes(self, topic: str, mine: Note | None = None) -> Mapping[str, bytes]:
        folder = f"{self._root}/notes/{topic}"

        def tell() -> dict[str, bytes]:
            if mine is not None:
                self._files.pipe_file(f"{folder}/{mine.by}{_NOTE}", mine.content)
            self._files.invalidate_cache()
            try:
                listed = self._files.ls(folder, detail=True)
            except FileNotFoundError:
                return {}
            there = {str(one["name"]).rsplit("/", 1)[-1]: one for one in listed}
            named = {n.removesuffix(_NOTE): n for n in there if n.endswith(_NOTE)}
            own = there[f"{mine.by}{_NOTE}"] if mine else None
            now = _time(own) if own else time.time()
            found = {}
            for by, name in named.items():
                path, age = f"{folder}/{name}", now - _time(there[name])
                with contextlib.suppress(FileNotFoundError):
                    if age <= FRESH and there[name]["size"] <= LARGEST_NOTE:
                        found[by] = bytes(self._files.cat_file(path))
                    elif age > FRESH and mine:
                        self._files.rm_file(path)
            return found

        return self._asked(tell)

    def close(self) -> None:
        """Connections are fsspec's, which shares them."""

    def _path(self, log: str, number: int) -> str:
        return f"{self._root}/logs/{log}/{number:0{_DIGITS}}{_ENTRY}"

    def _last(self, log: str) -> int:
        numbers = (n for n in self._listed(f"logs/{log}", _ENTRY) if n.isdigit())
        return max(map(int, numbers), default=0)

    def _listed(self, below: str, suffix: str) -> list[str]:
        def read() -> list[str]:
            self._files.invalidate_cache()  # others write there too
            try:
                found = self._files.ls(f"{self._root}/{below}", detail=False)
            except FileNotFoundError:
                return []
            names = (str(path).rstrip("/").rsplit("/", 1)[-1] for path in found)
            return [n.removesuffix(suffix) for n in names if n.endswith(suffix)]

        return self._asked(read)

    def _asked(self, ask: Callable[[], T]) -> T:
        try:
            return ask()
        except Exception as error:  # each file system has its own, over no common base
            # What they say may hold a signed URL; the kind is enough.
            told = type(error).__name__.removesuffix("Error")
            raise StoreError(
                f"the store {self.place} cannot be asked: {told}"
            ) from error


def _time(said: Mapping[str, Any]) -> float:
    """When a file was written, in seconds.

    Raises:
        StopIteration: nobody says.
    """
    found = next(said[name] for name in _TIMES if said.get(name) is not None)
    if isinstance(found, str):
        found = datetime.fromisoformat(found)
    if isinstance(found, datetime):
        aware = found if found.tzinfo else found.replace(tzinfo=UTC)
        return aware.timestamp()
    return float(found)


def _opened(url: str) -> tuple[Any, str]:
    """The file system of a URL, and where in it.

    Raises:
        ReleaseError: there is none of this kind, or what it needs is not installed.
    """
    scheme = url.partition("://")[0]
    try:
        from fsspec.core import url_to_fs
    except ImportError:
        raise ReleaseError(
            f"a store at {scheme}:// needs fsspec",
            hint="pip install 'headwater[stores]'",
        ) from None
    try:
        files, root = url_to_fs(url)
    except ImportError as error:
        hint = f"fsspec says: {error}"
        raise ReleaseError(f"a store at {scheme}:// needs more", hint=hint) from None
    except Exception as error:  # noqa: BLE001 - as above
        told = type(error).__name__
        raise ReleaseError(
            f"{scheme[:40]!r} is no kind of store here ({told})",
            hint="write a directory, redis://HOST:PORT/0, or a URL that fsspec knows",
        ) from None
    return files, str(root)
