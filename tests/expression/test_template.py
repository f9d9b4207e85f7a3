"""Values with `${ cel }`, and `{name}` in URL parts."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from gateway.expression import (
    ABSENT,
    EvaluationError,
    ExpressionSyntaxError,
    Placeholder,
    template,
    url_parts,
)

_SCOPE = {
    "id": 7,
    "half": 0.5,
    "name": "Ada",
    "yes": True,
    "nothing": None,
    "m": {"a": 1},
    "l": [1, 2],
    "price": Decimal("9.90"),
    "at": datetime(2024, 2, 29, tzinfo=UTC),
}


@pytest.mark.parametrize(
    ("value", "rendered"),
    [
        ("${ id }", 7),
        ("${id}", 7),
        ("${ nothing }", None),
        ("${ m }", {"a": 1}),
        ("${ {'k': {'j': id}} }", {"k": {"j": 7}}),
        ("${ '}' }", "}"),
        ("${ m.?zip }", ABSENT),
        ("id-${ id }", "id-7"),
        ("${ id }${ name }", "7Ada"),
        ("${ id } ", "7 "),
        ("${ id }\n", 7),
        ("\n  ${ id }\n", 7),
        ("${ half }/${ yes }/${ price }/${ at }", "0.5/true/9.90/2024-02-29T00:00:00Z"),
        ("customer:${ name }", "customer:Ada"),
        ("$${ id }", "${ id }"),
        ("$${ ${ id }", "${ 7"),
        ("a $ b { c }", "a $ b { c }"),
        ("", ""),
        ({"a": "${ id }", "b": ["x", "${ name }"]}, {"a": 7, "b": ["x", "Ada"]}),
        ({"a": "${ m.?zip }", "b": 1}, {"b": 1}),
        (["${ m.?zip }", "${ m.?a }"], [1]),
        ({"a": ["${ m.?zip }"]}, {"a": []}),
        ({"a": {"b": "${ nothing }"}}, {"a": {"b": None}}),
        ({"${ id }": 1}, {"${ id }": 1}),
        ([1, 2.5, None, True, "x"], [1, 2.5, None, True, "x"]),
    ],
)
def test_a_template_gives_the_tree_with_its_expressions_evaluated(
    value: object, rendered: object
) -> None:
    """One whole expression keeps its type; text around makes text; absent drops."""
    assert template(value)(_SCOPE) == rendered


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("a${ nothing }", "null cannot stand within text"),
        ("a${ m.?zip }", "no value cannot stand within text"),
        ("a${ m }", "map cannot stand within text"),
        ("a${ l }", "list cannot stand within text"),
        ("a${ zz }", "no such name: zz"),
    ],
)
def test_what_has_no_text_cannot_stand_within_text(value: str, message: str) -> None:
    """`customer:null` is never sent."""
    with pytest.raises(EvaluationError) as caught:
        template(value)(_SCOPE)
    assert caught.value.message == message


def test_a_template_without_expressions_is_constant() -> None:
    """It is rendered once, whatever the scope."""
    made = template({"a": ["$${ b }", 1]})
    assert (made.constant, made.references, made.roots) == (True, (), frozenset())
    assert made({}) == {"a": ["${ b }", 1]}


def test_a_template_tells_every_path_it_reads() -> None:
    """As an expression does, over all its leaves."""
    made = template({"a": "${ x.y }-${ z }", "b": ["${ x.?y }", "${ x.y }"]})
    found = [(read.root, read.path, read.optional) for read in made.references]
    assert found == [
        ("x", ("y",), False),
        ("z", (), False),
        ("x", ("y",), True),
    ]
    assert made.roots == {"x", "z"}
    assert not made.constant


@pytest.mark.parametrize(
    ("value", "trail", "leaf", "offset"),
    [
        ("${ a = 1 }", (), "${ a = 1 }", 5),
        ("id ${ len(x) }", (), "id ${ len(x) }", 6),
        ({"a": {"b": ["x", "${ 1 + }"]}}, ("a", "b", 1), "${ 1 + }", 6),
        ({"a": "x ${ b"}, ("a",), "x ${ b", 2),
        ({"a": "${ 'x }"}, ("a",), "${ 'x }", 3),
        ({"a": "${ }"}, ("a",), "${ }", 3),
    ],
)
def test_a_mistake_in_a_template_is_placed_in_its_leaf(
    value: object, trail: tuple[str | int, ...], leaf: str, offset: int
) -> None:
    """The loader finds line and column from the keys and the offset."""
    with pytest.raises(ExpressionSyntaxError) as caught:
        template(value)
    error = caught.value
    assert (error.trail, error.leaf, error.offset) == (trail, leaf, offset)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("/accounts", ("/accounts",)),
        ("", ()),
        ("{id}", (Placeholder(("id",), 0),)),
        ("/a/{id}", ("/a/", Placeholder(("id",), 3))),
        (
            "/a/{step.x.y}/b?c={d}",
            (
                "/a/",
                Placeholder(("step", "x", "y"), 3),
                "/b?c=",
                Placeholder(("d",), 18),
            ),
        ),
        ("{a}{b}", (Placeholder(("a",), 0), Placeholder(("b",), 3))),
        ("/{{a}}/{b}", ("/{a}/", Placeholder(("b",), 7))),
        ("{{{a}}}", ("{", Placeholder(("a",), 2), "}")),
    ],
)
def test_a_url_is_cut_at_its_placeholders(
    text: str, parts: tuple[str | Placeholder, ...]
) -> None:
    """Doubled braces are braces."""
    assert url_parts(text) == parts


@pytest.mark.parametrize(
    ("text", "offset", "message", "hint"),
    [
        ("/a/{id", 3, "'{' is never closed",
         "write `{{` for a brace of the URL itself"),
        ("/a/id}", 5, "unexpected '}'", "write `}}` for a brace of the URL itself"),
        ("/{ id }", 1, "{ id } is no placeholder", "write {id}"),
        ("/{}", 1, "{} is no placeholder",
         "a placeholder is {name} or {step.path}; `{{` is a brace"),
        ("/{a-b}", 1, "{a-b} is no placeholder",
         "a placeholder is {name} or {step.path}; `{{` is a brace"),
        ("/{a.}", 1, "{a.} is no placeholder",
         "a placeholder is {name} or {step.path}; `{{` is a brace"),
        ("/${ id }", 1, "a URL takes {name} or {step.path}, not ${ }",
         "leave the `$` away; for more than a path use a `value` step"),
    ],
)  # fmt: skip
def test_a_brace_that_is_no_placeholder_is_refused(
    text: str, offset: int, message: str, hint: str
) -> None:
    """A URL is never sent with half a placeholder in it."""
    with pytest.raises(ExpressionSyntaxError) as caught:
        url_parts(text)
    error = caught.value
    assert (error.offset, error.message, error.hint) == (offset, message, hint)
