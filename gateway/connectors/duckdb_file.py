"""One opened DuckDB database: its file attached, its data files as views, locked.

In charge of opening safely and of noticing that the files have changed. The file is
attached to a database in memory, because DuckDB gives one process one instance a path:
a replaced file would go on showing its old content.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeAlias

import duckdb

from gateway.connectors.settings import DuckDBSettings
from gateway.errors import ErrorClass, UpstreamError
from gateway.record import Struct, field

_READERS = {
    ".parquet": "read_parquet",
    ".csv": "read_csv",
    ".tsv": "read_csv",
    ".json": "read_json",
    ".jsonl": "read_json",
    ".ndjson": "read_json",
}
_TAKEN = frozenset({"memory", "system", "temp"})
_LOCKS = (
    "SET GLOBAL TimeZone = 'UTC'",
    "SET autoinstall_known_extensions = false",
    "SET enable_external_access = false",
    "SET lock_configuration = true",
)
_MOST_QUERIES = 1_000
"""Queries that are kept parsed. They are the profiles', so their number is theirs."""

Stamp: TypeAlias = tuple[object, ...]
"""Equal while the files are the ones that were opened."""


class Database(Struct):
    """An open database and its idle cursors. Used from several threads."""

    settings: DuckDBSettings
    stamp: Stamp
    _root: Any
    _search_path: str
    _idle: list[Any] = field(default_factory=list)
    _parsed: dict[str, Any] = field(default_factory=dict)
    _closed: bool = False

    @classmethod
    def open(cls, settings: DuckDBSettings) -> Database:
        """Open the file and its data files.

        Raises:
            UpstreamError: connect: a file is missing, in use, or no database.
        """
        stamp = _stamp(settings)
        root = duckdb.connect(":memory:")
        try:
            _bound(root, settings)
            path = _attach(root, settings)
            _add_views(root, settings)
            for statement in _LOCKS:
                root.execute(statement)
        except UpstreamError:
            root.close()
            raise
        except duckdb.Error as error:
            root.close()
            raise _unopened("The warehouse cannot be opened.", error) from None
        return cls(settings, stamp, root, path)

    def is_outdated(self) -> bool:
        """Whether a file was replaced, added or taken away.

        Raises:
            UpstreamError: connect: the database's file is missing.
        """
        return _stamp(self.settings) != self.stamp

    def take(self) -> Any:
        """A cursor for one query at a time: its own connection to the database."""
        try:
            return self._idle.pop()
        except IndexError:
            cursor = self._root.cursor()
            cursor.execute(f"SET search_path = '{self._search_path}'")
            return cursor

    def parsed(self, query: str, cursor: Any) -> Any:
        """A query as DuckDB reads it, once: a third of what a point query takes.

        Every execution binds and plans a copy of it, on whichever cursor.

        Raises:
            duckdb.Error: this is no SQL.
        """
        known = self._parsed.get(query)
        if known is None:
            found = cursor.extract_statements(query)
            if len(found) != 1 or len(self._parsed) >= _MOST_QUERIES:
                return query
            known = self._parsed[query] = found[0]
        return known

    def give_back(self, cursor: Any, *, reusable: bool) -> None:
        """End with a cursor. One that failed or was interrupted is not used again."""
        if reusable and not self._closed:
            self._idle.append(cursor)
        else:
            cursor.close()

    def close(self) -> None:
        """Close what is idle; running queries end on their own cursors."""
        self._closed = True
        while self._idle:
            self._idle.pop().close()
        self._root.close()


def _bound(root: Any, settings: DuckDBSettings) -> None:
    """What the engine may take of the machine."""
    if settings.memory is not None:
        root.execute(f"SET memory_limit = '{settings.memory}B'")
    if settings.cpus is not None:
        root.execute(f"SET threads = {settings.cpus}")


def _attach(root: Any, settings: DuckDBSettings) -> str:
    """Attach the database's file under its stem; gives the search path."""
    for own_name, file in settings.attached.items():
        root.execute(f'ATTACH {_text(file)} AS "{own_name}" (READ_ONLY)')
    if settings.path is None:
        return "memory"
    stem = Path(settings.path).stem
    name = stem if stem.isidentifier() and stem not in _TAKEN else "warehouse"
    mode = " (READ_ONLY)" if settings.read_only else ""
    root.execute(f'ATTACH {_text(settings.path)} AS "{name}"{mode}')
    return f"{name},memory"


def _add_views(root: Any, settings: DuckDBSettings) -> None:
    """A view for each data file, named by its stem."""
    seen: set[str] = set()
    for file in _data_files(settings):
        if file.stem in seen:
            message = f"Two data files of the warehouse are named '{file.stem}'."
            raise UpstreamError(message, kind=ErrorClass.CONNECT)
        seen.add(file.stem)
        name = file.stem.replace('"', '""')
        reader = _READERS[file.suffix.lower()]
        root.execute(
            f'CREATE VIEW "{name}" AS SELECT * FROM {reader}({_text(file)})'  # noqa: S608 - a configured path, quoted
        )
    if settings.files:
        folders = [p for p in map(os.path.abspath, settings.files) if Path(p).is_dir()]
        single = [p for p in map(os.path.abspath, settings.files) if Path(p).is_file()]
        root.execute(f"SET allowed_directories = [{', '.join(map(_text, folders))}]")
        root.execute(f"SET allowed_paths = [{', '.join(map(_text, single))}]")


def _data_files(settings: DuckDBSettings) -> Iterator[Path]:
    for name in settings.files:
        path = Path(name).absolute()
        path.stat()  # a folder that is missing is an error, not an empty one
        inside = sorted(path.iterdir()) if path.is_dir() else [path]
        yield from (file for file in inside if file.suffix.lower() in _READERS)


def _stamp(settings: DuckDBSettings) -> Stamp:
    try:
        further = (Path(each) for each in settings.attached.values())
        every = (*_data_files(settings), *further)
        files = tuple((str(f), *_seen(f)) for f in every)
        if settings.path is None:
            return files
        own = _seen(settings.path)
    except OSError as error:
        raise _unopened("A file of the warehouse is missing.", error) from None
    # Our own writes change the time and the size of a file that is not read-only.
    return (*files, own if settings.read_only else own[:2])


def _seen(path: str | Path) -> tuple[int, int, int, int]:
    found = os.stat(path)  # noqa: PTH116 - on every call; a Path costs more than it
    return (found.st_dev, found.st_ino, found.st_mtime_ns, found.st_size)


def _text(value: object) -> str:
    """A constant of the configuration as SQL text."""
    return "'" + str(value).replace("'", "''") + "'"


def _unopened(message: str, error: Exception) -> UpstreamError:
    return UpstreamError(message, kind=ErrorClass.CONNECT, detail=str(error))
