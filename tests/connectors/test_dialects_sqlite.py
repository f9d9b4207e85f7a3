"""SQLite files through SQLAlchemy's dialect: by its own driver and by aiosqlite."""

# ruff: noqa: S608 - queries put together from constants of this file

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from gateway.connectors.dialects.source import DialectSource
from gateway.connectors.settings import DialectSettings
from gateway.errors import ErrorClass
from gateway.testing.contract import SourceContract, Subject, call_of
from tests.connectors.dialect_calls import call, said, target
from tests.connectors.looking import looked_into, told

ENDLESS = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) "


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "shop's.db"
    with closing(sqlite3.connect(made)) as connection:
        connection.executescript(
            "CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT, price NUMERIC, "
            "made TEXT); INSERT INTO item VALUES (1, 'a', 1.5, '2026-01-02'), "
            "(2, 'b', 7, '2026-02-01'), (3, CAST(x'ff' AS TEXT), 0, NULL);"
        )
    return made


@pytest.fixture(params=["sqlite", "sqlite+aiosqlite"])
def url(request: pytest.FixtureRequest, file: Path) -> str:
    if "aiosqlite" in request.param:
        pytest.importorskip("aiosqlite")
    return f"{request.param}:///{file}"


@pytest.fixture
async def source(url: str) -> AsyncIterator[DialectSource]:
    opened = DialectSource(DialectSettings(url, connections=2, row_limit=100))
    yield opened
    await opened.close()


async def test_a_query_that_is_looked_into_is_marked(source: DialectSource) -> None:
    """When it had a connection, when it had run, when its rows were there."""
    marks = await looked_into(lambda: source.call(call("SELECT id FROM item")))
    assert told(marks) == ("connected", "first", "received")


class TestSqlite(SourceContract):
    """A database in a file, asked in threads."""

    @pytest.fixture
    def subject(self, file: Path) -> Subject:
        return Subject(
            open=lambda: DialectSource(DialectSettings(f"sqlite:///{file}")),
            call=call_of(
                target("SELECT name FROM item WHERE id = :i", "one"), {"i": 1}
            ),
            body={"name": "a"},
            other=call_of(target("SELECT name FROM item WHERE id = :i"), {"i": 2}),
            refused=(call_of(target("SELECT nothing")),),
            slow=call_of(target(f"{ENDLESS} SELECT count(*) AS n FROM c")),
            dead=lambda: DialectSource(DialectSettings("sqlite:////no/such.db")),
        )


@pytest.mark.parametrize(
    ("where", "value", "found"),
    [
        ("id = :v", "2", ["b"]),
        ("id IN (:v)", ["1", "2"], ["a", "b"]),
        ("price = :v", Decimal("1.5"), ["a"]),
        ("price = :v", Decimal(7), ["b"]),
        ("made < :v", date(2026, 2, 1), ["a"]),
        ("name = :v", "'; DROP TABLE item; --", []),
    ],
)
async def test_values_are_bound_as_sqlite_has_them(
    source: DialectSource, where: str, value: object, found: list[str]
) -> None:
    """Texts become numbers by the column; dates are texts; a value is never SQL."""
    query = f"SELECT name FROM item WHERE {where} ORDER BY id"
    rows = (await source.call(call(query, v=value))).body
    assert rows == [{"name": name} for name in found]


@pytest.mark.parametrize(
    ("query", "value", "kind", "message"),
    [
        (
            "SELECT :v AS n",
            2**70,
            ErrorClass.REJECTED,
            "A value cannot be bound to the query.",
        ),
        (
            "SELECT name FROM item WHERE id <> :v",
            0,
            ErrorClass.INVALID,
            "The source answered with text that is not UTF-8.",
        ),
        ("DELETE FROM item WHERE id = :v", 1, ErrorClass.QUERY, "The query failed."),
        (
            f"{ENDLESS} SELECT x FROM c WHERE x > :v",
            0,
            ErrorClass.INVALID,
            "The query gives more than 100 rows.",
        ),
    ],
)
async def test_a_failure_is_told_and_the_pool_stays_whole(
    source: DialectSource, query: str, value: object, kind: ErrorClass, message: str
) -> None:
    """Whatever it was, the next query is answered."""
    for _ in range(3):
        assert await said(source, call(query, v=value)) == (kind, message)
    assert (await source.call(call("SELECT 1 AS n"))).body == [{"n": 1}]


async def test_a_query_is_interrupted_where_it_runs(source: DialectSource) -> None:
    """More than there are connections: every one is free again."""
    endless = call(f"{ENDLESS} SELECT count(*) AS n FROM c", within=0.1)
    failed = await asyncio.gather(*(said(source, endless) for _ in range(4)))
    assert set(failed) == {(ErrorClass.TIMEOUT, "The query did not end in time.")}
    both = (source.call(call("SELECT 1 AS n")) for _ in range(2))
    assert [r.body for r in await asyncio.gather(*both)] == [[{"n": 1}]] * 2


async def test_a_missing_file_is_not_made(tmp_path: Path) -> None:
    """Opened read-only: a typo in a path is an error and no empty database."""
    source = DialectSource(DialectSettings(f"sqlite:///{tmp_path}/typo.db"))
    assert await said(source, call("SELECT 1 AS n")) == (
        ErrorClass.CONNECT,
        "The database cannot be reached.",
    )
    await source.close()
    assert list(tmp_path.iterdir()) == []  # noqa: ASYNC240 - a listing of nothing


async def test_it_is_tried_by_having_queries_explained(source: DialectSource) -> None:
    """A step that the database would refuse is told; nothing is run."""
    steps = {
        "shop.good": target("SELECT name FROM item WHERE id IN (:ids)"),
        "shop.bad": target("SELECT absent FROM item"),
    }
    probed = await source.probe(steps)
    assert probed.said == "logged in, queries explained"
    assert probed.failures == {"shop.bad": "no such column: absent"}


async def test_a_database_in_memory_is_not_closed_under_other_queries() -> None:
    """Connections that threads share would be: each query has one of its own."""
    source = DialectSource(DialectSettings("sqlite://", connections=2))
    endless = f"{ENDLESS} SELECT count(*) AS n FROM c"
    for _ in range(10):
        one = said(source, call(endless, within=0.02))
        other = said(source, call(f"{endless} WHERE x > 1", within=0.03))
        assert len({*(await asyncio.gather(one, other))}) == 1
    assert (await source.call(call("SELECT 1 AS n"))).body == [{"n": 1}]
    await source.close()
