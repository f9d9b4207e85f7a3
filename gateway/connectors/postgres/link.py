"""One connection: its session, its prepared statements, and how it is made free again.

In charge of what the server holds for us. Must never serve two calls at a time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import psycopg
from psycopg import AsyncConnection, conninfo

from gateway.connectors.postgres.exchange import Exchange
from gateway.connectors.postgres.faults import twice, unopened
from gateway.connectors.postgres.line import Line
from gateway.connectors.postgres.loading import Reader
from gateway.connectors.postgres.session import opening, said_to_libpq
from gateway.connectors.settings import PostgresSettings
from gateway.record import Model, Struct, field

_MOST_STATEMENTS = 200
"""Prepared on one connection; one with more is given up, since reloads bring others."""
_CONNECT_SECONDS = 10
_PATIENCE = 5.0
"""Seconds in which a query that was stopped has to be over."""
_AGAIN = 0.1
"""A cancel that reaches the server before its query does is lost: it is sent again."""
_CATALOG = (
    "SELECT oid, CASE WHEN typcategory = 'A' THEN typelem ELSE 0 END "
    "FROM pg_catalog.pg_type WHERE oid IN ({})"
)


class Prepared(Model, frozen=True):
    """A statement that the server knows: its parameters' types, its columns' names."""

    name: bytes
    types: tuple[int, ...]
    columns: tuple[str, ...]


class Link(Struct, eq=False):
    """``used`` says that it has answered before, so it may have been closed since.

    ``until`` is the server's own limit for a statement, in milliseconds.
    """

    line: Line
    reader: Reader
    used: bool = False
    until: int = 0
    idle_since: float = 0.0
    _statements: dict[str, Prepared] = field(default_factory=dict)
    _names: int = 0

    @property
    def fit(self) -> bool:
        """Whether another call may have it."""
        few = len(self._statements) < _MOST_STATEMENTS
        return few and self.line.alive and self.line.busy is None

    def known(self, text: str) -> Prepared | None:
        return self._statements.get(text)

    def forget(self, text: str) -> None:
        """Prepare this statement anew: its tables are no longer what they were."""
        self._statements.pop(text, None)

    async def prepared(self, text: str) -> Prepared:
        """The statement as the server knows it, prepared where it is new.

        Raises:
            UpstreamError: the server refuses it, or is gone.
        """
        found = self._statements.get(text)
        if found is not None:
            return found
        self._names += 1
        name = f"headwater_{self._names}".encode()
        await self.line.prepare(name, text.encode()).came
        (told,) = await self.line.describe(name).came
        types = tuple(told.param_type(n) for n in range(told.nparams))
        columns = await self._columns(told)
        made = self._statements[text] = Prepared(name, types, columns)
        return made

    async def read_types(self, came: list[Any]) -> Prepared:
        """What the results of a statement that is not prepared are."""
        return Prepared(b"", (), await self._columns(came[0]))

    async def _columns(self, told: Any) -> tuple[str, ...]:
        """The names of a result's columns, whose types are known from now on."""
        await self.learn([told.ftype(n) for n in range(told.nfields)])
        columns = [(told.fname(n) or b"").decode() for n in range(told.nfields)]
        for number, name in enumerate(columns):
            if name in columns[:number]:
                raise twice(name)
        return tuple(columns)

    async def learn(self, types: list[int]) -> None:
        """Ask the catalog which of these types are lists of what."""
        unknown = self.reader.unknown(types)
        while unknown:
            text = _CATALOG.format(", ".join(map(str, unknown)))
            (told,) = await self.line.script(text.encode()).came
            found = dict.fromkeys(unknown, 0)
            for row in range(told.ntuples):
                oid, of = (int(told.get_value(row, n) or 0) for n in (0, 1))
                found[oid] = of
            for oid, of in found.items():
                self.reader.learn(oid, of)
            unknown = self.reader.unknown([of for of in found.values() if of])

    async def limit(self, milliseconds: int) -> None:
        """Let the server itself end statements that take longer."""
        await self.line.script(f"SET statement_timeout = {milliseconds}".encode()).came
        self.until = milliseconds

    async def stop(self, running: Exchange) -> None:
        """End what still runs at the server. Afterwards the link is free, or closed."""
        try:
            async with asyncio.timeout(_PATIENCE):
                while not running.over.done():
                    await self.line.cancel(_PATIENCE)
                    await asyncio.wait((running.over,), timeout=_AGAIN)
        except (TimeoutError, psycopg.Error):
            self.line.close()


async def connected(
    settings: PostgresSettings,
    reader: Reader,
    make: Callable[[AsyncConnection], Line] = Line,
) -> Link:
    """A new connection, its session made as the settings say.

    Raises:
        UpstreamError: connect, where none comes about.
    """
    try:
        address = conninfo.conninfo_to_dict(settings.url)
    except psycopg.Error:
        raise unopened("the URL cannot be read", None) from None
    said = said_to_libpq(settings, address, _CONNECT_SECONDS)
    password = said.get("password")
    try:
        connection = await AsyncConnection.connect(
            autocommit=True, prepare_threshold=None, **said
        )
    except (psycopg.Error, OSError, UnicodeError) as error:
        raise unopened(
            str(error), None if password is None else str(password)
        ) from None
    link = Link(make(connection), reader)
    try:
        async with asyncio.timeout(_CONNECT_SECONDS):
            await link.line.script(opening(settings).encode()).came
    except TimeoutError:
        link.line.close()
        raise unopened("the server does not begin a session", None) from None
    except BaseException:
        link.line.close()
        raise
    return link
