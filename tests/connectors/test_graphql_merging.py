"""Documents as one: no name of one may meet one of another, and each gets its own."""

from __future__ import annotations

import pytest
from graphql import build_schema, parse, validate

from gateway.connectors.graphql.merging import (
    is_mergeable,
    merged,
    merged_body,
    parted,
)

SCHEMA = build_schema(
    "type Query { a(x: Int, t: String): A } type A { b(x: Int): Int }"
)
ONE = "query One($x: Int) { a(x: $x) { ...F } } fragment F on A { b(x: $x) }"
TWO = (
    'query ($x: Int!) { a(t: "  $x  ") { ...F } c: a { b } }'
    " fragment F on A { b(x: $x) }"
)


def test_names_do_not_meet() -> None:
    """Fields, variables and fragments of each are marked, texts are left alone."""
    text, name = merged((ONE, TWO, ONE))
    assert validate(SCHEMA, parse(text)) == []
    assert name == "One_and_One"
    assert text == (
        "query One_and_One($m0_x:Int$m1_x:Int!$m2_x:Int)"
        "{m0_a:a(x:$m0_x){...m0_F}"
        'm1_a:a(t:"  $x  "){...m1_F}m1_c:a{b}'
        "m2_a:a(x:$m2_x){...m2_F}}"
        "fragment m0_F on A{b(x:$m0_x)}"
        "fragment m1_F on A{b(x:$m1_x)}"
        "fragment m2_F on A{b(x:$m2_x)}"
    )


def test_each_has_its_own_variables() -> None:
    """Also where they are called alike."""
    bodies = [{"query": ONE, "variables": {"x": n}} for n in range(2)]
    assert merged_body(bodies)["variables"] == {"m0_x": 0, "m1_x": 1}


@pytest.mark.parametrize(
    "text",
    [
        "mutation { a { b } }",
        "query @live { a { b } }",
        "{ ...F } fragment F on Query { a { b } }",
        "{ ... on Query { a { b } } }",
        "{ a { b } } query Two { a { b } }",
        "{ a",
        "",
        "scalar S",
        "{ a " * 3000,
    ],
)
def test_anything_but_a_plain_query_goes_alone(text: str) -> None:
    """What would have to be understood to be merged is not."""
    assert not is_mergeable(text)


@pytest.mark.parametrize(
    ("body", "parts"),
    [
        (
            {"data": {"m0_a": 1, "m1_b_c": None, "m1__d": 2}},
            [
                {"data": {"a": 1}, "errors": []},
                {"data": {"b_c": None, "_d": 2}, "errors": []},
            ],
        ),
        (
            {"data": {"m0_a": 1}, "errors": [{"path": ["m1_b", 0]}]},
            [
                {"data": {"a": 1}, "errors": []},
                {"data": {}, "errors": [{"path": ["b", 0]}]},
            ],
        ),
        (
            {"data": None, "errors": [{"path": ["m1_b"], "message": "m"}]},
            [None, {"data": None, "errors": [{"path": ["b"], "message": "m"}]}],
        ),
        ({"data": {"m0_a": 1}, "errors": [{"message": "m"}]}, [None, None]),
        ({"data": {"m0_a": 1}, "errors": [{"path": []}]}, [None, None]),
        ({"data": {"m0_a": 1}, "errors": [{"path": [0]}]}, [None, None]),
        ({"data": {"m0_a": 1}, "errors": {"path": []}}, [None, None]),
        ({"data": {"m0_a": 1}, "errors": [7]}, [None, None]),
        ({"data": {"m2_a": 1}}, [None, None]),
        ({"data": {"m²_a": 1}}, [None, None]),
        ({"data": {"a": 1}}, [None, None]),
        ({"data": []}, [None, None]),
        ({"data": None}, [None, None]),
        ({}, [None, None]),
        ([], [None, None]),
        ("<html>", [None, None]),
    ],
)
def test_a_response_is_parted_by_its_roots_and_paths(
    body: object, parts: list[object]
) -> None:
    """Of what is nobody's, and of who lost all by another's error, nothing is told."""
    assert parted(body, 2) == parts
