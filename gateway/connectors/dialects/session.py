"""What a new connection is told before its first query: to read only, and for how long.

In charge of saying it in each database's words, as far as it has words for it. Must
never leave a setting behind that the next query could trip over.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import ceil
from typing import Any

_MYSQL = ("mysql", "mariadb")
SERVER_ID = "headwater_server_id"
"""Under which a connection remembers what the server calls it, to be killed by."""
AUTOCOMMIT = frozenset(
    {*_MYSQL, "sqlite", "oracle", "mssql", "snowflake", "redshift", "postgresql"}
)
"""Databases whose dialect can be told that every statement stands for itself."""


def begin_session(
    dialect: str, connection: Any, seconds: float, remembered: dict[str, Any]
) -> None:
    """Tell a new DBAPI connection what it is for.

    ``remembered`` is kept with the connection as long as it lives.
    """
    if dialect == "oracle":
        connection.call_timeout = ceil(seconds * 1000)
    if dialect == "mssql":
        connection.timeout = ceil(seconds)
    cursor = connection.cursor()
    try:
        version = ""
        if dialect in _MYSQL:
            cursor.execute("SELECT VERSION(), CONNECTION_ID()")
            version, remembered[SERVER_ID] = cursor.fetchone()
        for statement in session_statements(dialect, seconds, str(version)):
            cursor.execute(statement)
    finally:
        cursor.close()


def session_statements(
    dialect: str, seconds: float, version: str = ""
) -> Iterator[str]:
    """The statements of a new session; ``version`` tells MariaDB from MySQL."""
    milliseconds = ceil(seconds * 1000)
    match dialect:
        case "mysql" | "mariadb":
            maria = "mariadb" in version.lower()
            limit = (
                f"max_statement_time = {seconds:g}"
                if maria
                else f"max_execution_time = {milliseconds}"
            )
            yield f"SET SESSION {limit}"
            yield "SET SESSION time_zone = '+00:00'"
            # Values are escaped by the driver, with backslashes.
            modes = "REPLACE(@@sql_mode, 'NO_BACKSLASH_ESCAPES', '')"
            yield f"SET SESSION sql_mode = {modes}"
            yield "SET SESSION TRANSACTION READ ONLY"
        case "sqlite":
            yield "PRAGMA query_only = ON"
            yield "PRAGMA busy_timeout = 5000"
        case "postgresql":
            yield f"SET statement_timeout = {milliseconds}"
            yield "SET default_transaction_read_only = on"
        case "redshift":
            yield f"SET statement_timeout TO {milliseconds}"
        case "snowflake":
            limit = f"STATEMENT_TIMEOUT_IN_SECONDS = {ceil(seconds)}"
            yield f"ALTER SESSION SET {limit}, TIMEZONE = 'UTC'"
        case "databricks":
            yield f"SET STATEMENT_TIMEOUT = {ceil(seconds)}"
        case _:
            return


def connect_arguments(driver: str, seconds: float) -> Mapping[str, Any]:
    """What a driver is given besides the URL; ``driver`` is SQLAlchemy's full name."""
    database, _, name = driver.partition("+")
    if database in _MYSQL and name in ("asyncmy", "aiomysql", "pymysql"):
        return {"connect_timeout": 5}
    if driver in ("sqlite", "sqlite+pysqlite"):
        return {"check_same_thread": False}
    if database == "trino":
        limit = f"{ceil(seconds)}s"
        return {"session_properties": {"query_max_run_time": limit}}
    return {}
