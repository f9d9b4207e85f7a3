"""PostgreSQL at run time: prepared statements on kept connections, stopped in time.

In charge of a call's way: a free connection, its statement, the values, the rows. Must
never leave a query running that nobody waits for, nor put SQL into a message for
clients.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, cast

from gateway.connectors.acceptance import invalid
from gateway.connectors.base import Call, Reply, Wire
from gateway.connectors.hearing import GiveUp, Hearing, NeverArrivedError
from gateway.connectors.marks import MARKING
from gateway.connectors.masking import masked
from gateway.connectors.postgres.binding import bound
from gateway.connectors.postgres.exchange import Exchange
from gateway.connectors.postgres.faults import LostError, PlanChangedError, late
from gateway.connectors.postgres.link import Link, Prepared, connected
from gateway.connectors.postgres.listening import Listening, channel_of
from gateway.connectors.postgres.loading import Reader
from gateway.connectors.postgres.pool import Pool
from gateway.connectors.postgres.session import fits, server_limit
from gateway.connectors.postgres.statement import Statement, statement_of
from gateway.connectors.postgres.under_way import Asked, UnderWay
from gateway.connectors.probing import Probed
from gateway.connectors.rest_request import filled
from gateway.connectors.rows import SqlTarget, as_answer
from gateway.connectors.running import Running
from gateway.connectors.settings import PostgresSettings
from gateway.connectors.streams.base import StreamEvent
from gateway.connectors.streams.target import StreamTarget
from gateway.errors import UpstreamError
from gateway.values import JsonValue, canonical

_MOST_STATEMENTS = 2_000
"""Texts kept; reloads bring others, and then all are made again."""


class PostgresSource:
    """One PostgreSQL database at run time. Nothing is opened before the first call."""

    def __init__(self, settings: PostgresSettings) -> None:
        self._settings = settings
        self._place = (settings.place, settings.search_path)
        self._reader = Reader()
        self._running = Running()
        self._listening = Listening(settings)
        self._pool = Pool(
            partial(connected, settings, self._reader), settings.connections
        )
        self._statements: dict[tuple[tuple[str, ...], str], Statement] = {}

    def render(self, call: Call[Any]) -> Wire:
        target = call.target
        if isinstance(target, StreamTarget):
            return Wire((self._place, "listen", channel_of(call), target.decode))
        asked = Asked(self._statement(target), _values(call), target)
        read = (target.rows, target.exact)
        key = (self._place, asked.statement.text, canonical(asked.values), read)
        return Wire(key, asked)

    async def call(self, call: Call[SqlTarget]) -> Reply:
        asked = self._asked(call)
        with self._running:
            try:
                async with asyncio.timeout_at(call.deadline.at):
                    while True:
                        reply = await self._tried(asked, call.deadline.at)
                        if reply is not None:
                            return reply
            except TimeoutError:
                raise late() from None

    def begin(self, call: Call[SqlTarget], hearing: Hearing) -> GiveUp | None:
        """Send a call on a free connection that knows its statement; None without one.

        Raises:
            UpstreamError: rejected, where a value cannot be sent.
        """
        link = self._pool.take_now()
        if link is None:
            return None
        try:
            asked = self._asked(call)
            prepared = link.known(asked.statement.text)
            left = call.deadline.at - asyncio.get_running_loop().time()
            ready = prepared is not None and fits(link.until, left)
            exchange = self._sent(link, prepared, asked) if ready else None
        except BaseException:
            self._pool.give_back(link)
            raise
        if exchange is None or prepared is None or exchange.over.done():
            self._pool.give_back(link)
            return None
        under_way = UnderWay(asked, link, prepared, exchange, hearing)
        exchange.told = partial(self._heard, under_way)
        self._running.enter()
        return partial(self._left, under_way)

    @asynccontextmanager
    async def listen(
        self, call: Call[StreamTarget], after: str | None
    ) -> AsyncIterator[AsyncIterator[StreamEvent]]:
        """What is said on a channel from now on; `streams.base.Stream.listen`."""
        with self._running:
            async with self._listening.listen(call, after) as events:
                yield events

    def describe(self, call: Call[Any]) -> Mapping[str, JsonValue]:
        if isinstance(call.target, StreamTarget):
            return {"listens": {"channel": channel_of(call)}}
        shown = cast("JsonValue", masked(_values(call)))
        return {"query": call.target.query, "parameters": shown}

    async def probe(self, targets: Mapping[str, object]) -> Probed:
        """Connect, and prepare what is asked: nothing is run.

        Raises:
            UpstreamError: it cannot be reached, or refuses who we are.
        """
        link = await self._pool.take()
        failures: dict[str, str] = {}
        try:
            version = link.line.server_version
            for name, target in targets.items():
                text = self._statement(cast("SqlTarget", target)).text
                try:
                    await link.prepared(text)
                except UpstreamError as error:
                    failures[name] = error.detail or error.message
        finally:
            self._pool.give_back(link)
        return Probed(f"PostgreSQL {version}", failures)

    async def close(self) -> None:
        await self._running.ended()
        await self._listening.close()
        await self._pool.close()

    def _asked(self, call: Call[SqlTarget]) -> Asked:
        if call.wire is not None:
            return cast("Asked", call.wire.request)
        return Asked(self._statement(call.target), _values(call), call.target)

    def _statement(self, target: SqlTarget) -> Statement:
        key = (target.parts or (target.query,), target.rows)
        found = self._statements.get(key)
        if found is None:
            if len(self._statements) >= _MOST_STATEMENTS:
                self._statements.clear()
            found = statement_of(target, self._settings.row_limit)
            self._statements[key] = found
        return found

    def _left(self, call: UnderWay) -> None:
        """Nobody waits for a call that was begun."""
        call.exchange.told = None
        self._running.leave()
        self._pool.give_back(call.link)

    def _heard(self, call: UnderWay) -> None:
        """The server has answered a call that was begun."""
        self._left(call)
        try:
            reply = self._reply(call.asked, call.prepared, call.exchange.came.result())
        except (LostError, PlanChangedError):
            call.link.forget(call.asked.statement.text)
            call.hearing.failed(NeverArrivedError())
        except Exception as error:  # noqa: BLE001 - whoever waits tells of our own bugs
            call.hearing.failed(error)
        else:
            call.hearing.came(reply)

    async def _tried(self, asked: Asked, until: float) -> Reply | None:
        """The answer; None where it has to be asked again on another connection.

        A kept connection may have been closed by the server, which is told when it is
        used; a query that only reads is then asked once more.
        """
        text = asked.statement.text
        link = await self._pool.take()
        used, knew = link.used, link.known(text) is not None
        marks = MARKING.get()
        if marks is not None:
            now = asyncio.get_running_loop().time()
            marks.connected, marks.first, marks.received = now, None, None
        try:
            left = until - asyncio.get_running_loop().time()
            if not fits(link.until, left):
                await link.limit(server_limit(left))
            prepared = await link.prepared(text) if self._settings.prepare else None
            exchange = self._sent(link, prepared, asked)
            exchange.marks = marks
            came = await exchange.came
            if prepared is None:
                prepared = await link.read_types(came)
            return self._reply(asked, prepared, came)
        except LostError:
            if used:
                return None
            raise
        except PlanChangedError:
            link.forget(text)
            if knew:
                return None
            raise
        finally:
            self._pool.give_back(link)

    def _sent(self, link: Link, prepared: Prepared | None, asked: Asked) -> Exchange:
        """The query on its way."""
        statement, values, target = asked
        limit, many = self._settings.response_limit, target.rows == "many"
        if prepared is None:
            sent = bound(statement.names, (), values)
            return link.line.once(statement.text.encode(), sent, limit, many=many)
        sent = bound(statement.names, prepared.types, values)
        return link.line.run(prepared.name, sent, limit, many=many)

    def _reply(self, asked: Asked, prepared: Prepared, came: list[Any]) -> Reply:
        target = asked.target
        rows = self._reader.rows(came, prepared.columns, exact=target.exact)
        if target.rows == "many" and len(rows) > self._settings.row_limit:
            raise invalid(f"The query gives more than {self._settings.row_limit} rows.")
        return Reply(as_answer(rows, target.rows))


def _values(call: Call[SqlTarget]) -> Mapping[str, object]:
    return {n: filled(p, call.inputs) for n, p in call.target.params.items()}
