"""MariaDB through SQLAlchemy's dialect, on a real server: exact, bounded, stopped."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from shutil import which

import pytest

from gateway.connectors.dialects.source import DialectSource
from gateway.connectors.settings import DialectSettings
from gateway.errors import ErrorClass
from gateway.testing.contract import SourceContract, Subject, call_of
from tests.connectors.dialect_calls import call, failure, said, target
from tests.mariadb_server import PASSWORD, MariaDbServer

SLEEPS = "SELECT SLEEP(60) AS n"
AT_WORK = (
    "SELECT info FROM information_schema.processlist "
    "WHERE info LIKE '%SLEEP(60)%' AND id <> CONNECTION_ID()"
)
DRIVERS = {"asyncmy": "mariadb", "in threads": "mysql+pymysql"}


@pytest.fixture(params=DRIVERS.values(), ids=DRIVERS)
def url(request: pytest.FixtureRequest, mariadb_server: MariaDbServer) -> str:
    """One driver that waits by itself, and one that needs a thread."""
    pytest.importorskip("pymysql" if "pymysql" in request.param else "asyncmy")
    return mariadb_server.url.replace("mariadb", request.param, 1)


@pytest.fixture
async def source(url: str) -> AsyncIterator[DialectSource]:
    opened = DialectSource(DialectSettings(url, connections=2, row_limit=100))
    yield opened
    await opened.close()


class TestMariaDb(SourceContract):
    """A SQL database over a socket."""

    @pytest.fixture
    def subject(self, mariadb_server: MariaDbServer) -> Subject:
        url = mariadb_server.url
        dead = url.replace(str(mariadb_server.port), "9")
        return Subject(
            open=lambda: DialectSource(DialectSettings(url, connections=2)),
            call=call_of(target("SELECT :n + 1 AS n", "one"), {"n": 41}),
            body={"n": 42},
            other=call_of(target("SELECT :n + 1 AS n", "one"), {"n": 42}),
            refused=(call_of(target("SELECT nothing")),),
            slow=call_of(target(SLEEPS)),
            dead=lambda: DialectSource(DialectSettings(dead)),
            secrets=(PASSWORD,),
        )


async def at_work(source: DialectSource, number: int) -> None:
    """Returns when so many of the long queries run on the server."""
    rows: object = None
    while not isinstance(rows, list) or len(rows) != number:
        rows = (await source.call(call(AT_WORK))).body


async def test_values_are_exact(source: DialectSource) -> None:
    """Decimals, dates and texts come as the database has them; `%` is a character."""
    query = (
        "SELECT CAST('0.10' AS DECIMAL(9,2)) AS d, DATE'2026-01-02' AS day, "
        "TIMESTAMP'2026-01-02 03:04:05.5' AS at, TIME'01:00:00' AS t, "
        "TIME'-100:00:00.5' AS long_ago, 9007199254740993 AS n, '50%' AS p, "
        "x'ff' AS b, NULL AS no, :text AS s, :day AS given"
    )
    text = 'it\'s \\ "x" %s -- ☃'
    asked = call(query, "one", text=text, day=date(2026, 1, 2))
    assert (await source.call(asked)).body == {
        "d": Decimal("0.10"),
        "day": date(2026, 1, 2),
        "at": datetime(2026, 1, 2, 3, 4, 5, 500000),  # noqa: DTZ001 - it has no zone
        "t": "01:00:00",
        "long_ago": "-100:00:00.5",
        "n": 9007199254740993,
        "p": "50%",
        "b": "/w==",
        "no": None,
        "s": text,
        "given": "2026-01-02",
    }


@pytest.mark.parametrize(
    ("query", "ids", "found"),
    [
        ("SELECT seq FROM seq_1_to_5 WHERE seq IN (:ids)", [2, 4, 9], [2, 4]),
        ("SELECT seq FROM seq_1_to_5 WHERE seq IN (:ids)", [], []),
        ("SELECT seq FROM seq_1_to_3 WHERE seq NOT IN (:ids)", [], [1, 2, 3]),
    ],
)
async def test_a_list_stands_for_its_values(
    source: DialectSource, query: str, ids: list[int], found: list[int]
) -> None:
    """However many there are."""
    rows = (await source.call(call(query, ids=ids))).body
    assert [row["seq"] for row in rows] == found  # type: ignore[attr-defined]


async def test_a_query_that_nobody_waits_for_is_stopped_on_the_server(
    source: DialectSource, mariadb_server: MariaDbServer
) -> None:
    """By its deadline or by its caller; then both connections answer again."""
    await source.call(call("SELECT 1 AS n"))  # what opening takes is no query's time
    assert await said(source, call(SLEEPS, within=0.2)) == (
        ErrorClass.TIMEOUT,
        "The query did not end in time.",
    )
    waiting = asyncio.create_task(source.call(call(SLEEPS)))
    other = DialectSource(DialectSettings(mariadb_server.url))
    await at_work(other, 1)
    waiting.cancel()
    await asyncio.wait({waiting})
    await at_work(other, 0)
    await other.close()
    both = (source.call(call("SELECT :n AS n", n=n)) for n in (1, 2))
    assert [r.body for r in await asyncio.gather(*both)] == [[{"n": 1}], [{"n": 2}]]


async def test_no_more_rows_and_bytes_are_taken_than_may_be(
    source: DialectSource,
) -> None:
    """The rest is not read: ten thousand million rows end at once."""
    endless = "SELECT a.seq FROM seq_1_to_100000 a, seq_1_to_100000 b"
    assert await said(source, call(endless)) == (
        ErrorClass.INVALID,
        "The query gives more than 100 rows.",
    )
    assert await said(source, call("SELECT REPEAT('x', 6000000) AS huge")) == (
        ErrorClass.INVALID,
        "The query gives more than 5000000 bytes.",
    )
    assert (await source.call(call("SELECT 1 AS n"))).body == [{"n": 1}]


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("SELECT nothing FROM nowhere", "The query failed."),
        ("CREATE TABLE t (a INT)", "The query failed."),
        ("SELECT 1 AS a, 2 AS a", "The query gives two columns named 'a'."),
    ],
)
async def test_what_the_database_refuses_is_a_failed_query(
    source: DialectSource, query: str, message: str
) -> None:
    """Writing too: sessions are read-only. Its words are for the log."""
    assert await said(source, call(query)) == (ErrorClass.QUERY, message)


async def test_the_database_counts_time_itself(url: str) -> None:
    """For the case that the gateway is gone and stops nothing."""
    source = DialectSource(DialectSettings(url, statement_timeout=0.1))
    endless = "SELECT count(*) AS n FROM seq_1_to_100000 a, seq_1_to_100000 b"
    assert await said(source, call(endless)) == (
        ErrorClass.TIMEOUT,
        "The query was stopped.",
    )
    await source.close()


async def test_wrong_credentials_are_told_and_never_shown(url: str) -> None:
    """What the driver says names the user, and no password."""
    source = DialectSource(DialectSettings(url.replace(PASSWORD, "wr0ng-pw")))
    error = await failure(source, call("SELECT 1 AS n"))
    assert (error.kind, error.message) == (
        ErrorClass.CONNECT,
        "The database refuses the gateway's credentials.",
    )
    assert "reader" in str(error.detail)
    assert "wr0ng-pw" not in f"{error.detail}{source._settings!r}"
    await source.close()


async def test_a_server_that_went_away_and_came_back(tmp_path: Path) -> None:
    """Mid-query it is a failure; idle connections that died with it are replaced."""
    program = which("mariadbd")
    if program is None:
        pytest.skip("needs a MariaDB")
    server = MariaDbServer(program, tmp_path)
    server.start()
    source = DialectSource(DialectSettings(server.url, connections=2))
    try:
        waiting = asyncio.create_task(said(source, call(SLEEPS)))
        await at_work(source, 1)
        server.kill()
        assert await waiting == (
            ErrorClass.RESET,
            "The database ended the connection.",
        )
        assert await said(source, call("SELECT 1 AS n")) == (
            ErrorClass.CONNECT,
            "The database cannot be reached.",
        )
        server.start()
        asked = call("SELECT 1 AS n")
        assert (await source.call(asked)).body == [{"n": 1}]
        server.kill()
        server.start()
        assert (await source.call(asked)).body == [{"n": 1}]
    finally:
        await source.close()
        server.kill()


NASTY = (
    *("' OR 1=1 -- ", "\\' OR 1=1 -- ", "\\\\' OR 1=1 -- ", "\u7e17' OR 1=1 -- "),
    *({"a') OR 1=1 -- ": "b"}, ["x", "\\') OR 1=1 -- "]),
)


@pytest.mark.parametrize("mode", ["NO_BACKSLASH_ESCAPES", "ANSI_QUOTES"])
async def test_no_value_ends_its_own_text(url: str, mode: str) -> None:
    """Whatever the server takes a backslash for: drivers write values out."""
    query = "SELECT seq FROM seq_1_to_3 WHERE CONCAT('', seq) IN (:value)"
    begun = f"{url}?init_command=SET+sql_mode='{mode}'"
    source = DialectSource(DialectSettings(begun, connections=1))
    found = [(await source.call(call(query, value=one))).body for one in NASTY]
    await source.close()
    assert found == [[]] * len(NASTY)
