"""Reference data at run time: read once, read again when its file changes.

In charge of which version serves: the newest that can be read. What is wrong with a
newer one is told where files are checked, at load. Must never wait for a disk on the
loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from stat import S_ISDIR, S_ISREG
from typing import NamedTuple, TypeAlias, cast

from gateway.connectors.base import Call, Reply, Wire
from gateway.connectors.files.picking import Asked, FileTarget, Table
from gateway.connectors.files.reading import UnreadableError, data_of
from gateway.connectors.masking import masked
from gateway.connectors.probing import Probed
from gateway.connectors.rest_request import filled
from gateway.connectors.settings import FileSettings, StaticSettings
from gateway.errors import ErrorClass, Problem, UpstreamError
from gateway.values import JsonValue, SourceSpan, canonical

LARGEST = 64_000_000
"""Bytes of a file that is held in memory."""
_Stamp: TypeAlias = tuple[int, int, int] | None


class _Version(NamedTuple):
    """A file's data, and what the file looked like."""

    table: Table
    stamp: _Stamp


class FileSource:
    """The data of one file at run time."""

    __slots__ = ("_reading", "_seen", "_settings", "_version")

    def __init__(self, settings: FileSettings) -> None:
        self._settings = settings
        self._version: _Version | None = None
        self._seen: _Stamp = None
        self._reading: asyncio.Task[None] | None = None

    def render(self, call: Call[FileTarget]) -> Wire:
        where = (self._settings.path, self._settings.format, _stamp(self._settings))
        return _wire(call, where)

    async def call(self, call: Call[FileTarget]) -> Reply:
        version = await self._current(call)
        return Reply(version.table.pick(_asked(call)))

    async def _current(self, call: Call[FileTarget]) -> _Version:
        """The newest version that can be read; the first call waits for one."""
        stamp = _stamp(self._settings)
        if stamp != self._seen or self._version is None:
            try:
                async with asyncio.timeout_at(call.deadline.at):
                    await asyncio.shield(self._read(stamp))
            except TimeoutError:
                message = "The source's file was not read in time."
                raise UpstreamError(message, kind=ErrorClass.TIMEOUT) from None
        if self._version is None:
            message = "The source's file cannot be read."
            raise UpstreamError(message, kind=ErrorClass.CONNECT)
        return self._version

    def _read(self, stamp: _Stamp) -> asyncio.Task[None]:
        """The file is read once, whoever waits for it."""
        if self._reading is None or self._reading.done():
            self._reading = asyncio.ensure_future(self._refresh(stamp))
        return self._reading

    async def _refresh(self, stamp: _Stamp) -> None:
        try:
            data = await asyncio.to_thread(read_file, self._settings)
        except UnreadableError:
            self._seen = stamp  # a broken text is not read again and again
            return
        self._version, self._seen = _Version(Table(data), stamp), stamp

    async def probe(self, _targets: Mapping[str, object]) -> Probed:
        """Read the file as it is now; what serves stays what it is.

        Raises:
            UpstreamError: it cannot be read.
        """
        try:
            await asyncio.to_thread(read_file, self._settings)
        except UnreadableError as error:
            message = "The source's file cannot be read."
            raise UpstreamError(
                message, kind=ErrorClass.CONNECT, detail=str(error)
            ) from None
        return Probed("read")

    def describe(self, call: Call[FileTarget]) -> Mapping[str, JsonValue]:
        return {"file": Path(self._settings.path).name, **_described(call)}

    async def close(self) -> None:
        if self._reading is not None:
            await self._reading
        self._version, self._seen = None, None


class StaticSource:
    """Data that stands in the deployment file itself."""

    __slots__ = ("_table", "_where")

    def __init__(self, settings: StaticSettings) -> None:
        self._table = Table(settings.data)
        self._where = canonical(settings.data)

    def render(self, call: Call[FileTarget]) -> Wire:
        return _wire(call, self._where)

    async def call(self, call: Call[FileTarget]) -> Reply:
        return Reply(self._table.pick(_asked(call)))

    async def probe(self, _targets: Mapping[str, object]) -> Probed:
        """It stands in the deployment file, which was read."""
        return Probed("in place")

    def describe(self, call: Call[FileTarget]) -> Mapping[str, JsonValue]:
        return _described(call)

    async def close(self) -> None:
        """There is nothing to give back."""


def read_file(settings: FileSettings) -> object:
    """The data of a file as it is now. Waits for the disk.

    Raises:
        UnreadableError: it cannot be read, or holds something else.
    """
    path = Path(settings.path)
    try:
        found = path.stat()
        if not S_ISREG(found.st_mode) and not S_ISDIR(found.st_mode):
            # A pipe is read until somebody ends it, a device for ever.
            why = "this is a pipe or a device"
            raise _unreadable(settings, why, "name a file")
        if found.st_size > LARGEST:
            why = f"the file has more than {LARGEST // 1_000_000} MB"
            raise _unreadable(settings, why, "put it into a database: type: duckdb")
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        why = f"the file cannot be read: {error.strerror}"
        raise _unreadable(
            settings, why, "the path is relative to headwater.yaml"
        ) from None
    except UnicodeDecodeError:
        raise _unreadable(settings, "the file is no UTF-8 text", "save it so") from None
    return data_of(text, settings.path, settings.format, settings.columns)


def _unreadable(settings: FileSettings, why: str, hint: str) -> UnreadableError:
    return UnreadableError(Problem(SourceSpan(settings.path), why, hint))


def _stamp(settings: FileSettings) -> _Stamp:
    """What changes when a file does; None where there is none."""
    try:
        found = Path(settings.path).stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _asked(call: Call[FileTarget]) -> Asked:
    target = call.target
    key = filled(target.key, call.inputs)
    where = cast("Mapping[str, object]", filled(target.where, call.inputs))
    return Asked(target.at, key, target.keyed, where, target.rows)


def _wire(call: Call[FileTarget], where: object) -> Wire:
    asked = _asked(call)
    looked = canonical([asked.key, asked.where])
    return Wire((where, asked.at, asked.keyed, looked, asked.rows))


def _described(call: Call[FileTarget]) -> Mapping[str, JsonValue]:
    asked = _asked(call)
    shown: dict[str, object] = {"at": ".".join(asked.at) or None}
    shown |= {"key": asked.key} if asked.keyed else {"where": masked(asked.where)}
    return cast("Mapping[str, JsonValue]", shown)
