"""`headwater import sql SOURCE`: a database becomes a project that answers."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import duckdb
import pytest
from orjson import loads

from tests.cli.conftest import Invoke, write
from tests.mariadb_server import PASSWORD, MariaDbServer
from tests.postgres_server import PostgresServer

TABLES = (
    (
        "CREATE TABLE customers (id INTEGER PRIMARY KEY, name VARCHAR(40) NOT NULL, "
        "since DATE)"
    ),
    (
        "CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL, "
        "total DECIMAL(9, 2) NOT NULL, "
        "FOREIGN KEY (customer_id) REFERENCES customers(id))"
    ),
    (
        "CREATE TABLE order_lines (order_id INTEGER, line INTEGER, "
        "PRIMARY KEY (order_id, line), FOREIGN KEY (order_id) REFERENCES orders(id))"
    ),
    "CREATE VIEW rich AS SELECT name FROM customers",
    "INSERT INTO customers VALUES (1, 'Ada', '2026-01-02'), (2, 'Bo', NULL)",
    "INSERT INTO orders VALUES (10, 1, 1.50), (11, 1, 2), (12, 2, 3)",
    "INSERT INTO order_lines VALUES (10, 1), (10, 2)",
)
QUERY = """{
  customer(id: "1") {
    name since orders { total customer { name } orderLines { line } }
  }
  orderLine(order_id: "10", line: "2") { order { id customer_id } }
  none: customer(id: "99") { name }
  rich { name }
}"""
ANSWER = {
    "customer": {
        "name": "Ada",
        "since": "2026-01-02",
        "orders": [
            {
                "total": 1.5,
                "customer": {"name": "Ada"},
                "orderLines": [{"line": "1"}, {"line": "2"}],
            },
            {"total": 2.0, "customer": {"name": "Ada"}, "orderLines": []},
        ],
    },
    "orderLine": {"order": {"id": "10", "customer_id": "1"}},
    "none": None,
    "rich": [{"name": "Ada"}, {"name": "Bo"}],
}
ENTITY = """\
language: 1
entity: Order
key: [id]
lookup:
  - name: row
    type: warehouse
    source: shop
    query: |
      SELECT id, customer_id, total
      FROM orders
      WHERE id IN (:keys)
    provides: [customer_id, total]
    batch: { key: "${ self.id }", by: id, max: 100 }
steps:
  - name: orderLines
    type: warehouse
    source: shop
    query: |
      SELECT order_id, line
      FROM order_lines
      WHERE order_id IN (:keys)
    batch: { key: "${ self.id }", by: order_id, max: 100 }
  - name: customer
    type: warehouse
    source: shop
    query: |
      SELECT id, name, since
      FROM customers
      WHERE id IN (:keys)
    batch: { key: "${ self.customer_id }", by: id, max: 100 }
"""


@pytest.fixture
def sqlite_source(project: Path) -> str:
    with closing(sqlite3.connect(project / "shop.db")) as connection:
        connection.executescript(";".join(TABLES))
    return "{ type: sqlite, path: ./shop.db }"


@pytest.fixture
def duckdb_source(project: Path) -> str:
    with duckdb.connect(str(project / "shop.duckdb")) as connection:
        for statement in TABLES:
            connection.execute(statement)
    return "{ type: duckdb, path: ./shop.duckdb }"


@pytest.fixture
def mariadb_source(mariadb_server: MariaDbServer) -> str:
    asyncio.run(_fill(mariadb_server))
    return f"{{ url: '{mariadb_server.url}' }}"


async def _fill(server: MariaDbServer) -> None:
    import asyncmy

    connection = await asyncmy.connect(
        host="127.0.0.1",
        port=server.port,
        user="reader",
        password=PASSWORD,
        db="shop",
        autocommit=True,
    )
    cursor = connection.cursor()
    for name in ("order_lines", "orders", "customers"):
        await cursor.execute(f"DROP TABLE IF EXISTS {name}")
    await cursor.execute("DROP VIEW IF EXISTS rich")
    for statement in TABLES:
        await cursor.execute(statement)
    await cursor.execute("ALTER TABLE customers COMMENT 'Who buys.'")
    await connection.ensure_closed()


@pytest.fixture
def postgres_source(postgres_server: PostgresServer) -> str:
    """In a schema of its own, which the source names."""
    postgres_server.ask("DROP SCHEMA IF EXISTS import_shop CASCADE")
    postgres_server.ask("CREATE SCHEMA import_shop")
    statements = ("SET search_path = import_shop", *TABLES)
    postgres_server.ask(
        "; ".join([*statements, "COMMENT ON TABLE customers IS 'Who buys.'"])
    )
    return f"{{ url: '{postgres_server.url}', schema: [import_shop] }}"


def numbers(answer: object) -> object:
    """Decimals as numbers: SQLite keeps no zeros behind the point."""
    match answer:
        case dict():
            return {
                k: float(v) if k == "total" else numbers(v) for k, v in answer.items()
            }
        case list():
            return [numbers(each) for each in answer]
    return answer


@pytest.mark.parametrize("kind", ["sqlite", "duckdb", "mariadb", "postgres"])
def test_the_tables_of_a_database_become_a_project_that_answers(
    project: Path, invoke: Invoke, request: pytest.FixtureRequest, kind: str
) -> None:
    """Types, look-ups by key, references both ways; nothing of it has a problem."""
    source = request.getfixturevalue(f"{kind}_source")
    write(project / "headwater.yaml", f"sources:\n  shop: {source}\n")
    made = invoke("import", "sql", "shop")
    assert made.exit_code == 0, made.stderr
    assert "source shop: 4 types, 4 operations, 2 references" in made.stdout
    assert "a key of several columns is asked for one row at a time" in " ".join(
        made.stdout.split()
    ).replace(" 1 order_lines(order_id, line)", "")
    assert "hunter2" not in made.stdout
    assert invoke("check").stdout == "No problems.\n"
    answered = loads(invoke("run", QUERY).stdout)
    assert numbers(answered) == {"data": ANSWER}


def test_what_is_written_is_what_a_person_would_write(
    project: Path, invoke: Invoke, sqlite_source: str
) -> None:
    """And it is never written over, until somebody says `--force`."""
    write(project / "headwater.yaml", f"sources:\n  shop: {sqlite_source}\n")
    assert invoke("import", "sql", "shop").exit_code == 0
    assert (project / "profiles/shop/order.entity.yaml").read_text() == ENTITY
    again = invoke("import", "sql", "shop")
    assert (again.exit_code, again.stderr) == (
        1,
        (
            "error: schema/shop.graphql is there already — nothing was written; name "
            "another folder with --into, or add --force\n"
        ),
    )
    assert invoke("import", "sql", "shop", "--force").exit_code == 0


@pytest.mark.parametrize("kind", ["mariadb", "postgres"])
def test_comments_become_descriptions(
    project: Path, invoke: Invoke, request: pytest.FixtureRequest, kind: str
) -> None:
    """What the database says of a table, its readers read in the schema."""
    source = request.getfixturevalue(f"{kind}_source")
    write(project / "headwater.yaml", f"sources:\n  shop: {source}\n")
    assert invoke("import", "sql", "shop").exit_code == 0
    sdl = (project / "schema/shop.graphql").read_text()
    assert sdl.startswith('"Who buys."\ntype Customer {\n  id: ID!\n  name: String!\n')


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("shp",), "there is no source 'shp' — did you mean 'shop'?"),
        (
            ("shop", "-o", "x"),
            "all tables become files of the project — leave --into and -o out",
        ),
        (("core",), "source 'core' has no tables"),
        (("shop", "--schema", "nope"), "there is no schema 'nope'"),
        (("gone",), "source 'gone': The database cannot be reached."),
    ],
)
def test_what_cannot_be_imported_is_told(
    project: Path,
    invoke: Invoke,
    sqlite_source: str,
    arguments: tuple[str, ...],
    message: str,
) -> None:
    """Before anything is written."""
    write(
        project / "headwater.yaml",
        f"""
        sources:
          shop: {sqlite_source}
          core: {{ url: "http://core.invalid" }}
          gone: {{ type: sqlite, path: ./gone.db }}
        """,
    )
    result = invoke("import", "sql", *arguments)
    assert result.exit_code != 0
    assert result.stderr.removeprefix("error: ").startswith(message)
    assert not (project / "schema").exists()


ORDERS = """\
# schema/orders.graphql
# From table orders of source shop by 'headwater import sql'; yours now.
# A '!' is a NOT NULL of the table.
type Orders {
  id: ID!
  customer_id: ID!
  total: Decimal!
}

# profiles/orders.yaml
language: 1
operation: orders
returns: Orders
args: { id: ID! }
steps:
  - name: orders
    type: warehouse
    source: shop
    query: |
      SELECT id, customer_id, total
      FROM orders
      WHERE id = :id
"""


@pytest.mark.parametrize(
    ("kind", "bound"),
    [
        ("sqlite", ":id"),
        ("mariadb", ":id"),
        ("postgres", "CAST(:id AS INTEGER)"),
        ("duckdb", "CAST(:id AS INTEGER)"),
    ],
)
def test_one_table_becomes_a_type_and_a_profile_that_answers(
    project: Path,
    invoke: Invoke,
    request: pytest.FixtureRequest,
    kind: str,
    bound: str,
) -> None:
    """Whatever database it is; a number is cast where the database asks for it."""
    source = request.getfixturevalue(f"{kind}_source")
    write(project / "headwater.yaml", f"sources:\n  shop: {source}\n")
    asked = ("import", "sql", "shop", "--table", "orders", "--profile")
    assert invoke(*asked).stdout == ORDERS.replace("= :id", f"= {bound}")
    assert invoke(*asked, "--into", "schema").exit_code == 0
    assert invoke("check").stdout == "No problems.\n"
    ran = loads(invoke("run", '{ orders(id: "11") { customer_id total } }').stdout)
    assert numbers(ran) == {"data": {"orders": {"customer_id": "1", "total": 2.0}}}


QUERY_OF_POSTGRES = (
    "SELECT customer_id, count(*) AS orders, sum(total) AS total, "
    'max(total)::float8 AS most, array_agg(id) AS ids, now() AS "at" '
    "FROM orders WHERE total > :least::numeric GROUP BY customer_id"
)


def test_a_query_of_postgresql_is_prepared_and_not_run(
    project: Path, invoke: Invoke, postgres_source: str
) -> None:
    """Its types are the server's own."""
    write(project / "headwater.yaml", f"sources:\n  shop: {postgres_source}\n")
    asked = ("--query", QUERY_OF_POSTGRES, "--type", "Spent", "--profile")
    made = invoke("import", "sql", "shop", *asked)
    assert made.exit_code == 0, made.stderr
    head, _, rest = made.stdout.partition("type Spent {\n")
    assert head.startswith("# schema/spent.graphql\n# From a query of source shop ")
    assert rest == (
        "  customer_id: ID\n"
        "  # BIGINT: Float is exact to 2^53, Decimal always\n"
        "  orders: Float\n"
        "  total: Decimal\n"
        "  most: Float\n"
        "  # integer[]\n"
        "  ids: JSON\n"
        "  at: DateTime\n"
        "}\n"
        "\n"
        "# profiles/spent.yaml\n"
        "language: 1\n"
        "operation: spent\n"
        'returns: "[Spent!]"\n'
        "args: { least: ID! }\n"
        "steps:\n"
        "  - name: spent\n"
        "    type: warehouse\n"
        "    source: shop\n"
        "    query: |\n"
        f"      {QUERY_OF_POSTGRES}\n"
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--table", "order"), "there is no table 'order' — did you mean 'orders'?"),
        (("--table", "no.orders"), "there is no schema 'no' — there are: "),
        (
            ("--query", "SELECT totl FROM orders", "--type", "X"),
            'column "totl" does not exist',
        ),
        (
            ("--query", "DROP TABLE orders", "--type", "X"),
            "this is not one query that reads",
        ),
        (
            ("--query", "SELECT 1 AS a; SELECT 2", "--type", "X"),
            "cannot insert multiple commands into a prepared statement",
        ),
    ],
)
def test_what_postgresql_does_not_have_is_told(
    project: Path,
    invoke: Invoke,
    postgres_server: PostgresServer,
    postgres_source: str,
    arguments: tuple[str, ...],
    said: str,
) -> None:
    """In its own words, and nothing is changed."""
    write(project / "headwater.yaml", f"sources:\n  shop: {postgres_source}\n")
    result = invoke("import", "sql", "shop", *arguments)
    assert result.exit_code == 1
    assert result.stderr.removeprefix("error: ").startswith(said)
    assert postgres_server.ask("SELECT count(*) FROM import_shop.orders") == [(3,)]


def test_a_postgresql_that_does_not_let_us_in_is_told(
    project: Path, invoke: Invoke, postgres_server: PostgresServer
) -> None:
    """Without the password."""
    url = postgres_server.url.replace("hunter2", "wrong-one")
    write(project / "headwater.yaml", f"sources:\n  shop: {{ url: '{url}' }}\n")
    result = invoke("import", "sql", "shop")
    assert result.exit_code == 1
    assert result.stderr.startswith(
        "error: source 'shop': The database refuses the gateway's credentials."
    )
    assert "wrong-one" not in result.stderr


def test_a_database_that_describes_no_query_says_so(
    project: Path, invoke: Invoke, sqlite_source: str
) -> None:
    """A view has the same columns, and can be described."""
    write(project / "headwater.yaml", f"sources:\n  shop: {sqlite_source}\n")
    asked = ("shop", "--query", "SELECT 1 AS a", "--type", "X")
    assert invoke("import", "sql", *asked).stderr == (
        "error: the database of source 'shop' tells only what its tables have — name "
        "a --table, or make a view of the query\n"
    )
