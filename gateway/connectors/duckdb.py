"""DuckDB at run time: bound queries on threads, interrupted when their time is up.

In charge of one database, opened lazily and again when its file is replaced. Must
never write to it, read a file that was not configured, or put SQL into a message for
clients. The only importer of duckdb that runs queries.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from threading import Lock
from time import monotonic
from typing import Any, cast

import duckdb

from gateway.connectors.acceptance import invalid
from gateway.connectors.base import Call, Reply, Wire
from gateway.connectors.duckdb_file import Database
from gateway.connectors.duckdb_values import plain
from gateway.connectors.marks import MARKING, Marks
from gateway.connectors.masking import masked
from gateway.connectors.probing import Probed
from gateway.connectors.rest_request import filled
from gateway.connectors.rows import SqlTarget, as_answer, size_of
from gateway.connectors.running import Running, drained
from gateway.connectors.settings import DuckDBSettings
from gateway.connectors.unsaid import without_values
from gateway.errors import ErrorClass, UpstreamError
from gateway.record import Struct, field
from gateway.values import JsonValue, canonical

_CHUNK = 1024
"""Rows that are fetched at once: few enough to stop soon at a limit."""
_AGAIN_SECONDS = 0.01
"""An interrupt that comes before a query starts is lost, so it is sent again."""


class _Job(Struct):
    """One query on its way through a thread.

    ``marks`` are of one that somebody looks into: when it had a thread, when it had
    run, and when all rows were there. A loop's clock is the system's here.
    """

    query: str
    params: Mapping[str, object]
    marks: Marks | None = None
    stopped: bool = False
    answered: bool = False
    _cursor: Any = None
    _lock: Lock = field(default_factory=Lock)

    def begin(self, cursor: Any) -> None:
        with self._lock:
            self._cursor = cursor

    def end(self) -> None:
        """After this no interrupt can reach the cursor, which may serve another."""
        with self._lock:
            self._cursor = None

    def interrupt(self) -> None:
        with self._lock:
            self.stopped = True
            if self._cursor is not None:
                self._cursor.interrupt()


class DuckDBSource:
    """One DuckDB database at run time. Nothing is opened before the first call."""

    def __init__(self, settings: DuckDBSettings) -> None:
        self._settings = settings
        self._where = _place(settings)
        self._threads = ThreadPoolExecutor(
            settings.threads, thread_name_prefix="headwater-duckdb"
        )
        self._database: Database | None = None
        self._opening = Lock()
        self._running = Running()
        self._stopping: set[asyncio.Task[None]] = set()

    def render(self, call: Call[SqlTarget]) -> Wire:
        target = call.target
        return Wire((self._where, target.query, canonical(_params(call)), target.rows))

    async def call(self, call: Call[SqlTarget]) -> Reply:
        job = _Job(call.target.query, _params(call), MARKING.get())
        with self._running:
            try:
                async with asyncio.timeout_at(call.deadline.at):
                    rows = await self._ran(job)
            except TimeoutError:
                message = "The query did not end in time."
                raise UpstreamError(message, kind=ErrorClass.TIMEOUT) from None
        return Reply(as_answer(rows, call.target.rows))

    async def probe(self, targets: Mapping[str, object]) -> Probed:
        """Open it, and have every query explained: it is bound, and none is run.

        Raises:
            UpstreamError: the database or a file of it cannot be opened.
        """
        failures: dict[str, str] = {}
        with self._running:
            await self._ran(_Job("SELECT 1 AS opened", {}))
            for name, target in targets.items():
                if isinstance(target, SqlTarget):
                    nothing = dict.fromkeys(target.params)
                    job = _Job(f"EXPLAIN {target.query}", nothing)
                    try:
                        await self._ran(job)
                    except UpstreamError as error:
                        failures[name] = _first_line(error)
        return Probed("opened, queries explained", failures)

    async def _ran(self, job: _Job) -> Sequence[Mapping[str, object]]:
        """A query in a thread, stopped when nobody waits for it any more."""
        future = self._threads.submit(self._run, job)
        try:
            return await asyncio.wrap_future(future)
        finally:
            if not future.done():
                self._stop(job, future)

    def describe(self, call: Call[SqlTarget]) -> Mapping[str, JsonValue]:
        shown = cast("JsonValue", masked(_params(call)))
        return {"query": call.target.query, "parameters": shown}

    async def close(self) -> None:
        await self._running.ended()
        await drained(self._stopping)
        await asyncio.to_thread(self._threads.shutdown)
        if self._database is not None:
            self._database.close()
            self._database = None

    def _stop(self, job: _Job, future: Future[Any]) -> None:
        """Free the thread, without letting the caller wait for it."""
        job.interrupt()
        task = asyncio.get_running_loop().create_task(_until_free(job, future))
        self._stopping.add(task)
        task.add_done_callback(self._stopping.discard)

    def _run(self, job: _Job) -> Sequence[Mapping[str, object]]:
        """One query, in a thread of the pool."""
        if job.stopped:
            return []
        database = self._current()
        cursor = database.take()
        reusable = False
        job.begin(cursor)
        marks = job.marks
        try:
            if marks is not None:
                marks.connected = monotonic()
            cursor.execute(database.parsed(job.query, cursor), dict(job.params) or None)
            job.answered = True
            if marks is not None:
                marks.first = monotonic()
            rows = _rows(cursor, self._settings)
            if marks is not None:
                marks.received = monotonic()
            reusable = True
        except duckdb.Error as error:
            raise query_error(error) from None
        except (TypeError, ValueError, OverflowError) as error:
            raise _unfit(error, job) from None
        finally:
            job.end()
            database.give_back(cursor, reusable=reusable and not job.stopped)
        return rows

    def _current(self) -> Database:
        """The database as its files are now."""
        with self._opening:
            if self._database is not None and not self._database.is_outdated():
                return self._database
            fresh = Database.open(self._settings)
            if self._database is not None:
                self._database.close()
            self._database = fresh
            return fresh


def _unfit(error: Exception, job: _Job) -> UpstreamError:
    """Python's word on a value: one that goes in, or one that has come."""
    if job.answered:
        message = "The source answered with a value that cannot be read."
        return invalid(message, detail=without_values(str(error)))
    message, said = "A value cannot be bound to the query.", without_values(str(error))
    return UpstreamError(message, kind=ErrorClass.REJECTED, detail=said)


def _place(settings: DuckDBSettings) -> tuple[str | None, tuple[str, ...]]:
    """Which database it is, wherever the process was started that says so."""
    path = None if settings.path is None else str(Path(settings.path).absolute())
    return path, tuple(str(Path(file).absolute()) for file in settings.files)


async def _until_free(job: _Job, future: Future[Any]) -> None:
    while not future.done():
        job.interrupt()
        await asyncio.sleep(_AGAIN_SECONDS)


def _params(call: Call[SqlTarget]) -> Mapping[str, object]:
    return {n: filled(p, call.inputs) for n, p in call.target.params.items()}


def _rows(cursor: Any, settings: DuckDBSettings) -> Sequence[Mapping[str, object]]:
    """All rows by column name, fetched a few at a time.

    Raises:
        UpstreamError: more rows or bytes than may be, or two columns of one name.
    """
    names = [column[0] for column in cursor.description]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        message = f"The query gives two columns named '{twice}'."
        raise UpstreamError(message, kind=ErrorClass.QUERY)
    rows: list[Mapping[str, object]] = []
    left = settings.response_limit
    while chunk := cursor.fetchmany(min(_CHUNK, settings.row_limit + 1 - len(rows))):
        if len(rows) + len(chunk) > settings.row_limit:
            raise invalid(f"The query gives more than {settings.row_limit} rows.")
        left -= sum(map(size_of, chunk))
        if left < 0:
            raise invalid(f"The query gives more than {settings.response_limit} bytes.")
        rows += [dict(zip(names, map(plain, row), strict=True)) for row in chunk]
        if len(chunk) < _CHUNK:
            break
    return rows


def _first_line(error: UpstreamError) -> str:
    return (error.detail or error.message).partition("\n")[0]


def query_error(error: duckdb.Error) -> UpstreamError:
    """DuckDB's error in words for clients; what it says, but for values, as detail."""
    first = str(error).partition("\n")[0].partition(": ")[2].partition("!")[0]
    match error:
        case duckdb.InterruptException():
            return UpstreamError(
                "The query was stopped.", kind=ErrorClass.TIMEOUT, detail=str(error)
            )
        case duckdb.CatalogException():
            message = f"The query cannot run: {first}."
        case duckdb.BinderException() if first.startswith("Referenced "):
            message = f"The query cannot run: {first}."
        case duckdb.ConversionException():
            message = "A value does not have the type that the query needs."
        case _:
            message = "The query failed."
    return UpstreamError(message, kind=ErrorClass.QUERY, detail=_said(error))


_OF_AUTHORS = (
    duckdb.CatalogException,
    duckdb.BinderException,
    duckdb.ParserException,
    duckdb.IOException,
)
"""Errors that speak of the query and of files, and of no value."""


def _said(error: duckdb.Error) -> str:
    """All it says of a query; of a value no more than what is wrong, and where."""
    said = str(error)
    if isinstance(error, _OF_AUTHORS):
        return said
    _, mark, place = said.partition("\n\nLINE ")
    return without_values(said) + mark + place
