"""The types of a query's columns, known without any database."""

from __future__ import annotations

import pytest

from gateway.connectors.sql_text import columns
from gateway.connectors.sql_types import Column, column
from gateway.shape import TypeRef


@pytest.mark.parametrize(
    ("value", "type_"),
    [
        ("score", "JSON"),
        ("score::DOUBLE", "Float"),
        ("TRY_CAST(score AS DECIMAL(9, 2))", "Decimal"),
        ("tags::INTEGER[]", "[Int]"),
        ("day::BIGINT", "JSON"),
        ("DATE '2026-01-01'", "Date"),
        ("'x'", "String"),
        ("7", "Int"),
        ("-7", "Int"),
        ("9999999999", "JSON"),
        ("1.5", "Decimal"),
        ("1e3", "Float"),
        ("TRUE", "Boolean"),
        ("NULL", "JSON"),
        ("score > 1 AND band IN ('a')", "Boolean"),
        ("count(*) FILTER (WHERE a)", "Int"),
        ("row_number() OVER ()", "Int"),
        ("avg(score)", "Float"),
        ("sum(score::DECIMAL)", "Decimal"),
        ("sum(score::INTEGER)", "JSON"),
        ("max(day::DATE)", "Date"),
        ("max(score::INTEGER, 3)", "JSON"),
        ("upper(band)", "String"),
        ("band || '!'", "String"),
        ("one || other", "JSON"),
        ("coalesce(score::DOUBLE, 0)", "Float"),
        ("coalesce(score, 0)", "JSON"),
        ("CASE WHEN a THEN 'x' ELSE 'y' END", "String"),
        ("CASE WHEN a THEN 'x' ELSE 1 END", "JSON"),
    ],
)
def test_a_columns_type_is_what_its_value_is_made_by(value: str, type_: str) -> None:
    """What depends on the table is any JSON."""
    query = f"SELECT {value} AS a FROM t"  # noqa: S608 - nobody runs it
    (found,) = columns(query) or ()
    assert str(found.type) == type_


@pytest.mark.parametrize(
    ("query", "type_"),
    [
        ("SELECT a FROM (SELECT x::INTEGER AS a FROM t) s", "Int"),
        ("WITH s AS (SELECT x::DATE AS a FROM t) SELECT s.a FROM s", "Date"),
        ("WITH s AS (SELECT 'x' AS a) SELECT u.a FROM s JOIN t u ON true", "JSON"),
        ("WITH RECURSIVE s AS (SELECT 1 AS a UNION SELECT a FROM s) FROM s", "JSON"),
        ("SELECT 1 AS a UNION ALL SELECT 2", "Int"),
        ("SELECT 1 AS a UNION ALL SELECT 'x'", "JSON"),
        ("SELECT a FROM (SELECT 'x' AS a) s, t", "JSON"),
    ],
)
def test_types_come_through_subqueries(query: str, type_: str) -> None:
    """Where a column can be from one place only, and all parts agree."""
    found = columns(query)
    assert [str(each.type) for each in found or ()] in ([type_], [])


def test_a_column_named_id_is_an_id() -> None:
    """As in a sample; a column that may be anything stays so."""
    found = columns("SELECT x::INTEGER AS id FROM t") or ()
    assert [str(each.type) for each in found] == ["ID"]
    found = columns("SELECT id FROM t") or ()
    assert [str(each.type) for each in found] == ["JSON"]


@pytest.mark.parametrize(
    ("said", "type_"),
    [
        ("DECIMAL(18,3)", "Decimal"),
        ("TIMESTAMP WITH TIME ZONE", "DateTime"),
        ("ENUM('a', 'b')", "String"),
        ("DATE[][]", "[[Date]]"),
        ("BIGINT", "JSON"),
        ("MAP(VARCHAR, INTEGER)", "JSON"),
        ("not a type(", "JSON"),
    ],
)
def test_a_databases_own_words_are_types(said: str, type_: str) -> None:
    """As DuckDB describes a table."""
    assert str(column("a", said).type) == type_


def test_a_struct_has_columns_of_its_own() -> None:
    """It has no name: its place gives it one."""
    assert column("a", "STRUCT(x INTEGER, y STRUCT(z DATE))[]") == Column(
        "a",
        TypeRef("", "["),
        "STRUCT(x INTEGER, y STRUCT(z DATE))[]",
        fields=(
            Column("x", TypeRef("Int"), "INT"),
            Column(
                "y",
                TypeRef(""),
                "STRUCT(z DATE)",
                fields=(Column("z", TypeRef("Date"), "DATE"),),
            ),
        ),
    )
