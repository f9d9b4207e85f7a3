"""An expression as a value: what it reads, its conjuncts, its errors, its limits."""

from __future__ import annotations

from collections import UserDict
from datetime import UTC, datetime
from decimal import Decimal
from types import MappingProxyType

import pytest

from gateway.errors import Code, GatewayError
from gateway.expression import (
    ABSENT,
    EvaluationError,
    Expression,
    ExpressionSyntaxError,
    Reference,
    parse,
    reference,
)


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ("account.status", [("account", ("status",), False)]),
        ("account", [("account", (), False)]),
        ("account.?status", [("account", ("status",), True)]),
        ("account.?a.b.c", [("account", ("a", "b", "c"), True)]),
        ("account.a.?b", [("account", ("a", "b"), False)]),
        ("account['sort-code'].x", [("account", ("sort-code", "x"), False)]),
        ("account[?'a']", [("account", ("a",), True)]),
        ("has(account.status)", [("account", ("status",), False)]),
        ("has(account.?a.b)", [("account", ("a", "b"), True)]),
        ("account.tags[0].x", [("account", ("tags",), False)]),
        ("account.tags[i]", [("account", ("tags",), False), ("i", (), False)]),
        ("account.name.size()", [("account", ("name",), False)]),
        ("a.b == a.b && a.?b == 1", [("a", ("b",), False), ("a", ("b",), True)]),
        ("a.i.map(x, x.id + b.c)", [("a", ("i",), False), ("b", ("c",), False)]),
        ("x.map(x, x.y)", [("x", (), False)]),
        ("a.map(x, x.map(y, x.p + y.q + z))", [("a", (), False), ("z", (), False)]),
        ("{'k': a.b, ?'j': c.?d}", [("a", ("b",), False), ("c", ("d",), True)]),
        ("math.abs(a.b)", [("a", ("b",), False)]),
        ("optional.of(1).value()", []),
        ("type(a) == int", [("a", (), False)]),
        ("type == 'CARD'", [("type", (), False)]),
        ("(a.b).c", [("a", ("b", "c"), False)]),
        (".a.b", [("a", ("b",), False)]),
        ("true || 1 == 2", []),
    ],
)  # fmt: skip
def test_an_expression_tells_every_path_it_reads(
    text: str, paths: list[tuple[str, tuple[str, ...], bool]]
) -> None:
    """The planner takes dependencies from these; macro variables are none."""
    expression = parse(text)
    found = [(read.root, read.path, read.optional) for read in expression.references]
    assert found == paths
    assert expression.roots == frozenset(root for root, _, _ in paths)


def test_a_reference_knows_where_it_stands() -> None:
    """The loader points at the name, not at the line's beginning."""
    assert parse("1 + bb.c").references == (Reference("bb", ("c",), False, 4),)


@pytest.mark.parametrize(
    ("text", "conjuncts"),
    [
        ("a", ["a"]),
        ("a && b", ["a", "b"]),
        ("a && (b || c) && d", ["a", "(b || c)", "d"]),
        ("(a && b) && c.d == 1", ["a", "b", "c.d == 1"]),
        ("a || b", ["a || b"]),
        ("a && b ? c : d", ["a && b ? c : d"]),
        ("!(a && b)", ["!(a && b)"]),
        ("a &&  b // why\n && c", ["a", "b", "c"]),
        ("[1].all(x, a && b)", ["[1].all(x, a && b)"]),
    ],
)
def test_conjuncts_are_the_operands_of_the_outermost_and(
    text: str, conjuncts: list[str]
) -> None:
    """Those that read only the request are decided before planning."""
    assert [part.text for part in parse(text).conjuncts] == conjuncts


def test_an_expression_without_and_is_its_own_conjunct() -> None:
    """No copy is made."""
    expression = parse("a || b")
    assert expression.conjuncts == (expression,)


def test_expressions_of_one_text_are_equal() -> None:
    """They are keys of plans."""
    assert Expression("a + 1") == Expression("a + 1")
    assert len({Expression("a"), Expression("a"), Expression("b")}) == 2


@pytest.mark.parametrize(
    ("text", "message", "offset"),
    [
        ("zz + 1", "no such name: zz", 0),
        ("1 + zz", "no such name: zz", 4),
        ("a.zip", "no such key: zip", 1),
        ("a.b.c", "cannot select on int", 3),
        ("a.nothing.c", "cannot select on null", 9),
        ("a.text.c", "cannot select on string", 6),
        ("a.list.c", "cannot select on list", 6),
        ("a.when.c", "cannot select on timestamp", 6),
        ("a.list[5]", "index out of range: 5 of 2", 6),
        ("a['zip']", "no such key: 'zip'", 1),
        ("1 / 0", "divide by zero", 2),
        ("1 + 2 * (3 / 0)", "divide by zero", 11),
        ("a.b + a.text", "+ does not take (int, string)", 4),
        ("a.b && true", "expected a bool, found int", 1),
        ("a.b ? 1 : 2", "expected a bool, found int", 4),
        ("!a.b", "! does not take (int)", 0),
        ("[1, 2].map(x, x / 0)", "divide by zero", 16),
        ("[1, 2].all(x, x / 0 == 1)", "divide by zero", 16),
        ("a.list.filter(x, a.list.exists(y, y.z))", "cannot select on int", 35),
        ("true && (false || zz)", "no such name: zz", 18),
        ("int('x')", "the text is no int", 0),
        ("a.text.substring(9)", "substring out of range: 9 to 5 of 5", 7),
        ("optional.none().value()", "optional.none() has no value", 16),
        ("9223372036854775807 + 1", "integer overflow", 20),
    ],
)
def test_an_evaluation_error_has_a_message_and_a_place(
    text: str, message: str, offset: int
) -> None:
    """The author sees where; no value of the request is shown."""
    scope = {
        "a": {
            "b": 1,
            "nothing": None,
            "text": "hello",
            "list": [1, 2],
            "when": datetime(2024, 1, 1, tzinfo=UTC),
        }
    }
    with pytest.raises(EvaluationError) as caught:
        parse(text)(scope)
    error = caught.value
    assert (error.message, error.offset, error.text) == (message, offset, text)
    assert error.code is Code.EXPRESSION_ERROR
    assert isinstance(error, GatewayError)


def test_an_optional_is_unwrapped_at_the_end() -> None:
    """Whoever evaluates sees values and `ABSENT`, never an optional."""
    assert parse("optional.of(5)")({}) == 5
    assert parse("optional.none()")({}) is ABSENT
    assert parse("a.?b")({"a": {"b": None}}) is None
    assert not ABSENT


def test_scope_and_values_may_be_any_mappings() -> None:
    """Views of results are mappings, not dicts."""
    scope = MappingProxyType({"a": UserDict({"b": MappingProxyType({"c": 1})})})
    assert parse("a.b.c + a['b'].c + a.?b.?c.orValue(0)")(scope) == 3
    assert parse("has(a.b.c) && 'c' in a.b && size(a.b) == 1")(scope) is True


def test_tuples_are_lists() -> None:
    """Frozen results hold tuples."""
    scope = {"a": (1, 2)}
    assert parse("a == [1, 2] && a[1] == 2 && a.map(x, x) == a && 2 in a")(scope)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a + a", Decimal("0.2")),
        ("a * 3", Decimal("0.3")),
        ("a == 0.1", True),
        ("a < 0.2", True),
        ("type(a) == double", True),
        ("string(a + 0.0)", "0.1"),
        ("string(a)", "0.1"),
        ("a / 0", float("inf")),
        ("math.round(a * 10)", 1.0),
        ("a in [0.1]", True),
    ],
)
def test_a_decimal_acts_as_a_double_and_stays_exact_beside_its_own_kind(
    text: str, value: object
) -> None:
    """Money is not read through a float."""
    assert parse(text)({"a": Decimal("0.1")}) == value


def test_a_timestamp_without_a_zone_is_utc() -> None:
    """Warehouses hand over naive timestamps."""
    scope = {"at": datetime(2024, 1, 1, 12)}  # noqa: DTZ001 - the case itself
    assert parse("at == timestamp('2024-01-01T12:00:00Z')")(scope) is True
    assert parse("at.getHours('+01:00')")(scope) == 13


def test_an_evaluation_changes_nothing_it_was_given() -> None:
    """Results are shared by all readers."""
    items = [3, 1, 2]
    scope = {"a": items}
    parse("a.sort() + a.reverse() + a.map(x, x) + a.filter(x, x > 1)")(scope)
    assert scope == {"a": [3, 1, 2]}
    assert scope["a"] is items


def test_loop_steps_are_bounded() -> None:
    """A profile cannot hold the process."""
    scope = {"a": list(range(1500))}
    with pytest.raises(EvaluationError, match="more than 1,000,000 loop steps"):
        parse("a.all(x, a.all(y, y >= 0))")(scope)


@pytest.mark.parametrize(
    "text",
    [
        "[s, s, s, s, s, s, s, s, s, s, s].join('')",
        "s + s + s + s + s + s + s + s + s + s + s",
        "s.replace('', 'abcdefghijk')",
        "lists.range(2000000)",
    ],
)
def test_made_texts_and_lists_are_bounded(text: str) -> None:
    """Memory cannot be filled by one expression."""
    with pytest.raises(EvaluationError):
        parse(text)({"s": "x" * 1_000_000})


def test_deep_values_are_an_error_and_no_recursion_error() -> None:
    """A source can nest as deep as it likes."""
    deep: list[object] = []
    other: list[object] = []
    for _ in range(5_000):
        deep, other = [deep], [other]
    with pytest.raises(EvaluationError, match="nested too deeply"):
        parse("a == b")({"a": deep, "b": other})


def test_a_pattern_that_backtracks_elsewhere_takes_linear_time() -> None:
    """`(a+)+$` over 100,000 characters would not end in a backtracking engine."""
    assert parse("a.matches('^(a+)+$')")({"a": "a" * 100_000 + "!"}) is False


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (("a",), "a"),
        (("account", "id"), "account.id"),
        (("a", "sort-code"), "a['sort-code']"),
        (("a", "in", "b"), "a['in'].b"),
        (("a", "it's"), r"a['it\'s']"),
        (("a", "back\\slash\n"), r"a['back\\slash\n']"),
    ],
)
def test_a_path_becomes_the_expression_that_reads_it(
    path: tuple[str, ...], text: str
) -> None:
    """`{step.path}` is this expression."""
    expression = reference(path)
    assert expression.text == text
    assert [(read.root, *read.path) for read in expression.references] == [path]


@pytest.mark.parametrize("path", [(), ("package", "a"), ("sort-code;",)])
def test_a_path_whose_root_is_no_name_is_refused(path: tuple[str, ...]) -> None:
    """Only fields may have any name."""
    with pytest.raises(ExpressionSyntaxError):
        reference(path)


def test_text_of_an_author_never_becomes_python() -> None:
    """Names and strings reach the generated code as constants only."""
    scope = {"__import__": {"os": 1}, "S": 2, "B": 3, "equal": 4}
    assert parse("__import__.os + S + B + equal")(scope) == 10
    assert parse("'\"); import os #'")({}) == '"); import os #'
    with pytest.raises(ExpressionSyntaxError):
        parse("__import__('os')")
    with pytest.raises(EvaluationError):
        parse("''.__class__")({})
