"""One query on its way through a driver, and how it is stopped there.

In charge of the rows that are taken, and of a connection going back only where the next
query can trust it. Runs in a thread, or where the driver waits by itself; it does not
know which.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from threading import Lock
from time import monotonic
from typing import Any

from gateway.connectors.acceptance import invalid
from gateway.connectors.dialects.database import Database, server_id
from gateway.connectors.dialects.faults import gone, query_error, stopped
from gateway.connectors.dialects.statement import Bound
from gateway.connectors.dialects.values import reading
from gateway.connectors.marks import Marks
from gateway.connectors.rows import size_of
from gateway.errors import ErrorClass, UpstreamError
from gateway.record import Struct, field

_CHUNK = 256
"""Rows that are asked of the driver at once: few enough to stop soon at a limit."""


class _StaleError(Exception):
    """A connection ended that had idled: most likely before it was asked anything."""


class Question(Struct):
    """A query bound for a driver. ``stopped`` is set before anybody stops it.

    ``marks`` are of one that somebody looks into: when it had a connection, when it had
    run, and when all rows were there. A loop's clock is the system's here.
    """

    text: str
    bound: Bound
    max_rows: int
    max_bytes: int
    stopped: bool = False
    marks: Marks | None = None
    held: Any = None
    _cursor: Any = None
    _lock: Lock = field(default_factory=Lock)

    @property
    def server_id(self) -> object:
        """What the server calls the connection that it runs on; None where unknown."""
        return None if self.held is None else server_id(self.held)

    def begin(self, held: Any, cursor: Any) -> None:
        with self._lock:
            self.held, self._cursor = held, cursor

    def end(self) -> None:
        """After this nobody stops the connection's work, which may be another's."""
        with self._lock:
            self.held = self._cursor = None

    def interrupt(self) -> None:
        """Stop it by the driver's own means, from another thread.

        Drivers call it ``cancel`` (most) or ``interrupt`` (SQLite).
        """
        with self._lock:
            if self.held is None:
                return
            driven = self.held.driver_connection
            inner = getattr(driven, "_conn", driven)  # aiosqlite's, below its thread
            for thing in (self._cursor, inner):
                for name in ("cancel", "interrupt"):
                    if callable(method := getattr(thing, name, None)):
                        method()
                        return


def asked(database: Database, question: Question) -> Sequence[Mapping[str, object]]:
    """All rows of the query by column.

    A connection that ended while it was idle is replaced, once: queries only read.

    Raises:
        UpstreamError: no connection, a failed query, or more than may be taken.
    """
    held, used = database.connection()
    try:
        return _asked_on(held, database, question, used=used)
    except _StaleError:
        return _asked_on(_fresh(database), database, question, used=False)


def _fresh(database: Database) -> Any:
    """A connection that nobody has used: what idled beside a stale one is stale."""
    while True:
        held, used = database.connection()
        if not used:
            return held
        held.invalidate()
        held.close()


def _asked_on(
    held: Any, database: Database, question: Question, *, used: bool
) -> Sequence[Mapping[str, object]]:
    reusable = running = False
    cursor = None
    try:
        cursor = database.cursor(held)
        question.begin(held, cursor)
        if question.stopped:
            raise stopped()  # noqa: TRY301 - the connection is given back below
        marks = question.marks
        if marks is not None:
            marks.connected = monotonic()
        cursor.execute(question.text, question.bound)
        running = True
        if marks is not None:
            marks.first = monotonic()
        rows = _rows(cursor, question, database)
        if marks is not None:
            marks.received = monotonic()
        reusable = True
    except UpstreamError:
        raise
    except Exception as error:  # noqa: BLE001 - a driver's own, or Python's about a value
        if database.has_gone(error, held, cursor):
            if used and not running and not question.stopped:
                raise _StaleError from None
            raise gone(error) from None
        reusable = not running
        raise query_error(error, database.dbapi) from None
    else:
        return rows
    finally:
        question.end()
        _give_back(held, cursor, reusable=reusable and not question.stopped)


def _give_back(held: Any, cursor: Any, *, reusable: bool) -> None:
    """Into the pool, or closed: half an answer must not be the next one's."""
    if not reusable:
        held.invalidate()
        with suppress(AttributeError):
            # PyMySQL's would read on, from a closed socket, when it is collected.
            cursor._result.unbuffered_active = False  # noqa: SLF001
    elif cursor is not None:
        cursor.close()
    held.close()


def _rows(
    cursor: Any, question: Question, database: Database
) -> Sequence[Mapping[str, object]]:
    read = reading(database.dialect)
    names = [database.column(each[0]) for each in cursor.description or ()]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        message = f"The query gives two columns named '{twice}'."
        raise UpstreamError(message, kind=ErrorClass.QUERY)
    rows: list[Mapping[str, object]] = []
    size = 0
    while chunk := cursor.fetchmany(min(_CHUNK, question.max_rows + 1 - len(rows))):
        if len(rows) + len(chunk) > question.max_rows:
            raise invalid(f"The query gives more than {question.max_rows} rows.")
        size += sum(map(size_of, chunk))
        if size > question.max_bytes:
            message = f"The query gives more than {question.max_bytes} bytes."
            raise invalid(message)
        rows += [dict(zip(names, map(read, row), strict=True)) for row in chunk]
    return rows
