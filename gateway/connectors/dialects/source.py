"""A SQL database at run time, whatever it is: bound queries, stopped when time is up.

In charge of when a query is asked, waited for and stopped: in threads, or on the event
loop where the driver waits by itself. A query that nobody waits for any more is stopped
in the database, and its connection is not used again. Must never let the caller wait
for that.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, TypeAlias, cast

from gateway.connectors.base import Call, Reply, Wire
from gateway.connectors.dialects.database import Database
from gateway.connectors.dialects.faults import late
from gateway.connectors.dialects.question import Question, asked
from gateway.connectors.dialects.statement import Written
from gateway.connectors.dialects.values import sendable
from gateway.connectors.marks import MARKING
from gateway.connectors.masking import masked
from gateway.connectors.probing import Probed
from gateway.connectors.rest_request import filled
from gateway.connectors.rows import SqlTarget, as_answer
from gateway.connectors.running import Running, drained
from gateway.connectors.settings import DialectSettings
from gateway.errors import UpstreamError
from gateway.values import JsonValue, canonical

Rows: TypeAlias = Sequence[Mapping[str, object]]
_AGAIN_SECONDS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5)
"""A word to stop that comes before the query starts is lost, so it is said again."""
_GRACE_SECONDS = 2.0
"""How long a stopped query may take to end before its connection is dropped."""
_MOST_QUERIES = 2_000
_EXPLAINS: Mapping[str, str] = {
    **dict.fromkeys(("mysql", "mariadb", "trino", "snowflake"), "EXPLAIN "),
    **dict.fromkeys(("redshift", "databricks", "postgresql"), "EXPLAIN "),
    "sqlite": "EXPLAIN QUERY PLAN ",
}
"""How a database is asked what it would do, without doing it."""


class DialectSource:
    """One SQL database at run time. Nothing is opened before the first call."""

    def __init__(self, settings: DialectSettings) -> None:
        self._settings = settings
        self._threads = ThreadPoolExecutor(
            settings.connections, thread_name_prefix="headwater-sql"
        )
        self._free = asyncio.Semaphore(settings.connections)
        self._opening = asyncio.Lock()
        self._database: Database | None = None
        self._written: dict[tuple[str, ...], Written] = {}
        self._running = Running()
        self._stopping: set[asyncio.Task[None]] = set()

    def render(self, call: Call[SqlTarget]) -> Wire:
        target = call.target
        place = self._settings.place
        return Wire((place, target.query, canonical(_params(call)), target.rows))

    async def call(self, call: Call[SqlTarget]) -> Reply:
        with self._running:
            future: asyncio.Future[Rows] | None = None
            question = None
            try:
                async with asyncio.timeout_at(call.deadline.at):
                    database = self._database or await self._opened()
                    question = self._question(call, database)
                    question.marks = MARKING.get()
                    future = self._begun(database, question)
                    rows = await asyncio.shield(future)
            except TimeoutError:
                raise late() from None
            finally:
                if future is not None and question is not None and not future.done():
                    self._stop(question, future)
        return Reply(as_answer(rows, call.target.rows))

    async def probe(self, targets: Mapping[str, object]) -> Probed:
        """Log in, and have every query explained: the database reads it, runs none."""
        database = self._database or await self._opened()
        explain = _EXPLAINS.get(database.dialect)
        if explain is None:
            return Probed("opened, and cannot be tried without a query")
        await self._begun(database, Question("SELECT 1", (), 1, 100))
        failures = {}
        for name, target in targets.items():
            if isinstance(target, SqlTarget):
                parts = target.parts or (target.query,)
                made = Written((explain + parts[0], *parts[1:]), database.style, "")
                text, bound = made.bound(dict.fromkeys(parts[1::2]))
                limits = self._settings
                asking = Question(text, bound, limits.row_limit, limits.response_limit)
                try:
                    await self._begun(database, asking)
                except UpstreamError as error:
                    failures[name] = error.detail or error.message
        return Probed("logged in, queries explained", failures)

    def describe(self, call: Call[SqlTarget]) -> Mapping[str, JsonValue]:
        shown = cast("JsonValue", masked(_params(call)))
        return {"query": call.target.query, "parameters": shown}

    async def close(self) -> None:
        await self._running.ended()
        await drained(self._stopping)
        await asyncio.to_thread(self._threads.shutdown)
        database, self._database = self._database, None
        if database is None:
            return
        if database.waits:
            await database.awaited(database.close)
        else:
            await asyncio.to_thread(database.close)

    async def _opened(self) -> Database:
        """The database, opened by the first who asks; it takes imports, so a thread."""
        async with self._opening:
            if self._database is None:
                self._database = await asyncio.to_thread(Database.open, self._settings)
            return self._database

    def _question(self, call: Call[SqlTarget], database: Database) -> Question:
        target = call.target
        parts = target.parts or (target.query,)
        written = self._written.get(parts)
        if written is None:
            if len(self._written) >= _MOST_QUERIES:
                self._written.clear()
            written = Written(parts, database.style, database.dialect)
            self._written[parts] = written
        params = _params(call)
        dialect = database.dialect
        text, bound = written.bound(
            {name: sendable(value, dialect) for name, value in params.items()}
        )
        limits = self._settings
        return Question(text, bound, limits.row_limit, limits.response_limit)

    def _begun(self, database: Database, question: Question) -> asyncio.Future[Rows]:
        if database.waits:
            return asyncio.get_running_loop().create_task(
                self._in_turn(database, question)
            )
        return asyncio.wrap_future(
            self._threads.submit(_unless_stopped, database, question)
        )

    async def _in_turn(self, database: Database, question: Question) -> Rows:
        async with self._free:
            rows: Rows = await database.awaited(asked, database, question)
            return rows

    # -- a query that nobody waits for any more ----------------------------------------

    def _stop(self, question: Question, future: asyncio.Future[Any]) -> None:
        """Stop it where it runs, without letting the caller wait for it."""
        question.stopped = True
        task = asyncio.get_running_loop().create_task(self._stopped(question, future))
        self._stopping.add(task)
        task.add_done_callback(self._stopping.discard)

    async def _stopped(self, question: Question, future: asyncio.Future[Any]) -> None:
        database = self._database
        if database is not None and database.waits:
            await self._end(database, question, future)
        else:
            await self._free_thread(database, question, future)
        if not future.cancelled():
            future.exception()  # nobody else will ask for it

    async def _end(
        self, database: Database, question: Question, future: asyncio.Future[Any]
    ) -> None:
        """By the server's word where there is one; what does not end is dropped."""
        if question.held is not None:
            with suppress(Exception):  # whatever it is: the connection is dropped then
                async with asyncio.timeout(_GRACE_SECONDS):
                    await database.awaited(_halt, database, question)
                    await asyncio.wait({future})
        if not future.done():
            future.cancel()
            await asyncio.wait({future})

    async def _free_thread(
        self,
        database: Database | None,
        question: Question,
        future: asyncio.Future[Any],
    ) -> None:
        """A thread cannot be dropped: it is told until it hears."""
        pauses = iter(_AGAIN_SECONDS)
        while not future.done():
            if database is not None:
                with suppress(Exception):  # a driver's own; it is told again
                    await asyncio.to_thread(_halt, database, question)
            await asyncio.wait({future}, timeout=next(pauses, _AGAIN_SECONDS[-1]))


def _halt(database: Database, question: Question) -> None:
    """Stop a question's query by the server's own word, else by the driver's."""
    known = question.server_id
    if known is None:
        question.interrupt()
    else:
        database.kill(known)


def _unless_stopped(database: Database, question: Question) -> Rows:
    """A question that waited for its thread longer than anybody waited for it."""
    return [] if question.stopped else asked(database, question)


def _params(call: Call[SqlTarget]) -> Mapping[str, object]:
    return {n: filled(p, call.inputs) for n, p in call.target.params.items()}
