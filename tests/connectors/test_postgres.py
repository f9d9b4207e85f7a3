"""PostgreSQL at run time, on a real server: answers, failures, cancelling, the pool."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from psycopg import pq
from psycopg.pq import ExecStatus

from gateway.clock import Deadline, LoopClock
from gateway.connectors.base import Call, Reply, Slot
from gateway.connectors.hearing import NeverArrivedError
from gateway.connectors.postgres import link
from gateway.connectors.postgres.describing import Describer
from gateway.connectors.postgres.exchange import Exchange
from gateway.connectors.postgres.faults import LostError
from gateway.connectors.postgres.source import PostgresSource
from gateway.connectors.rows import Rows, SqlTarget
from gateway.connectors.settings import PostgresSettings
from gateway.errors import ErrorClass, UpstreamError
from gateway.record import replace
from gateway.testing.contract import SourceContract, Subject
from tests.connectors.looking import looked_into, told
from tests.postgres_server import PASSWORD, PostgresServer

SLOW = "SELECT pg_sleep(60)::text AS slept"
TABLES = (
    "DROP SCHEMA IF EXISTS bank CASCADE",
    "CREATE SCHEMA bank",
    "CREATE TYPE bank.tier AS ENUM ('gold', 'silver')",
    "CREATE DOMAIN bank.iban AS text",
    "CREATE TABLE bank.risk (customer_id int, score float8, tier bank.tier)",
    "INSERT INTO bank.risk VALUES (1, 0.5, 'gold'), (2, 0.9, 'silver'), (2, 0.8, null)",
)


@pytest.fixture(scope="module")
def server(postgres_server: PostgresServer) -> PostgresServer:
    for statement in TABLES:
        postgres_server.ask(statement)
    return postgres_server


@pytest.fixture
def settings(server: PostgresServer) -> PostgresSettings:
    return PostgresSettings(server.url, search_path=("bank",), connections=4)


@pytest.fixture
async def source(settings: PostgresSettings) -> AsyncIterator[PostgresSource]:
    opened = PostgresSource(settings)
    yield opened
    await opened.close()


def call(
    query: str, rows: Rows = "many", *, within: float = 30.0, **inputs: object
) -> Call[SqlTarget]:
    """A call of a query whose parameters are written ``{name}``."""
    words = query.split("{")
    parts = [words[0]]
    for word in words[1:]:
        parts += word.split("}", 1)
    target = SqlTarget(query, {n: Slot(n) for n in inputs}, rows, tuple(parts))
    return Call("risk", target, inputs, Deadline.after(within, LoopClock()))


def exactly(asked: Call[SqlTarget]) -> Call[SqlTarget]:
    return asked._replace(target=replace(asked.target, exact=True))


async def failure(source: PostgresSource, asked: Call[SqlTarget]) -> UpstreamError:
    with pytest.raises(UpstreamError) as caught:
        await source.call(asked)
    return caught.value


async def until(holds: Callable[[], bool]) -> None:
    """Wait for what the server says of itself; a minute of it fails the test."""
    async with asyncio.timeout(60):
        while not holds():  # noqa: ASYNC110 - it is another process that changes
            await asyncio.sleep(0.01)


async def one(source: PostgresSource, query: str, **inputs: object) -> object:
    reply = await source.call(call(f"SELECT {query} AS x", "one", **inputs))
    assert isinstance(reply.body, dict)
    return reply.body["x"]


# -- the contract ----------------------------------------------------------------------


class TestPostgres(SourceContract):
    """A real server keeps what every source has to keep."""

    @pytest.fixture
    async def subject(self, server: PostgresServer) -> Subject:
        dead = f"postgresql://anna:{PASSWORD}@127.0.0.1:9/shop"
        return Subject(
            open=lambda: PostgresSource(PostgresSettings(server.url, connections=3)),
            call=call("SELECT {n}::int + 1 AS n", "one", n="41"),
            body={"n": 42},
            other=call("SELECT {n}::int + 1 AS n", "one", n="42"),
            refused=(
                call("SELECT nothing FROM nowhere", "one"),
                call("SELECT {n}::text AS n", "one", n=object()),
                call("SELECT {n}::int AS n", "one", n="x"),
            ),
            slow=call(SLOW, "one"),
            dead=lambda: PostgresSource(PostgresSettings(dead)),
            secrets=(PASSWORD,),
        )


# -- rows and values -------------------------------------------------------------------

BY_ID = "SELECT score FROM risk WHERE customer_id = {id} ORDER BY score"


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
    source: PostgresSource, rows: Rows, id_: object, answer: object
) -> None:
    """An ID is text or a number: the server makes it what the column is."""
    assert (await source.call(call(BY_ID, rows, id=id_))).body == answer


async def test_several_rows_are_not_one(source: PostgresSource) -> None:
    """Which of them was meant nobody can say."""
    error = await failure(source, call(BY_ID, "one", id=2))
    assert (error.kind, error.message) == (
        ErrorClass.INVALID,
        "The query gives several rows where one is wanted.",
    )


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("1::int8", 1),
        ("12345678901234567890.10::numeric(22,2)", Decimal("12345678901234567890.10")),
        ("'Infinity'::numeric", Decimal("Infinity")),
        ("'-Infinity'::float8", float("-inf")),
        ("0.1::float8 + 0.2::float8", 0.1 + 0.2),
        ("true", True),
        ("'é'::text", "é"),
        ("'IT'::bank.iban", "IT"),
        ("'gold'::tier", "gold"),
        ("ARRAY['gold', NULL]::tier[]", ["gold", None]),
        ("ARRAY['a,b', '\"', 'NULL', NULL]::text[]", ["a,b", '"', "NULL", None]),
        ("ARRAY[[1, 2], [3, 4]]", [[1, 2], [3, 4]]),
        ("date '2026-11-23'", date(2026, 11, 23)),
        (
            "timestamp '2026-11-23 10:00:00.5'",
            datetime.fromisoformat("2026-11-23T10:00:00.5"),
        ),
        (
            "timestamptz '2026-11-23 10:00:00+02'",
            datetime(2026, 11, 23, 8, tzinfo=UTC),
        ),
        ("time '10:00'", "10:00:00"),
        ("interval '1 day 2 hours'", timedelta(days=1, hours=2)),
        (
            "uuid '6BA7B810-9DAD-11D1-80B4-00C04FD430C8'",
            "6ba7b810-9dad-11d1-80b4-00c04fd430c8",
        ),
        ("decode('AQI=', 'base64')", "AQI="),
        ("jsonb_build_object('a', jsonb_build_array(1, NULL))", {"a": [1, None]}),
        ("inet '10.0.0.1'", "10.0.0.1"),
        ("int4range(1, 3)", "[1,3)"),
        ("NULL::int", None),
        ("''::text", ""),
    ],
)
async def test_values_stay_what_they_are(
    source: PostgresSource, written: str, value: object
) -> None:
    """Exact numbers stay exact, times with a zone are UTC, other types are text."""
    found = await one(source, written)
    assert (type(found), found) == (type(value), value)


async def test_not_a_number_is_none(source: PostgresSource) -> None:
    """NaN is no failure of the source; the schema's type says what it means."""
    found = await one(source, "ARRAY['NaN'::float8]")
    assert repr(found) == "[nan]"


async def test_numbers_in_json_are_exact_where_a_decimal_is_read(
    source: PostgresSource,
) -> None:
    """A Decimal of the schema is never made from a float."""
    asked = call("SELECT jsonb_build_object('a', 1.10) AS x", "one")
    usual, exact = await source.call(asked), await source.call(exactly(asked))
    assert repr(usual.body) == "{'x': {'a': 1.1}}"
    assert exact.body == {"x": {"a": Decimal("1.10")}}


@pytest.mark.parametrize(
    ("written", "value", "comes"),
    [
        ("{v}::int", "7", 7),
        ("{v}::text", 7, "7"),
        ("{v}::boolean", True, True),
        ("{v}::numeric", Decimal("1.10"), Decimal("1.10")),
        ("{v}::date", date(2026, 11, 23), date(2026, 11, 23)),
        (
            "{v}::timestamptz",
            datetime(2026, 11, 23, 8, tzinfo=UTC),
            datetime(2026, 11, 23, 8, tzinfo=UTC),
        ),
        ("{v}::interval", timedelta(hours=1), timedelta(hours=1)),
        ("{v}::text[]", ['a"b\\', None, "é", "{x}"], ['a"b\\', None, "é", "{x}"]),
        ("{v}::int[]", ["1", 2, [3][0]], [1, 2, 3]),
        ("{v}::int[]", [], []),
        ("{v}::jsonb", ["a", {"b": None}], ["a", {"b": None}]),
        ("{v}::jsonb", "text", "text"),
        ("({v}::jsonb)::text", {"n": 2**70}, '{"n": 1180591620717411303424}'),
        ("({v}::jsonb)::text", {"n": Decimal("1E+3")}, '{"n": 1000}'),
        ("({v}::timestamp)::text", "2026-11-23T12:00:00+02:00", "2026-11-23 10:00:00"),
        ("({v}::timestamp)::text", "2026-11-23 12:00", "2026-11-23 12:00:00"),
        (
            "({v}::timestamp)::text",
            datetime(2026, 11, 23, 12, tzinfo=timezone(timedelta(hours=2))),
            "2026-11-23 10:00:00",
        ),
        ("{v}::text", None, None),
        ("{v}::text", "'; DROP TABLE risk; --", "'; DROP TABLE risk; --"),
    ],
)
async def test_values_are_bound(
    source: PostgresSource, written: str, value: object, comes: object
) -> None:
    """A value goes as what the query needs at its place, and never into the text."""
    assert await one(source, written, v=value) == comes


async def test_json_that_is_too_deep_cannot_be_read(source: PostgresSource) -> None:
    """The server takes it as it is; Python's reader ends at a depth of its own."""
    asked = call("SELECT (repeat('[', 3000) || repeat(']', 3000))::json AS x", "one")
    for each in (asked, exactly(asked)):
        error = await failure(source, each)
        assert (error.kind, error.message) == (
            ErrorClass.INVALID,
            "The source answered with a value that cannot be read.",
        )


@pytest.mark.parametrize("value", ["a\0b", ["a\0b"], "\ud800", {1, 2}, object()])
async def test_what_cannot_be_bound_is_rejected(
    source: PostgresSource, value: object
) -> None:
    """By the gateway: the server never hears of it."""
    error = await failure(source, call("SELECT {v}::text AS x", "one", v=value))
    assert (error.kind, error.message) == (
        ErrorClass.REJECTED,
        "A value cannot be bound to the query.",
    )


async def test_a_batch_binds_its_keys_as_one_list(source: PostgresSource) -> None:
    """``= ANY`` takes a list of any length, none included, of text or numbers."""
    query = "SELECT customer_id FROM risk WHERE customer_id = ANY({keys}) ORDER BY 1"
    asked = [await source.call(call(query, keys=k)) for k in (["1", "2"], [1], [])]
    assert [[r["customer_id"] for r in reply.body] for reply in asked] == [  # type: ignore[attr-defined]
        [1, 2, 2],
        [1],
        [],
    ]


async def test_one_name_is_one_parameter(source: PostgresSource) -> None:
    """However often it stands in the query."""
    query = "({v}::int IS NULL OR 1 = {v})"
    assert [await one(source, query, v=v) for v in (None, 1, 2)] == [True, True, False]


# -- what goes wrong -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "kind", "message"),
    [
        (
            "SELECT * FROM nowhere",
            ErrorClass.QUERY,
            'The query cannot run: relation "nowhere" does not exist.',
        ),
        (
            "SELECT nothing FROM risk",
            ErrorClass.QUERY,
            'The query cannot run: column "nothing" does not exist.',
        ),
        ("SELECT 1 / 0 AS x", ErrorClass.QUERY, "The query failed."),
        ("SELEC", ErrorClass.QUERY, "The query failed."),
        (
            "SELECT 'x'::int AS x",
            ErrorClass.QUERY,
            "A value does not have the type that the query needs.",
        ),
        (
            "SELECT nextval('bank.counter') AS x",
            ErrorClass.QUERY,
            "The query writes, and the source is read-only.",
        ),
        (
            "SELECT 1 AS a, 2 AS a",
            ErrorClass.QUERY,
            "The query gives two columns named 'a'.",
        ),
        (
            "SELECT 'infinity'::timestamptz AS x",
            ErrorClass.INVALID,
            "The source answered with a value that cannot be read.",
        ),
        (
            "SELECT pg_terminate_backend(pg_backend_pid()) AS x",
            ErrorClass.RESET,
            "The database ended the connection.",
        ),
    ],
)
async def test_a_query_that_fails_says_why(
    server: PostgresServer,
    source: PostgresSource,
    query: str,
    kind: ErrorClass,
    message: str,
) -> None:
    """In words for clients, without SQL; and the next call is answered."""
    server.ask("CREATE SEQUENCE IF NOT EXISTS bank.counter")
    error = await failure(source, call(query))
    assert (error.kind, error.message) == (kind, message)
    assert await one(source, "1") == 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ((f":{PASSWORD}@", ":hunter3@"), "refuses the gateway's credentials"),
        (("/postgres", "/nowhere"), "refuses the gateway's credentials"),
        (("127.0.0.1", "nowhere.invalid"), "cannot be reached"),
    ],
)
async def test_a_server_that_cannot_be_had_says_so(
    settings: PostgresSettings, change: tuple[str, str], message: str
) -> None:
    """Whether it refuses or is not there; neither the URL nor its password is told."""
    source = PostgresSource(replace(settings, url=settings.url.replace(*change)))
    error = await failure(source, call("SELECT 1 AS x"))
    await source.close()
    assert (error.kind, error.message) == (
        ErrorClass.CONNECT,
        f"The database {message}.",
    )
    assert "hunter" not in f"{error}{error.detail}{source!r}{settings!r}"


async def test_a_password_of_its_own_is_taken_as_it_is(
    server: PostgresServer, settings: PostgresSettings
) -> None:
    """Whatever characters it has, which a URL would have encoded."""
    server.ask("DROP ROLE IF EXISTS odd")
    server.ask("CREATE ROLE odd LOGIN PASSWORD 'a@b/c%d#e?f'")
    url = settings.url.replace(f"tester:{PASSWORD}", "odd")
    odd = replace(settings, url=url, password="a@b/c%d#e?f", search_path=())
    source = PostgresSource(odd)
    assert await one(source, "current_user::text") == "odd"
    assert "a@b" not in repr(odd)
    await source.close()


async def test_text_that_is_not_utf_8_is_no_answer(
    server: PostgresServer, settings: PostgresSettings
) -> None:
    """A database without an encoding can hold any bytes."""
    server.ask("DROP DATABASE IF EXISTS raw")
    server.ask("CREATE DATABASE raw ENCODING 'SQL_ASCII' TEMPLATE template0")
    url = settings.url.replace("/postgres", "/raw")
    source = PostgresSource(replace(settings, url=url, search_path=()))
    error = await failure(source, call("SELECT chr(200) AS x"))
    await source.close()
    assert (error.kind, error.message) == (
        ErrorClass.INVALID,
        "The source answered with text that is not UTF-8.",
    )


async def test_a_query_that_is_looked_into_is_marked(source: PostgresSource) -> None:
    """When it had a connection, when its rows came, when all were there."""
    everything = ("connected", "first", "received")
    marks = await looked_into(lambda: source.call(call("SELECT score FROM risk")))
    assert told(marks) == everything
    marks = await looked_into(lambda: source.call(call("SELECT nothing FROM risk")))
    assert told(marks) == ("connected",)


async def test_more_rows_than_may_be_are_never_read(settings: PostgresSettings) -> None:
    """The server itself stops: of a thousand million rows it makes four."""
    source = PostgresSource(replace(settings, row_limit=3))
    query = "SELECT n FROM generate_series(1, {to}) AS n"
    assert len((await source.call(call(query, to=3))).body) == 3  # type: ignore[arg-type]
    error = await failure(source, call("SELECT 1 AS n FROM risk, risk b, risk c"))
    await source.close()
    assert (error.kind, error.message) == (
        ErrorClass.INVALID,
        "The query gives more than 3 rows.",
    )


async def test_an_answer_has_so_many_bytes_at_most(
    server: PostgresServer, settings: PostgresSettings
) -> None:
    """The rest is not read: the query is stopped, and its connection is used again."""
    source = PostgresSource(replace(settings, response_limit=10_000, connections=1))
    many = "SELECT repeat('x', 1000) AS x FROM generate_series(1, 5000)"
    errors = [
        await failure(source, call(many)),
        await failure(source, call("SELECT repeat('x', 10001) AS x", "one")),
    ]
    assert {(error.kind, error.message) for error in errors} == {
        (ErrorClass.INVALID, "The source's answer is larger than 10000 bytes.")
    }
    assert await one(source, "1") == 1
    await source.close()
    assert server.running("repeat") == 0


# -- sessions --------------------------------------------------------------------------


async def test_a_session_reads_and_is_named(
    server: PostgresServer, settings: PostgresSettings
) -> None:
    """Read-only, its schema first, in UTC, with the name that the source has."""
    source = PostgresSource(replace(settings, application_name="branch"))
    query = "current_setting('transaction_read_only') || current_setting({n})"
    names = ("application_name", "search_path", "TimeZone")
    assert [await one(source, query, n=n) for n in names] == [
        "onbranch",
        "onbank",
        "onUTC",
    ]
    await source.close()
    await until(lambda: not server.ask(_SESSIONS, "branch"))


_SESSIONS = "SELECT pid FROM pg_stat_activity WHERE application_name = %s"


async def test_a_source_that_may_write_does(
    server: PostgresServer, settings: PostgresSettings
) -> None:
    """With `read_only: false` a query's function may write."""
    server.ask("CREATE SEQUENCE IF NOT EXISTS bank.counter")
    source = PostgresSource(replace(settings, read_only=False))
    assert isinstance(await one(source, "nextval('bank.counter')"), int)
    await source.close()


async def test_the_server_has_a_limit_of_its_own(source: PostgresSource) -> None:
    """By the time that a call has: in powers of two, so that it is seldom said."""
    query = "SELECT current_setting('statement_timeout') AS x"
    asked = [
        (await source.call(call(query, "one", within=within))).body
        for within in (3.0, 2.9, 60.0)
    ]
    assert asked == [{"x": "4096ms"}, {"x": "4096ms"}, {"x": "65536ms"}]


async def test_without_prepared_statements_it_answers_the_same(
    settings: PostgresSettings,
) -> None:
    """For poolers that give each statement another session."""
    source = PostgresSource(replace(settings, prepare=False))
    assert (await source.call(call(BY_ID, id="1"))).body == [{"score": 0.5}]
    assert await one(source, "{v}::tier[]", v=["gold"]) == ["gold"]
    assert await one(source, "(SELECT count(*) FROM pg_prepared_statements)") == 0
    await source.close()


async def test_a_statement_is_prepared_once(settings: PostgresSettings) -> None:
    """On each connection, whatever its values are."""
    source = PostgresSource(replace(settings, connections=1))
    for id_ in (1, 2, 3):
        await source.call(call(BY_ID, id=id_))
    prepared = "SELECT statement FROM pg_prepared_statements"
    known = await source.call(call(f"{prepared} WHERE statement LIKE '%score FROM%'"))
    assert len(known.body) == 1 + 1, "the other one is this"  # type: ignore[arg-type]
    await source.close()


async def test_a_table_that_changed_is_read_as_it_is_now(
    server: PostgresServer, source: PostgresSource
) -> None:
    """A prepared statement that no longer fits is prepared anew."""
    server.ask("DROP TABLE IF EXISTS bank.moving")
    server.ask("CREATE TABLE bank.moving AS SELECT 1 AS a")
    asked = call("SELECT * FROM moving", "one")
    assert (await source.call(asked)).body == {"a": 1}
    server.ask("ALTER TABLE bank.moving ADD COLUMN b int DEFAULT 2")
    assert (await source.call(asked)).body == {"a": 1, "b": 2}


# -- connections -----------------------------------------------------------------------


async def test_calls_wait_in_turn_for_a_connection(settings: PostgresSettings) -> None:
    """First come, first served; no more connections than may be."""
    source = PostgresSource(replace(settings, connections=1))
    order: list[int] = []
    pids = set()

    async def ask(number: int) -> None:
        query = "SELECT pg_backend_pid() AS pid, pg_sleep(0.001)::text AS s"
        reply = await source.call(call(query, "one"))
        order.append(number)
        pids.add(reply.body["pid"])  # type: ignore[index]

    await asyncio.gather(*map(ask, range(12)))
    assert len(pids) == 1
    assert order == list(range(12))
    await source.close()


async def test_who_waits_has_a_deadline_too(
    server: PostgresServer, settings: PostgresSettings
) -> None:
    """A call that gets no connection in time fails as late, and takes none with it."""
    source = PostgresSource(replace(settings, connections=1))
    slow = asyncio.create_task(source.call(call(SLOW, "one")))
    await until(lambda: server.running("pg_sleep") == 1)
    error = await failure(source, call("SELECT 1 AS x", within=0.02))
    assert (error.kind, error.message) == (
        ErrorClass.TIMEOUT,
        "The query did not end in time.",
    )
    slow.cancel()
    assert await one(source, "1") == 1
    await source.close()


async def test_a_call_that_is_late_runs_no_longer(
    server: PostgresServer, source: PostgresSource
) -> None:
    """The server is told to stop: nothing runs on for nobody."""
    error = await failure(source, call(SLOW, "one", within=0.05))
    assert error.kind is ErrorClass.TIMEOUT
    await until(lambda: server.running("pg_sleep") == 0)
    assert await one(source, "1") == 1


async def test_hundreds_of_cancels_cost_no_connection(
    server: PostgresServer, settings: PostgresSettings
) -> None:
    """At any moment of a call; after it nothing runs, and every connection answers."""
    source = PostgresSource(replace(settings, application_name="cancels"))
    query = "SELECT pg_backend_pid() AS pid, pg_sleep({s})::text AS s"

    def sessions() -> set[object]:
        return {pid for (pid,) in server.ask(_SESSIONS, "cancels")}

    async def pids() -> set[object]:
        asked = call(query, "one", s=0.05)
        replies = await asyncio.gather(*(source.call(asked) for _ in range(4)))
        return {reply.body["pid"] for reply in replies}  # type: ignore[index]

    await pids()
    asked = call(query, "one", within=600, s=60)
    first = [asyncio.create_task(source.call(asked)) for _ in range(4)]
    await until(lambda: server.running("pg_sleep") == 4)  # on a connection each
    before = sessions()
    for each in first:
        each.cancel()
    stopped = 0
    async with asyncio.timeout(60):
        while stopped < 200:  # sent for certain, and then given up
            give_up = source.begin(asked, Ear())
            if give_up is not None:
                give_up()
                stopped += 1
            await asyncio.sleep(0 if give_up else 0.001)
    for turn in range(25):  # at any other moment
        calls = [asyncio.create_task(source.call(asked)) for _ in range(4)]
        for _ in range(turn % 25):
            await asyncio.sleep(0)
        for each in calls:
            each.cancel()
        await asyncio.gather(*calls, return_exceptions=True)
    assert await pids() <= before  # one that is quick may have answered twice
    assert (sessions(), len(before)) == (before, 4)
    await until(lambda: server.running("pg_sleep") == 0)
    await source.close()


async def test_a_connection_that_was_ended_is_replaced(
    server: PostgresServer, settings: PostgresSettings
) -> None:
    """By the server while nobody used it: the next call does not notice."""
    source = PostgresSource(replace(settings, application_name="ended"))
    await one(source, "1")
    (row,) = server.ask(_SESSIONS, "ended")
    server.ask("SELECT pg_terminate_backend(%s, 5000)", *row)
    assert await one(source, "1") == 1
    (other,) = server.ask(_SESSIONS, "ended")
    assert other != row
    await source.close()


async def test_a_server_that_went_away_is_found_again(
    server: PostgresServer, source: PostgresSource
) -> None:
    """Gone in the middle of a query: a reset; down: unreachable; then well again."""
    slow = asyncio.create_task(source.call(call(SLOW, "one")))
    await until(lambda: server.running("pg_sleep") == 1)
    await asyncio.to_thread(server.stop)
    try:
        with pytest.raises(UpstreamError) as caught:
            await slow
        assert caught.value.kind is ErrorClass.RESET
        down = await failure(source, call("SELECT 1 AS x"))
        assert down.kind is ErrorClass.CONNECT
    finally:
        await asyncio.to_thread(server.start)
    assert await one(source, "1") == 1


# -- the short way ---------------------------------------------------------------------


class Ear:
    """Hears what a call that was begun comes to."""

    def __init__(self) -> None:
        self.said: asyncio.Future[Reply | Exception] = asyncio.Future()

    def came(self, reply: Reply) -> None:
        self.said.set_result(reply)

    def failed(self, error: Exception) -> None:
        self.said.set_result(error)


async def test_a_known_query_is_sent_at_once(settings: PostgresSettings) -> None:
    """Without a coroutine, over a free connection that knows it; else not at all."""
    source = PostgresSource(replace(settings, connections=1))
    asked, ear = call(BY_ID, id=1), Ear()
    assert source.begin(asked, ear) is None
    await source.call(asked)
    assert source.begin(asked, ear) is not None
    assert source.begin(asked, Ear()) is None, "the only connection is taken"
    assert await ear.said == Reply([{"score": 0.5}])
    await source.close()


async def test_what_was_begun_and_given_up_is_stopped(
    server: PostgresServer, source: PostgresSource
) -> None:
    """Its connection is free after the server has stopped; nobody hears of it."""
    asked, ear = call("SELECT pg_sleep({s})::text AS s", "one", s=0), Ear()
    await source.call(asked)
    give_up = source.begin(asked._replace(inputs={"s": 60}), ear)
    assert give_up is not None
    await until(lambda: server.running("pg_sleep") == 1)
    give_up()
    await until(lambda: server.running("pg_sleep") == 0)
    assert await one(source, "1") == 1
    assert not ear.said.done()


async def test_what_was_begun_fails_as_every_call(source: PostgresSource) -> None:
    """A value that does not fit is the server's to refuse, whichever way it goes."""
    asked, ear = call(BY_ID, id=1), Ear()
    await source.call(asked)
    assert source.begin(asked._replace(inputs={"id": "x"}), ear) is not None
    error = await ear.said
    assert isinstance(error, UpstreamError)
    assert error.message == "A value does not have the type that the query needs."
    with pytest.raises(UpstreamError, match="cannot be bound"):
        source.begin(asked._replace(inputs={"id": "\0"}), ear)
    assert await one(source, "1") == 1


async def test_what_was_begun_in_vain_never_arrived(
    server: PostgresServer, source: PostgresSource
) -> None:
    """It only reads, so it is made again as if it had not been."""
    server.ask("DROP TABLE IF EXISTS bank.moving")
    server.ask("CREATE TABLE bank.moving AS SELECT 1 AS a")
    asked, ear = call("SELECT * FROM moving", "one"), Ear()
    await source.call(asked)
    server.ask("ALTER TABLE bank.moving ADD COLUMN b int DEFAULT 2")
    assert source.begin(asked, ear) is not None
    assert isinstance(await ear.said, NeverArrivedError)
    assert (await source.call(asked)).body == {"a": 1, "b": 2}


async def test_nothing_is_begun_on_a_connection_that_was_ended(
    server: PostgresServer, settings: PostgresSettings
) -> None:
    """The long way finds another one."""
    source = PostgresSource(replace(settings, application_name="begun"))
    asked = call(BY_ID, id=1)
    await source.call(asked)
    (row,) = server.ask(_SESSIONS, "begun")
    server.ask("SELECT pg_terminate_backend(%s, 5000)", *row)
    assert source.begin(asked, Ear()) is None
    assert (await source.call(asked)).body == [{"score": 0.5}]
    await source.close()


async def test_a_source_is_tried_without_running_anything(
    source: PostgresSource,
) -> None:
    """What cannot be prepared is told by the step's name."""
    good = call("SELECT pg_sleep({s})::text AS s", s=60).target
    bad = call("SELECT nothing FROM risk").target
    probed = await source.probe({"a.good": good, "a.bad": bad})
    assert probed.said.startswith("PostgreSQL 1")
    assert probed.failures == {"a.bad": '42703: column "nothing" does not exist'}


# -- servers that say nothing ----------------------------------------------------------


@pytest.fixture
def silent() -> Iterator[str]:
    """The URL of a server that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        yield f"postgresql://anna:{PASSWORD}@127.0.0.1:{port}/shop"


async def test_closing_waits_for_no_connection_that_nobody_needs(silent: str) -> None:
    """Whoever wanted it has given up, and the server may never answer."""
    source = PostgresSource(PostgresSettings(f"{silent}?connect_timeout=600"))
    late = await failure(source, call("SELECT 1 AS x", within=0.05))
    async with asyncio.timeout(60):
        await source.close()
    assert late.kind is ErrorClass.TIMEOUT


async def test_a_session_that_never_begins_is_no_connection(
    monkeypatch: pytest.MonkeyPatch, source: PostgresSource
) -> None:
    """A server may log us in and fall silent then; its place in the pool comes free."""
    monkeypatch.setattr(link, "_CONNECT_SECONDS", 1)
    monkeypatch.setattr(link, "opening", lambda _: "SELECT pg_sleep(60)")
    error = await failure(source, call("SELECT 1 AS x"))
    assert (error.kind, error.message) == (
        ErrorClass.CONNECT,
        "The database cannot be reached.",
    )


async def test_a_load_waits_two_seconds_whatever_the_url_says(silent: str) -> None:
    """How long calls may wait for a connection is no word on how long a load may."""
    describer = Describer(PostgresSettings(f"{silent}?connect_timeout=0"))
    async with asyncio.timeout(60):
        assert await asyncio.to_thread(describer.columns, "SELECT 1 AS x") is None


def test_what_libpq_cannot_read_is_no_answer() -> None:
    """A failure that has no state of the server's would else be an empty answer."""
    loop = asyncio.new_event_loop()
    exchange = Exchange(loop.create_future(), loop.create_future())
    exchange.take(
        pq.PGconn.connect_start(b"").make_empty_result(ExecStatus.FATAL_ERROR)
    )
    exchange.end()
    loop.close()
    assert isinstance(exchange.came.exception(), LostError)
