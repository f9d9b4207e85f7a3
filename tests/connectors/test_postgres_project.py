"""One profile over DuckDB, PostgreSQL and Trino: only the deployment file differs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from graphql import print_type

from gateway.app import Gateway, build_gateway
from gateway.clock import SystemClock
from gateway.connectors.postgres import describing
from gateway.loading.loader import Loader
from gateway.request.model import Asking, RequestContext
from gateway.telemetry.events import unobserved
from tests.connectors.trino_server import a_trino_server
from tests.postgres_server import PASSWORD, PostgresServer

TABLES = (
    "CREATE SCHEMA shop",
    """CREATE TABLE shop.customers
       (id int, name text, since date, balance numeric(20,2), seen timestamptz)""",
    """INSERT INTO shop.customers VALUES
       (1, 'Ada', '2020-01-02', 12345678901234567.10, '2026-11-23 10:00:00+00'),
       (2, 'Bob', '2021-01-02', 0.10, NULL)""",
    "CREATE TABLE shop.orders (customer_id int, total numeric(10,2), tags text[])",
    """INSERT INTO shop.orders VALUES
       (1, 9.90, ARRAY['a', 'b']), (2, 1.10, NULL), (1, 0.10, ARRAY['c'])""",
)
SDL = """
type Query { customer(id: ID!): View customers(ids: [ID!]!): [Customer!]! }
type View { row: Customer }
type Customer { id: ID! name: String since: Date balance: Decimal seen: DateTime
  orders: [Order!] }
type Order { total: Decimal tags: [String!] }
"""
PROFILES = {
    "customer": """
operation: customer
steps:
  - name: row
    type: warehouse
    query: SELECT id, name, since, balance, seen FROM shop.customers WHERE id = :id
""",
    "customers": """
operation: customers
steps:
  - name: row
    type: warehouse
    query: >-
      SELECT id, name, since, balance, seen FROM shop.customers
      WHERE id = ANY(:ids) ORDER BY id; -- as told;
    params: { ids: "${ ids.map(i, int(i)) }" }
""",
    "entity": """
entity: Customer
key: [id]
steps:
  - name: orders
    type: warehouse
    query: >-
      SELECT customer_id, total, tags FROM shop.orders
      WHERE customer_id = ANY(:keys) ORDER BY total
    batch: { key: "${ int(self.id) }", by: customer_id }
""",
}
QUERY = """{
  customer(id: "1") { row { id name since balance seen orders { total tags } } }
  none: customer(id: "9") { row { id } }
  customers(ids: ["2", "1"]) { name orders { total } }
}"""
ANSWER = {
    "customer": {
        "row": {
            "id": "1",
            "name": "Ada",
            "since": "2020-01-02",
            "balance": "12345678901234567.10",
            "seen": "2026-11-23T10:00:00Z",
            "orders": [
                {"total": "0.10", "tags": ["c"]},
                {"total": "9.90", "tags": ["a", "b"]},
            ],
        }
    },
    "none": {"row": None},
    "customers": [
        {"name": "Ada", "orders": [{"total": "0.10"}, {"total": "9.90"}]},
        {"name": "Bob", "orders": [{"total": "1.10"}]},
    ],
}


def project(folder: Path, source: str, sdl: str, profiles: Mapping[str, str]) -> Path:
    for name in ("profiles", "schema"):
        (folder / name).mkdir()
    (folder / "schema/all.graphql").write_text(sdl)
    for name, text in profiles.items():
        (folder / f"profiles/{name}.yaml").write_text(f"language: 1{text}")
    config = folder / "headwater.yaml"
    config.write_text(f"sources: {{ warehouse: {source} }}\n")
    return config


async def asked(gateway: Gateway, query: str) -> dict[str, Any]:
    clock = SystemClock()
    request = RequestContext("r", clock.now(), datetime.now(UTC))
    answer = await gateway.pipeline.answer(gateway.current, Asking(query), request)
    gateway.current.lease.retire()
    await gateway.pool.closed()
    said = answer.as_json()
    assert isinstance(said, dict)
    return said


@pytest.fixture
def places(postgres_server: PostgresServer, tmp_path: Path) -> Iterator[dict[str, str]]:
    """The same tables in all databases, and how a deployment names them."""
    postgres_server.ask("DROP SCHEMA IF EXISTS shop CASCADE")
    with duckdb.connect(str(tmp_path / "bank.duckdb")) as database:
        for statement in TABLES:
            postgres_server.ask(statement)
            database.execute(statement)
    with (
        duckdb.connect(str(tmp_path / "bank.duckdb"), read_only=True) as behind,
        a_trino_server(behind) as (_, port),
    ):
        yield {
            "duckdb": f"{{ type: duckdb, path: '{tmp_path}/bank.duckdb' }}",
            "postgresql": f"{{ url: '{postgres_server.url}' }}",
            "trino": f"{{ url: 'trino://reader@127.0.0.1:{port}/bank/shop' }}",
        }


@pytest.mark.parametrize("kind", ["duckdb", "postgresql", "trino"])
async def test_a_profile_moves_by_the_deployment_file_alone(
    places: dict[str, str], tmp_path: Path, kind: str
) -> None:
    """Lists, batches, dates, decimals, times: the same answer, byte for byte."""
    (tmp_path / "project").mkdir()
    config = project(tmp_path / "project", places[kind], SDL, PROFILES)
    gateway = build_gateway([config], {}, observe=unobserved)
    assert await asked(gateway, QUERY) == {"data": ANSWER}


UNTYPED = {
    "customer": """
operation: customer
args: { id: ID! }
steps:
  - name: row
    type: warehouse
    query: SELECT *, count(*) OVER () AS n FROM shop.customers WHERE id = :id
""",
}


def _types(config: Path) -> str:
    loaded = Loader([config], {}, lambda _: ({}, lambda: None)).load()
    return print_type(loaded.schema.type_map["CustomerRow"])


def test_columns_are_typed_by_the_database_where_nobody_else_says(
    places: dict[str, str], tmp_path: Path
) -> None:
    """Even those of a star; what was said once is known while the server is away."""
    (tmp_path / "project").mkdir()
    config = project(tmp_path / "project", places["postgresql"], "", UNTYPED)
    assert _types(config) == (
        "type CustomerRow {\n  id: ID\n  name: String\n  since: Date\n"
        "  balance: Decimal\n  seen: DateTime\n  n: JSON\n}"
    )


def test_a_load_goes_on_where_nobody_answers(tmp_path: Path) -> None:
    """Columns are then what the query's text tells, and the next load asks again."""
    source = f"{{ url: 'postgresql://anna:{PASSWORD}@127.0.0.1:9/shop' }}"
    text = UNTYPED["customer"].replace("SELECT *,", "SELECT name, id::int AS id,")
    config = project(tmp_path, source, "", {"customer": text})
    before = len(describing._REMEMBERED.columns)
    for _ in range(2):
        assert _types(config) == (
            "type CustomerRow {\n  name: JSON\n  id: ID\n  n: Int\n}"
        )
    assert len(describing._REMEMBERED.columns) == before
    assert max(describing._REMEMBERED.missed.values()) == 2


@pytest.mark.parametrize(
    ("source", "wrong"),
    [
        ("{ url: 'postgresql://db/shop?sslmod=require' }", "no such setting"),
        ("{ type: postgresql, url: 'db.internal:5432' }", "no URL of PostgreSQL"),
        ("{ url: 'postgresql+asyncpg://db/shop' }", "no driver is named here"),
        ("{ type: postgresql }", "url"),
        ("{ url: 'postgresql://db/shop', max_rows: 0 }", "1"),
    ],
)
def test_a_source_that_cannot_be_is_refused_at_load(
    tmp_path: Path, source: str, wrong: str
) -> None:
    """With its place, and never with what may be a password."""
    config = project(tmp_path, source, "", {})
    (problem,) = Loader([config], {}, lambda _: ({}, lambda: None)).check()
    assert wrong in str(problem)
    assert problem.span.line == 1
