"""One database through SQLAlchemy: its pool, its driver's manners, its end.

In charge of everything that SQLAlchemy decides here. Only the pool and the dialects of
it are used: queries go to the driver as they are written, so that nothing stands
between a row and its answer. The one importer of SQLAlchemy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote as quoted_for_url

from gateway.connectors.dialects.faults import unopened
from gateway.connectors.dialects.session import (
    AUTOCOMMIT,
    SERVER_ID,
    begin_session,
    connect_arguments,
)
from gateway.connectors.settings import DialectSettings
from gateway.drivers import driver_of
from gateway.errors import ErrorClass, UpstreamError
from gateway.record import Model

_MEMORY = (None, "", ":memory:")
_OLD_SECONDS = 1800
"""A connection is not used again after this: servers and firewalls close idle ones."""
_USED = "headwater_used"


class Database(Model, frozen=True):
    """An opened pool. ``waits`` says that its driver waits by itself, without threads.

    With such a driver every method but the properties is called inside `awaited`.
    """

    settings: DialectSettings
    waits: bool
    awaited: Callable[..., Any]
    """Runs a function whose driver waits: ``await awaited(function, *arguments)``."""
    _engine: Any

    @classmethod
    def open(cls, settings: DialectSettings) -> Database:
        """Make the pool; no connection is opened yet. Imports, so it takes its time.

        Raises:
            UpstreamError: connect: the driver is not there, or the URL is not its own.
        """
        driver = driver_of(settings.url)
        missing = driver.missing
        if missing is not None:
            raise _without_driver(missing)
        try:
            return _opened(settings, driver.name)
        except UpstreamError:
            raise
        except Exception as error:  # noqa: BLE001 - see below
            # A dialect of anybody's may raise what it likes for a URL.
            raise unopened(error, settings.url) from None

    @property
    def dialect(self) -> str:
        """SQLAlchemy's name of the database."""
        return str(self._engine.dialect.name)

    @property
    def style(self) -> str:
        """The driver's paramstyle."""
        return str(self._engine.dialect.paramstyle)

    def column(self, name: str) -> str:
        """A column's name as the query says it.

        Snowflake and Oracle give every name that is not in quotes in capitals.
        """
        dialect = self._engine.dialect
        if not dialect.requires_name_normalize:
            return name
        return str(dialect.normalize_name(name))

    @property
    def dbapi(self) -> Any:
        """The driver's module, for the classes of its errors."""
        return self._engine.dialect.dbapi

    def connection(self) -> tuple[Any, bool]:
        """A connection for one query, and whether it was used before.

        Raises:
            UpstreamError: connect: none comes about.
        """
        try:
            held = self._engine.raw_connection()
        except Exception as error:  # noqa: BLE001 - a driver's own
            raise unopened(error, self.settings.url) from None
        used = bool(held.info.get(_USED))
        held.info[_USED] = True
        return held, used

    def cursor(self, held: Any) -> Any:
        """A cursor that fetches as it is read, where the driver has such a one."""
        dialect = self._engine.dialect
        if self.waits and dialect.supports_server_side_cursors:
            with suppress(TypeError):
                return held.cursor(server_side=True)
        unbuffered = None if self.waits else getattr(dialect, "_sscursor", None)
        return held.cursor() if unbuffered is None else held.cursor(unbuffered)

    def has_gone(self, error: BaseException, held: Any, cursor: Any) -> bool:
        """Whether an error means that the connection is no more."""
        if isinstance(error, OSError | EOFError):
            return True
        if not isinstance(error, self.dbapi.Error):
            return False
        return bool(self._engine.dialect.is_disconnect(error, held, cursor))

    def kill(self, server_id: object) -> None:
        """Stop the query of another connection, where that takes a connection."""
        import sqlalchemy

        pool = sqlalchemy.NullPool(self._engine.pool._creator)  # noqa: SLF001 - it has no other name
        held = pool.connect()
        try:
            cursor = held.cursor()
            cursor.execute(f"KILL QUERY {int(str(server_id))}")
            cursor.close()
        finally:
            held.close()

    @contextmanager
    def inspector(self) -> Iterator[Any]:
        """SQLAlchemy's inspector, over a connection of its own.

        Raises:
            UpstreamError: connect: none comes about.
        """
        import sqlalchemy

        try:
            connection = self._engine.connect()
        except Exception as error:  # noqa: BLE001 - a driver's own
            raise unopened(getattr(error, "orig", error), self.settings.url) from None
        with connection:
            yield sqlalchemy.inspect(connection)

    def close(self) -> None:
        """Close every idle connection."""
        self._engine.dispose()


def quote(dialect: Any, name: str) -> str:
    """A name as this dialect's SQL has it: in quotes where it has to be."""
    return str(dialect.identifier_preparer.quote(name))


def types(name: str) -> Any:
    """SQLAlchemy's generic type of this name."""
    import sqlalchemy

    return getattr(sqlalchemy.types, name)


def server_id(held: Any) -> object:
    """What the server calls a connection; None where nobody asked it."""
    return held.info.get(SERVER_ID)


def _without_driver(missing: str) -> UpstreamError:
    message = "The driver of this database is not installed."
    return UpstreamError(message, kind=ErrorClass.CONNECT, detail=missing)


def _opened(settings: DialectSettings, driver: str) -> Database:
    import sqlalchemy
    from sqlalchemy import event
    from sqlalchemy.ext.asyncio import create_async_engine
    from sqlalchemy.util import greenlet_spawn

    url = _safe(sqlalchemy.make_url(settings.url).set(drivername=driver))
    waits = bool(url.get_dialect().is_async)
    options: dict[str, Any] = {
        "pool_size": settings.connections,
        "max_overflow": 0,
        "pool_recycle": _OLD_SECONDS,
        "pool_reset_on_return": None,
        "connect_args": dict(connect_arguments(driver, settings.statement_timeout)),
    }
    if url.get_backend_name() in AUTOCOMMIT:
        options["isolation_level"] = "AUTOCOMMIT"
    if url.get_backend_name() == "sqlite":
        # In memory each connection is a database of its own, all of them empty: if
        # threads shared one, it would be closed under them when a query is stopped.
        options["poolclass"] = (
            sqlalchemy.AsyncAdaptedQueuePool if waits else sqlalchemy.QueuePool
        )
    made = (
        create_async_engine(url, **options).sync_engine
        if waits
        else sqlalchemy.create_engine(url, **options)
    )

    def begin(connection: Any, record: Any) -> None:
        seconds = settings.statement_timeout
        begin_session(made.dialect.name, connection, seconds, record.info)

    event.listen(made, "connect", begin)
    return Database(settings, waits, greenlet_spawn, made)


def _safe(url: Any) -> Any:
    """The URL; an SQLite file is opened read-only, so that none is ever created."""
    if url.get_backend_name() != "sqlite" or url.database in _MEMORY:
        return url
    if url.database.startswith("file:"):
        return url
    file = f"file:{quoted_for_url(str(Path(url.database).absolute()))}"
    return url.set(database=file, query={**url.query, "mode": "ro", "uri": "true"})
