"""One SQL point query: CPU of our process, over the bare driver's.

Needs a PostgreSQL: one on the path, or HEADWATER_TEST_POSTGRES_URL.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import uvloop
from psycopg.rows import dict_row

from gateway.app import build_gateway
from gateway.clock import Deadline, LoopClock, SystemClock
from gateway.connectors.base import Call, Reply, Slot, Source
from gateway.connectors.duckdb import DuckDBSource
from gateway.connectors.postgres.source import PostgresSource
from gateway.connectors.rows import SqlTarget
from gateway.connectors.settings import DuckDBSettings, PostgresSettings
from gateway.request.model import Asking, RequestContext
from gateway.telemetry.events import unobserved
from tests.postgres_server import PostgresServer

ROWS = 10_000
TIMES = 600
ROUNDS = 5
COLUMNS = ("id", "name", "balance", "since")
SDL = """type Query { customer(id: ID!): View } type View { row: Customer }
type Customer { id: ID! name: String balance: Decimal since: Date }"""
QUERY = "SELECT id, name, balance, since FROM customers WHERE id = "
PROFILE = f"""language: 1
operation: customer
steps:
  - name: row
    type: warehouse
    query: {QUERY}:id
"""
DOCUMENT = "query($id: ID!) { customer(id: $id) { row { id name balance since } } }"
TABLE = (
    "CREATE TABLE customers AS SELECT i AS id, 'name ' || i AS name, "
    "CAST(i AS numeric(20,2)) AS balance, date '2026-11-23' AS since {}"
)
Ask = Callable[[int], Awaitable[object]]


class Ear:
    """Waits for a call that was begun."""

    def __init__(self) -> None:
        self.said: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()

    def came(self, reply: Reply) -> None:
        self.said.set_result(reply)

    def failed(self, error: Exception) -> None:
        self.said.set_exception(error)


def calling(source: Source[Any], *, begun: bool = False) -> Ask:
    """Asks a source as the engine does, by one of its two ways."""
    parts = (QUERY, "id", "")
    target = SqlTarget(f"{QUERY}$id", {"id": Slot("id")}, "one", parts)
    begin = getattr(source, "begin", None)

    async def ask(number: int) -> object:
        until = Deadline.after(5.0, LoopClock())
        call = Call("row", target, {"id": number}, until)
        call = call._replace(wire=source.render(call))
        if begun and begin is not None:
            ear = Ear()
            if begin(call, ear) is not None:
                return (await ear.said).body
        return (await source.call(call)).body

    return ask


@contextlib.contextmanager
def whole(source: str) -> Iterator[Ask]:
    """A whole request: document, plan, step, answer."""
    folder = Path(tempfile.mkdtemp())
    for name, text in (("schema/a.graphql", SDL), ("profiles/a.yaml", PROFILE)):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    (folder / "headwater.yaml").write_text(f"sources: {{ warehouse: {source} }}\n")
    gateway = build_gateway([folder / "headwater.yaml"], {}, observe=unobserved)

    async def ask(number: int) -> object:
        request = RequestContext("b", SystemClock().now(), datetime.now(UTC))
        asking = Asking(DOCUMENT, variables={"id": str(number)})
        return await gateway.pipeline.answer(gateway.current, asking, request)

    yield ask
    shutil.rmtree(folder)


async def compared(asks: dict[str, Ask]) -> None:
    """Print microseconds of each, the least of some rounds in turns, and ratios."""
    least = dict.fromkeys(asks, float("inf"))
    for _ in range(ROUNDS):
        for name, ask in asks.items():
            for number in range(20):
                await ask(number)
            before = time.process_time()
            for number in range(TIMES):
                await ask(number * 7 % ROWS)
            spent = (time.process_time() - before) / TIMES
            least[name] = min(least[name], spent)
    bare = next(iter(least.values()))
    for name, seconds in least.items():
        print(f"{name:<34}{seconds * 1e6:>8.1f} us{seconds / bare:>7.2f} x")


async def of_postgres(url: str) -> None:
    """Beside psycopg's own cursor on one connection, prepared, in autocommit."""
    bare = await psycopg.AsyncConnection.connect(
        url, autocommit=True, prepare_threshold=0, row_factory=dict_row
    )
    text = f"{QUERY}%s"

    async def by_driver(number: int) -> object:
        return await (await bare.execute(text.encode(), (number,))).fetchone()

    source = PostgresSource(PostgresSettings(url))
    with whole(f"{{ url: '{url}' }}") as request:
        await compared(
            {
                "psycopg": by_driver,
                "PostgreSQL, begun": calling(source, begun=True),
                "PostgreSQL, called": calling(source),
                "PostgreSQL, a whole request": request,
            }
        )
    await source.close()
    await bare.close()


async def of_duckdb(path: Path) -> None:
    """Beside a cursor of its own, in a thread and without one."""
    bare = duckdb.connect(str(path), read_only=True).cursor()
    text = f"{QUERY}$id"

    def asked(number: int) -> object:
        rows = bare.execute(text, {"id": number}).fetchall()
        return dict(zip(COLUMNS, rows[0], strict=True))

    async def in_a_thread(number: int) -> object:
        return await asyncio.to_thread(asked, number)

    source = DuckDBSource(DuckDBSettings(str(path)))
    with whole(f"{{ type: duckdb, path: '{path}' }}") as request:
        await compared(
            {
                "duckdb, in a thread": in_a_thread,
                "DuckDB, called": calling(source),
                "DuckDB, a whole request": request,
            }
        )
    await source.close()


async def main() -> None:
    """Print CPU microseconds of a point query of four columns."""
    folder = Path(tempfile.mkdtemp())
    server = PostgresServer()
    server.create(folder)
    try:
        made = TABLE.format(f"FROM generate_series(0, {ROWS}) AS g(i)")
        server.ask(made)
        server.ask("ALTER TABLE customers ADD PRIMARY KEY (id)")
        await of_postgres(server.url)
    finally:
        server.stop()
    path = folder / "bank.duckdb"
    with duckdb.connect(str(path)) as database:
        database.execute(TABLE.format(f"FROM range({ROWS + 1}) AS g(i)"))
        database.execute("CREATE UNIQUE INDEX by_id ON customers (id)")
    await of_duckdb(path)
    shutil.rmtree(folder)


if __name__ == "__main__":
    uvloop.run(main())
