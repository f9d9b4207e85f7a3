"""Queries as drivers want them, what they say when they fail: without a database."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest

from gateway.connectors.dialects.faults import query_error, unopened
from gateway.connectors.dialects.harmless import fault_by_words
from gateway.connectors.dialects.session import session_statements
from gateway.connectors.dialects.statement import Written
from gateway.connectors.dialects.values import sendable
from gateway.connectors.sql_text import parts_of, placeholders
from gateway.deployment import load_deployment
from gateway.drivers import DRIVERS, driver_of
from gateway.errors import ErrorClass, Problems, UpstreamError

NOON_IN_ROME = datetime(2026, 1, 2, 12, tzinfo=timezone(timedelta(hours=1)))
PARTS = ("SELECT '5%' AS p FROM t WHERE a = ", "a", " AND b IN (", "ids", ")")
VALUES: Mapping[str, object] = {"a": 1, "ids": ["x", "y"]}


@pytest.mark.parametrize(
    ("style", "text", "bound"),
    [
        ("qmark", "SELECT '5%' AS p FROM t WHERE a = ? AND b IN (?, ?)", (1, "x", "y")),
        (
            "format",
            "SELECT '5%%' AS p FROM t WHERE a = %s AND b IN (%s, %s)",
            (1, "x", "y"),
        ),
        (
            "pyformat",
            "SELECT '5%%' AS p FROM t WHERE a = %(p0)s AND b IN (%(p1)s, %(p2)s)",
            {"p0": 1, "p1": "x", "p2": "y"},
        ),
        (
            "named",
            "SELECT '5%' AS p FROM t WHERE a = :p0 AND b IN (:p1, :p2)",
            {"p0": 1, "p1": "x", "p2": "y"},
        ),
        (
            "numeric",
            "SELECT '5%' AS p FROM t WHERE a = :1 AND b IN (:2, :3)",
            (1, "x", "y"),
        ),
        (
            "numeric_dollar",
            "SELECT '5%' AS p FROM t WHERE a = $1 AND b IN ($2, $3)",
            (1, "x", "y"),
        ),
    ],
)
def test_a_query_is_written_in_its_drivers_manner(
    style: str, text: str, bound: object
) -> None:
    """The author's text stays as it is; a list is one parameter for each value."""
    assert Written(PARTS, style, "any").bound(VALUES) == (text, bound)


@pytest.mark.parametrize(
    ("dialect", "nothing"),
    [
        ("mariadb", "SELECT NULL FROM DUAL WHERE 1 = 0"),
        ("sqlite", "SELECT NULL FROM (SELECT 1 AS x) nothing WHERE 1 = 0"),
    ],
)
def test_an_empty_list_is_a_query_without_rows(dialect: str, nothing: str) -> None:
    """IN () is no SQL, and IN (NULL) would make NOT IN find nothing."""
    made = Written(("a IN (", "ids", ")"), "qmark", dialect)
    assert made.bound({"ids": []}) == (f"a IN ({nothing})", ())
    assert made.bound({"ids": [1]}) == ("a IN (?)", (1,))


def test_a_name_that_stands_twice_is_bound_twice() -> None:
    """Positions are counted, not names."""
    made = Written(("a = ", "x", " OR b = ", "x", ""), "qmark", "sqlite")
    assert made.bound({"x": 7}) == ("a = ? OR b = ?", (7, 7))


def test_what_a_string_is_depends_on_the_dialect() -> None:
    """MySQL's backslash hides a quote; what is inside is no parameter."""
    query = r"SELECT 'it\'s :no', `a:b` FROM t WHERE c = :yes"
    found = placeholders(query, "mysql")
    names = [each.name for each in found]
    assert names == ["yes"]
    assert parts_of(query, found, lambda each: str(each.name)) == (
        r"SELECT 'it\'s :no', `a:b` FROM t WHERE c = ",
        "yes",
        "",
    )


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("SELECT 1", None),
        ("select 1 ;", None),
        ("WITH x AS (SELECT 1) SELECT * FROM x", None),
        ("(SELECT 1) UNION (SELECT 2)", None),
        ("SELECT 'DELETE; INTO' FROM t -- INSERT", None),
        ("SELECT INSERT('abc', 1, 1, 'x')", None),
        ("SELECT 1 FROM t FOR UPDATE", None),
        ("SELECT 1; DROP TABLE t", "a step asks one query, and here are 2"),
        ("", "a step asks one query, and here are 0"),
        ("DROP TABLE t", "a step only reads, and this is DROP"),
        ("SET @x = 1", "a step only reads, and this is SET"),
        ("SELECT 1 INTO OUTFILE '/tmp/x'", "a step only reads, and this has INTO"),
        (
            "WITH x AS (SELECT 1) DELETE FROM t",
            "a step only reads, and this has DELETE",
        ),
        ("SELECT 1 /* ! */ -- !", None),
        (
            "SELECT 1 /*!50000 INTO OUTFILE '/tmp/x' */",
            "MySQL runs what is in a comment that begins with '/*!'",
        ),
        (
            "SELECT 1 /*M! INTO OUTFILE '/tmp/x' */",
            "MySQL runs what is in a comment that begins with '/*!'",
        ),
    ],
)
def test_a_query_that_writes_is_told_by_its_words(query: str, why: str | None) -> None:
    """At load; the read-only session is what holds at run time."""
    assert fault_by_words(query, "mysql") == why


@pytest.mark.parametrize(
    ("value", "dialect", "sent"),
    [
        (Decimal("1.10"), "mysql", Decimal("1.10")),
        (Decimal("1.10"), "sqlite", 1.1),
        (Decimal(7), "sqlite", 7),
        (date(2026, 1, 2), "sqlite", "2026-01-02"),
        (datetime(2026, 1, 2, 3, 4, tzinfo=UTC), "sqlite", "2026-01-02 03:04:00"),
        (NOON_IN_ROME, "sqlite", "2026-01-02 11:00:00"),
        (NOON_IN_ROME, "mysql", datetime(2026, 1, 2, 11)),  # noqa: DTZ001 - it has no zone
        (Decimal("1E+9"), "sqlite", 1_000_000_000),
        (Decimal("1E+300"), "sqlite", 1e300),
        (Decimal("1E+999999999"), "sqlite", float("inf")),
        (date(2026, 1, 2), "mysql", date(2026, 1, 2)),
        (UUID(int=1), "mysql", "00000000-0000-0000-0000-000000000001"),
        ({"a": [1]}, "mysql", '{"a": [1]}'),
        ([1, [2], None], "mysql", [1, "[2]", None]),
    ],
)
def test_values_go_as_the_database_has_them(
    value: object, dialect: str, sent: object
) -> None:
    """SQLite has numbers and texts only; objects are JSON text everywhere."""
    assert sendable(value, dialect) == sent


@pytest.mark.parametrize("value", [Decimal("NaN"), float("inf"), [float("nan")]])
def test_a_number_that_is_none_is_not_sent_to_mysql(value: object) -> None:
    """Its driver would write the word, which MySQL reads as the name of a column."""
    with pytest.raises(UpstreamError) as caught:
        sendable(value, "mysql")
    assert caught.value.kind is ErrorClass.REJECTED


@pytest.mark.parametrize(
    ("before", "values", "text"),
    [
        ("a = ANY(", [1, 2], "a IN (?, ?) OR b"),
        ("a =any ( ", [1], "a IN (?) OR b"),
        ("a <> ALL(", [1, 2], "a NOT IN (?, ?) OR b"),
        ("a = ANY(", "{1,2}", "a = ANY(?) OR b"),
        ("a = MANY(", [1, 2], "a = MANY(?, ?) OR b"),
        ("'= ANY(' = a || coalesce(", [1, 2], "'= ANY(' = a || coalesce(?, ?) OR b"),
    ],
)
def test_a_list_as_duckdb_and_postgresql_compare_it_is_written_with_in(
    before: str, values: object, text: str
) -> None:
    """So a profile moves to a database that has no such lists; nothing else changes."""
    made = Written((before, "ids", ") OR b"), "qmark", "trino")
    assert made.bound({"ids": values})[0] == text


@pytest.mark.parametrize(
    ("dialect", "version", "first"),
    [
        ("mysql", "10.11.6-MariaDB", "SET SESSION max_statement_time = 1.5"),
        ("mysql", "8.4.0", "SET SESSION max_execution_time = 1500"),
        ("sqlite", "", "PRAGMA query_only = ON"),
        ("redshift", "", "SET statement_timeout TO 1500"),
        (
            "snowflake",
            "",
            "ALTER SESSION SET STATEMENT_TIMEOUT_IN_SECONDS = 2, TIMEZONE = 'UTC'",
        ),
        ("databricks", "", "SET STATEMENT_TIMEOUT = 2"),
        ("bigquery", "", None),
    ],
)
def test_a_session_is_told_its_limits_in_the_databases_words(
    dialect: str, version: str, first: str | None
) -> None:
    """One that has no words for it is stopped by the gateway alone."""
    assert next(session_statements(dialect, 1.5, version), None) == first


@pytest.mark.parametrize(
    ("url", "name", "dialect", "extra"),
    [
        ("mysql://h/d", "mysql+asyncmy", "mysql", "mysql"),
        ("mariadb://h/d", "mariadb+asyncmy", "mysql", "mysql"),
        ("mysql+aiomysql://h/d", "mysql+aiomysql", "mysql", "mysql"),
        ("sqlite:///x.db", "sqlite+pysqlite", "sqlite", "sqlite"),
        ("oracle://h/d", "oracle+oracledb", "oracle", "oracle"),
        ("mssql://h/d", "mssql+pyodbc", "tsql", "mssql"),
        ("firebird://h/d", "firebird", "", ""),
    ],
)
def test_a_url_has_a_driver(url: str, name: str, dialect: str, extra: str) -> None:
    """Its own, where it names one; else the one that the extra brings."""
    found = driver_of(url)
    assert (found.name, found.dialect, found.extra) == (name, dialect, extra)


def wrong(tmp_path: Path, source: str) -> list[str]:
    file = tmp_path / "headwater.yaml"
    file.write_text(f"sources:\n  w: {source}\n")
    problems = Problems()
    load_deployment([file], {"PW": "hunter2"}, problems)
    return [str(p).removeprefix(f"{file}:") for p in problems.found]


@pytest.mark.parametrize(
    "scheme", ["snowflake", "bigquery", "redshift", "databricks", "oracle", "mssql"]
)
def test_a_missing_driver_names_the_extra_to_install(
    tmp_path: Path, scheme: str
) -> None:
    """When the deployment is read, not at the first query."""
    if DRIVERS[scheme].missing is None:
        pytest.skip("it is installed here")
    assert wrong(tmp_path, f"{{ url: '{scheme}://u:${{PW}}@h/d' }}") == [
        (
            "2:8: the driver of this database is not installed — "
            f"pip install 'headwater[{scheme}]'"
        )
    ]


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        (
            "{ type: sql }",
            (
                "2:3: a database is at one place — write a url: "
                "mariadb://user@host/name, or for SQLite a path"
            ),
        ),
        (
            "{ type: mysql, path: ./x.db }",
            "2:21: mysql has no file — write url: mysql://user@host/name",
        ),
        (
            "{ type: sql, url: '${PW}' }",
            (
                "2:19: this is no URL of a database — write "
                "mariadb://user@host:3306/name, or sqlite:///file.db"
            ),
        ),
        (
            "{ type: sqlite, url: 'mysql://h/d' }",
            (
                "2:22: this is a URL of mysql, and the type is sqlite — "
                "remove 'type', or write type: sql"
            ),
        ),
        (
            "{ url: 'mysql://h/d', connections: 0 }",
            "2:41: 'connections': this must be at least 1 — write 1",
        ),
    ],
)
def test_a_wrong_url_is_told_with_its_place(
    tmp_path: Path, source: str, problem: str
) -> None:
    """One mistake is one problem, and a password is in none."""
    assert wrong(tmp_path, source) == [problem]


def test_no_password_is_in_an_error() -> None:
    """Drivers may repeat the URL that they were given, written or decoded."""
    url = "mysql://u:p%40ss@h/d"
    error = unopened(RuntimeError(f"cannot open {url}, p@ss"), url)
    assert (error.kind, error.message, error.detail) == (
        ErrorClass.CONNECT,
        "The database cannot be reached.",
        "RuntimeError: cannot open mysql://u:***@h/d, ***",
    )


@pytest.mark.parametrize(
    ("error", "kind", "message"),
    [
        (
            sqlite3.OperationalError(1969, "max_statement_time exceeded"),
            ErrorClass.TIMEOUT,
            "The query was stopped.",
        ),
        (
            sqlite3.DataError(1366, "Incorrect integer value"),
            ErrorClass.QUERY,
            "A value does not have the type that the query needs.",
        ),
        (
            OverflowError("Python int too large"),
            ErrorClass.REJECTED,
            "A value cannot be bound to the query.",
        ),
        (
            UnicodeDecodeError("utf-8", b"\xff", 0, 1, "no"),
            ErrorClass.INVALID,
            "The source answered with text that is not UTF-8.",
        ),
        (sqlite3.OperationalError(1064, "x"), ErrorClass.QUERY, "The query failed."),
    ],
)
def test_an_error_is_told_by_whose_fault_it_is(
    error: Exception, kind: ErrorClass, message: str
) -> None:
    """What the driver says is for the log."""
    made = query_error(error, sqlite3)
    assert (made.kind, made.message) == (kind, message)
