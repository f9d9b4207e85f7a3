"""DuckDB at run time, on real files: answers, failures, interrupts, replaced files."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Hashable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from gateway.clock import Deadline, LoopClock
from gateway.connectors.base import Call, Slot
from gateway.connectors.duckdb import DuckDBSource
from gateway.connectors.duckdb_file import Database
from gateway.connectors.rows import Rows, SqlTarget
from gateway.connectors.settings import DuckDBSettings
from gateway.errors import ErrorClass, UpstreamError
from tests.connectors.looking import looked_into, told

FOREVER = "SELECT count(*) AS n FROM range(10000000) a, range(10000000) b"


def make(path: Path, *statements: str) -> Path:
    with duckdb.connect(str(path)) as connection:
        for statement in statements:
            connection.execute(statement)
    return path


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return make(
        tmp_path / "warehouse.duckdb",
        "CREATE TABLE risk (customer_id INTEGER, score DOUBLE)",
        "INSERT INTO risk VALUES (1, 0.5), (2, 0.9), (2, 0.8)",
    )


@pytest.fixture
async def source(file: Path) -> AsyncIterator[DuckDBSource]:
    opened = DuckDBSource(DuckDBSettings(str(file)))
    yield opened
    await opened.close()


def call(
    query: str, rows: Rows = "many", *, within: float = 30.0, **inputs: object
) -> Call[SqlTarget]:
    target = SqlTarget(query, {name: Slot(name) for name in inputs}, rows)
    return Call("risk", target, inputs, Deadline.after(within, LoopClock()))


async def failure(source: DuckDBSource, asked: Call[SqlTarget]) -> UpstreamError:
    with pytest.raises(UpstreamError) as caught:
        await source.call(asked)
    return caught.value


async def test_a_query_that_is_looked_into_is_marked(source: DuckDBSource) -> None:
    """When it had a thread, when it had run, when its rows were there."""
    marks = await looked_into(lambda: source.call(call("SELECT * FROM risk")))
    assert told(marks) == ("connected", "first", "received")
    marks = await looked_into(lambda: source.call(call("SELECT * FROM nothing")))
    assert told(marks) == ("connected",)


async def test_a_query_is_parsed_once_and_planned_anew(file: Path) -> None:
    """Many calls at a time share what was parsed; each has its own values and plan."""
    database = Database.open(DuckDBSettings(str(file)))
    cursor = database.take()
    assert database.parsed(BY_ID, cursor) is database.parsed(BY_ID, cursor)
    assert database.parsed("SELECT 1; SELECT 2", cursor) == "SELECT 1; SELECT 2"
    database.give_back(cursor, reusable=True)
    database.close()
    source = DuckDBSource(DuckDBSettings(str(file), threads=8))
    asked = [source.call(call("SELECT $n + 1 AS n", "one", n=n)) for n in range(200)]
    replies = await asyncio.gather(*asked)
    assert [reply.body for reply in replies] == [{"n": n + 1} for n in range(200)]
    await source.close()


BY_ID = "SELECT score FROM risk WHERE customer_id = $id ORDER BY score"


@pytest.mark.parametrize(
    ("rows", "id_", "answer"),
    [
        ("many", "2", [{"score": 0.8}, {"score": 0.9}]),
        ("many", 9, []),
        ("one", "1", {"score": 0.5}),
        ("one", 9, None),
    ],
)
async def test_rows_are_maps_by_column(
    source: DuckDBSource, rows: Rows, id_: object, answer: object
) -> None:
    """One row is a map and no row null, where one is wanted; else a list."""
    assert (await source.call(call(BY_ID, rows, id=id_))).body == answer


async def test_several_rows_are_not_one(source: DuckDBSource) -> None:
    """`rows: one` fails on several, it does not pick."""
    error = await failure(source, call(BY_ID, "one", id=2))
    assert (error.kind, error.message) == (
        ErrorClass.INVALID,
        "The query gives several rows where one is wanted.",
    )


async def test_a_value_is_bound_whatever_it_contains(source: DuckDBSource) -> None:
    """`1; DROP TABLE risk` is a value of the wrong type, and the table stays."""
    error = await failure(source, call(BY_ID, id="1; DROP TABLE risk"))
    assert (error.kind, error.message) == (
        ErrorClass.QUERY,
        "A value does not have the type that the query needs.",
    )
    assert "DROP" not in error.message
    left = await source.call(call("SELECT count(*) AS n FROM risk", "one"))
    assert left.body == {"n": 3}


async def test_values_stay_exact(source: DuckDBSource) -> None:
    """Dates, times, decimals and intervals are Python's; others become JSON's."""
    reply = await source.call(
        call(
            "SELECT 1.10::DECIMAL(9, 2) AS m, DATE '2024-02-29' AS d, "
            "TIMESTAMP '2024-02-29 10:00:00.5' AS t, "
            "TIMESTAMPTZ '2024-02-29 10:00:00+02' AS z, INTERVAL 90 SECOND AS i, "
            "TIME '10:30:00' AS c, [1.5::DECIMAL(3, 1)] AS l, {'a': 1} AS s, "
            "'ab'::BLOB AS b, true AS y, NULL AS n, $given AS given, "
            "'5f2b2f3e-0000-0000-0000-000000000001'::UUID AS u",
            "one",
            given=Decimal("0.1"),
        )
    )
    assert reply.body == {
        "m": Decimal("1.10"),
        "d": date(2024, 2, 29),
        "t": datetime(2024, 2, 29, 10, 0, 0, 500000),  # noqa: DTZ001 - it has no zone
        "z": datetime(2024, 2, 29, 8, tzinfo=UTC),
        "i": timedelta(seconds=90),
        "c": "10:30:00",
        "l": [Decimal("1.5")],
        "s": {"a": 1},
        "b": "YWI=",
        "y": True,
        "n": None,
        "given": Decimal("0.1"),
        "u": "5f2b2f3e-0000-0000-0000-000000000001",
    }


@pytest.mark.parametrize(
    ("query", "message"),
    [
        (
            "SELECT secret FROM nowhere",
            "The query cannot run: Table with name nowhere does not exist.",
        ),
        (
            "SELECT scor FROM risk WHERE 'hidden' = 'x'",
            'The query cannot run: Referenced column "scor" not found in FROM clause.',
        ),
        ("SELECT 1 AS a, 2 AS a", "The query gives two columns named 'a'."),
        ("SELECT error('hidden')", "The query failed."),
    ],
)
async def test_a_failing_query_says_what_is_missing_but_not_the_sql(
    source: DuckDBSource, query: str, message: str
) -> None:
    """The client learns the name that is missing, the log learns the rest."""
    error = await failure(source, call(query))
    assert (error.kind, error.message) == (ErrorClass.QUERY, message)


async def test_the_detail_has_the_query(source: DuckDBSource) -> None:
    """For the log, DuckDB's whole message."""
    error = await failure(source, call("SELECT scor FROM risk"))
    assert error.detail is not None
    assert "SELECT scor FROM risk" in error.detail


@pytest.mark.parametrize("value", ["\ud800", 10**60])
async def test_a_value_duckdb_cannot_take_fails_the_step(
    source: DuckDBSource, value: object
) -> None:
    """Whatever an input is, the call ends with an error of ours."""
    error = await failure(source, call("SELECT $v AS v", v=value))
    assert error.kind in (ErrorClass.REJECTED, ErrorClass.QUERY)


async def test_rows_are_counted(file: Path) -> None:
    """An answer has at most `row_limit` rows."""
    source = DuckDBSource(DuckDBSettings(str(file), row_limit=10))
    assert len((await source.call(call("FROM range(10)"))).body) == 10  # type: ignore[arg-type]
    error = await failure(source, call("FROM range(11)"))
    assert (error.kind, error.message) == (
        ErrorClass.INVALID,
        "The query gives more than 10 rows.",
    )
    await source.close()


@pytest.mark.parametrize(
    "query",
    [
        "INSERT INTO risk VALUES (7, 7)",
        "SELECT * FROM read_csv('{file}')",
        "SELECT * FROM read_text('{file}')",
        "ATTACH '{file}' AS other",
        "SET enable_external_access = true",
        "COPY risk TO '{file}.csv'",
        "INSTALL httpfs",
    ],
)
async def test_the_database_is_read_only_and_closed_to_the_world(
    source: DuckDBSource, file: Path, query: str
) -> None:
    """Even a query that got past loading cannot write, or read other files."""
    error = await failure(source, call(query.format(file=file)))
    assert error.kind is ErrorClass.QUERY
    assert sorted(path.name for path in file.parent.iterdir()) == ["warehouse.duckdb"]


async def test_a_missing_file_is_a_failed_call_until_it_is_there(
    tmp_path: Path,
) -> None:
    """The source opens lazily and tries again on every call."""
    path = tmp_path / "later.duckdb"
    source = DuckDBSource(DuckDBSettings(str(path)))
    error = await failure(source, call("SELECT a FROM t"))
    assert (error.kind, error.message) == (
        ErrorClass.CONNECT,
        "A file of the warehouse is missing.",
    )
    make(path, "CREATE TABLE t AS SELECT 1 AS a")
    assert (await source.call(call("SELECT a FROM t"))).body == [{"a": 1}]
    await source.close()


async def test_a_file_that_is_no_database_fails_the_call(tmp_path: Path) -> None:
    """The message says so and names no path."""
    path = tmp_path / "broken.duckdb"
    path.write_bytes(b"not a database at all" * 1000)
    source = DuckDBSource(DuckDBSettings(str(path)))
    error = await failure(source, call("SELECT 1 AS a"))
    assert (error.kind, error.message) == (
        ErrorClass.CONNECT,
        "The warehouse cannot be opened.",
    )
    await source.close()


async def test_a_replaced_file_is_opened_again(
    source: DuckDBSource, file: Path, tmp_path: Path
) -> None:
    """A nightly job that moves a new file into place is seen by the next query."""
    assert (await source.call(call(BY_ID, "one", id=1))).body == {"score": 0.5}
    fresh = make(
        tmp_path / "fresh", "CREATE TABLE risk AS SELECT 1 customer_id, 7 score"
    )
    fresh.replace(file)
    assert (await source.call(call(BY_ID, "one", id=1))).body == {"score": 7}


async def test_a_query_ends_with_its_deadline_and_frees_its_thread(file: Path) -> None:
    """With one thread, the next query runs only because the first was interrupted."""
    source = DuckDBSource(DuckDBSettings(str(file), threads=1))
    error = await failure(source, call(FOREVER, within=0.05))
    assert (error.kind, error.message) == (
        ErrorClass.TIMEOUT,
        "The query did not end in time.",
    )
    async with asyncio.timeout(60):
        assert (await source.call(call(BY_ID, "one", id=1))).body == {"score": 0.5}
        await source.close()


async def test_cancelled_queries_free_their_threads(file: Path) -> None:
    """Also the ones that never started; closing waits for all of them."""
    source = DuckDBSource(DuckDBSettings(str(file), threads=2))
    await source.call(call(BY_ID, "one", id=1))
    for _ in range(20):
        tasks = [asyncio.create_task(source.call(call(FOREVER))) for _ in range(5)]
        await asyncio.sleep(0)
        for task in tasks:
            task.cancel()
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        assert [type(o) for o in outcomes] == [asyncio.CancelledError] * 5
    async with asyncio.timeout(60):
        assert (await source.call(call(BY_ID, "one", id=1))).body == {"score": 0.5}
        await source.close()


async def test_queries_run_at_the_same_time(source: DuckDBSource) -> None:
    """Forty at once, each with its own answer."""
    asked = [call("SELECT $n AS n", "one", n=number) for number in range(40)]
    replies = await asyncio.gather(*map(source.call, asked))
    assert [reply.body for reply in replies] == [{"n": n} for n in range(40)]


async def test_data_files_are_views(tmp_path: Path) -> None:
    """Parquet, CSV and JSON files of a folder are tables named by their stems."""
    data = tmp_path / "data"
    data.mkdir()
    (data / "branches.csv").write_text("id,city\n1,Oslo\n")
    (data / "notes.json").write_text('[{"id": 1, "text": "hi"}]')
    (data / "read.me").write_text("nothing")
    with duckdb.connect() as connection:
        connection.execute(f"COPY (SELECT 2 AS id) TO '{data}/cards.parquet'")
    own = make(tmp_path / "w.duckdb", "CREATE TABLE t AS SELECT 1 AS id")
    source = DuckDBSource(DuckDBSettings(str(own), files=(str(data),)))
    reply = await source.call(
        call(
            "SELECT city, text, c.id AS card FROM t JOIN branches USING (id) "
            "JOIN notes USING (id), cards c",
            "one",
        )
    )
    assert reply.body == {"city": "Oslo", "text": "hi", "card": 2}
    (data / "added.csv").write_text("a\n5\n")
    assert (await source.call(call("FROM added", "one"))).body == {"a": 5}
    await source.close()


async def test_files_alone_need_no_database(tmp_path: Path) -> None:
    """Without `path` the database is in memory; two files of one stem clash."""
    one = tmp_path / "one.csv"
    one.write_text("a\n1\n")
    source = DuckDBSource(DuckDBSettings(files=(str(one),)))
    assert (await source.call(call("FROM one"))).body == [{"a": 1}]
    await source.close()
    (tmp_path / "one.json").write_text('{"a": 2}')
    source = DuckDBSource(DuckDBSettings(files=(str(tmp_path),)))
    error = await failure(source, call("FROM one"))
    assert error.message == "Two data files of the warehouse are named 'one'."
    await source.close()


async def test_a_call_is_described_with_secrets_masked(source: DuckDBSource) -> None:
    """What `run --step` shows: the query and what it binds."""
    asked: Call[Any] = call("SELECT $id AS a, $token AS b", id=1, token="s3")
    assert source.describe(asked) == {
        "query": "SELECT $id AS a, $token AS b",
        "parameters": {"id": 1, "token": "***"},
    }


async def test_databases_at_different_places_share_no_reply(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Deployments may name their sources alike, and their files relative to others."""
    asked, keys = call("SELECT 1"), set[Hashable]()
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        monkeypatch.chdir(tmp_path / folder)
        for settings in (
            DuckDBSettings("w.duckdb"),
            DuckDBSettings(str(tmp_path / "one" / "w.duckdb")),
            DuckDBSettings(None, ("data",)),
        ):
            source = DuckDBSource(settings)
            keys.add(source.render(asked).key)
            await source.close()
    assert len(keys) == 4


# -- what else is beside the database, and how much may be taken -----------------------


async def test_further_files_are_read_by_their_names(
    file: Path, tmp_path: Path
) -> None:
    """Read-only, and read anew when they are replaced."""
    crm = make(
        tmp_path / "c.duckdb",
        "CREATE TABLE who (id INTEGER, name VARCHAR)",
        "INSERT INTO who VALUES (1, 'Ada')",
    )
    source = DuckDBSource(DuckDBSettings(str(file), attached={"crm": str(crm)}))
    asked = call("SELECT name, score FROM crm.who JOIN risk ON id = customer_id")
    assert (await source.call(asked)).body == [{"name": "Ada", "score": 0.5}]
    assert (await failure(source, call("DELETE FROM crm.who"))).kind is ErrorClass.QUERY
    other = make(
        tmp_path / "d.duckdb",
        "CREATE TABLE who (id INTEGER, name VARCHAR)",
        "INSERT INTO who VALUES (1, 'Bo')",
    )
    other.replace(crm)
    assert (await source.call(asked)).body == [{"name": "Bo", "score": 0.5}]
    await source.close()


async def test_a_further_file_that_is_missing_is_told(file: Path) -> None:
    """As the database's own file is."""
    settings = DuckDBSettings(str(file), attached={"crm": "/no/such.duckdb"})
    source = DuckDBSource(settings)
    error = await failure(source, call("SELECT 1 AS n"))
    assert (error.kind, error.message) == (
        ErrorClass.CONNECT,
        "A file of the warehouse is missing.",
    )
    await source.close()


async def test_the_engine_takes_what_it_may_and_an_answer_too() -> None:
    """Memory and cores of all queries together; bytes of one answer."""
    source = DuckDBSource(
        DuckDBSettings(memory=64_000_000, cpus=1, response_limit=1000)
    )
    asked = call(
        "SELECT current_setting('threads') AS cpus, "
        "current_setting('memory_limit') AS memory"
    )
    assert (await source.call(asked)).body == [{"cpus": 1, "memory": "61.0 MiB"}]
    for large in (
        "repeat('x', 2000)",
        "list_transform(range(40), lambda n: repeat('x', 50))",
        "{'a': [{'b': repeat('x', 2000)}]}",
        "range(200)",
    ):
        error = await failure(source, call(f"SELECT {large} AS t"))
        assert (error.kind, error.message) == (
            ErrorClass.INVALID,
            "The query gives more than 1000 bytes.",
        )
    await source.close()


async def test_a_value_that_python_has_no_like_of_is_no_answer(
    source: DuckDBSource,
) -> None:
    """It is the answer that is wrong, not what was asked."""
    error = await failure(source, call("SELECT INTERVAL 300000000 MONTH AS x"))
    assert (error.kind, error.message) == (
        ErrorClass.INVALID,
        "The source answered with a value that cannot be read.",
    )
