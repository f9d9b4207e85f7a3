"""What a PostgreSQL says of its tables: names as SQL has them, types, keys."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gateway.connectors.postgres.tables import postgres_tables
from gateway.connectors.settings import PostgresSettings
from gateway.connectors.tables import ForeignKey, Holds, Tables
from tests.postgres_server import PostgresServer

STATEMENTS = """
CREATE SCHEMA "Odd";
CREATE SCHEMA beside;
SET search_path = "Odd";
CREATE TYPE mood AS ENUM ('good', 'bad');
CREATE DOMAIN cents AS bigint CHECK (VALUE >= 0);
CREATE TABLE beside.cities (id int PRIMARY KEY);
CREATE TABLE "Order" (
  id uuid PRIMARY KEY,
  "select" varchar(9) NOT NULL UNIQUE,
  state mood,
  paid cents,
  tags text[],
  body jsonb,
  placed timestamptz,
  price numeric(9, 2),
  gone int,
  city int REFERENCES beside.cities (id)
);
ALTER TABLE "Order" DROP COLUMN gone;
COMMENT ON COLUMN "Order".price IS 'In euros.';
CREATE TABLE parted (day date, n int) PARTITION BY RANGE (day);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM ('2026-01-01') TO (MAXVALUE)
"""


@pytest.fixture
def odd(postgres_server: PostgresServer) -> Iterator[PostgresSettings]:
    drop = 'DROP SCHEMA IF EXISTS "Odd" CASCADE; DROP SCHEMA IF EXISTS beside CASCADE'
    postgres_server.ask(drop)
    postgres_server.ask(STATEMENTS)
    yield PostgresSettings(postgres_server.url, search_path=("Odd",))
    postgres_server.ask(drop)


def test_every_column_is_told_as_sql_has_it(odd: PostgresSettings) -> None:
    """Names that need quotes have them; a column that was dropped is none."""
    (order, _) = postgres_tables(odd, None).all
    assert (order.name, order.sql) == ("Order", '"Order"')
    told = [(c.name, c.holds, c.said, c.sql, c.nullable) for c in order.columns]
    assert told == [
        ("id", Holds.TEXT, "UUID", "id", False),
        ("select", Holds.TEXT, "VARCHAR(9)", '"select"', False),
        ("state", Holds.TEXT, "mood", "state", True),
        ("paid", Holds.LONG, "cents", "paid", True),
        ("tags", Holds.OTHER, "text[]", "tags", True),
        ("body", Holds.OTHER, "JSONB", "body", True),
        ("placed", Holds.TIME, "TIMESTAMP WITH TIME ZONE", "placed", True),
        ("price", Holds.EXACT, "NUMERIC(9,2)", "price", True),
        ("city", Holds.WHOLE, "INTEGER", "city", True),
    ]
    assert order.column("price").comment == "In euros."


def test_keys_are_told_and_those_out_of_the_schema_by_its_name(
    odd: PostgresSettings,
) -> None:
    """So that nobody takes another schema's table for one of this."""
    (order, parted) = postgres_tables(odd, None).all
    assert (order.key, order.unique) == (("id",), (("select",),))
    assert order.foreign == (ForeignKey(("city",), "beside.cities", ("id",)),)
    assert (parted.name, parted.key) == ("parted", ())


def test_a_schema_that_is_named_stands_before_its_tables(
    odd: PostgresSettings,
) -> None:
    """The session may not look there."""
    found = postgres_tables(odd, "beside")
    assert isinstance(found, Tables)
    assert [table.sql for table in found.all] == ["beside.cities"]
    with pytest.raises(ValueError, match="there is no schema 'nope' — there are: Odd"):
        postgres_tables(odd, "nope")
