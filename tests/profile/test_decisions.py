"""Rules that can never answer and rules that overlap are told, each at its place."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import Problems
from gateway.expression import Decision, EvaluationError, Rule, parse, template
from gateway.profile.decisions import Row, advise_table
from gateway.values import NOWHERE, SourceSpan


def told(*conditions: str, default: SourceSpan | None = None) -> list[str]:
    """The warnings about a table that gives something else in every rule."""
    found = Problems()
    advise_table(_rows(conditions), default, "first", found)
    assert found.errors == ()
    return [f"{problem.span.line}: {problem.message}" for problem in found.found]


def _rows(conditions: tuple[str, ...]) -> list[Row]:
    return [
        Row(number, parse(when), {"a": number}, SourceSpan("p.yaml", number, 1))
        for number, when in enumerate(conditions, 1)
    ]


NEVER = "rule {0} never holds: no value meets its condition"


COVERED = "is never reached: rule {0} holds whenever this one would"
SAME = "is never reached: rule {0} has the same condition"
ALWAYS = "is never reached: rule {0} always holds"
TAKEN = "is never reached: where it could hold, a rule before it does"


@pytest.mark.parametrize(
    ("conditions", "said"),
    [
        (("x > 0.5", "x > 0.8"), [f"2: rule 2 {COVERED.format(1)}"]),
        (("x > 0.8", "x > 0.5"), []),
        (("x > 0.5", "x >= 0.5"), []),
        (("x > 0.5", "x > 0.5"), [f"2: rule 2 {SAME.format(1)}"]),
        (("x > 0.5", "!(0.5 >= x)"), [f"2: rule 2 {SAME.format(1)}"]),
        (("true", "x > 1", "b"), [f"{n}: rule {n} {ALWAYS.format(1)}" for n in (2, 3)]),
        (("x > 1 && b", "b && x > 2"), [f"2: rule 2 {COVERED.format(1)}"]),
        (("x > 1 && b", "x > 2"), []),
        (("s in ['a', 'b']", "s == 'a'"), [f"2: rule 2 {COVERED.format(1)}"]),
        (("s == 'a'", "s in ['a', 'b']"), []),
        (("s != 'a'", "s in ['b', 'c']"), [f"2: rule 2 {COVERED.format(1)}"]),
        (("s == 'a' || x > 1", "x > 2"), [f"2: rule 2 {COVERED.format(1)}"]),
        (("x > 1", "x > 2 || s == 'a'"), []),
        (("x < 1", "x > 2", "x < 0 || x > 3"), [f"3: rule 3 {TAKEN}"]),
        (("x < 1", "x >= 1", "true"), [f"3: rule 3 {TAKEN}"]),
        (("b", "!b", "true"), [f"3: rule 3 {TAKEN}"]),
        (("s == 'a'", "s != 'a'", "true"), [f"3: rule 3 {TAKEN}"]),
        (("s == 'a'", "s == 'b'", "true"), []),
        (("x > 1 || b", "!b || x <= 1", "true"), []),
        (("x > 1", "x < 'a'", "s == 'a'"), [f"{n}: rule {n} {TAKEN}" for n in (2, 3)]),
        (("x > 1 && x < 0", "x > 2"), [f"1: {NEVER.format(1)}"]),
        (("false", "x > 2"), [f"1: {NEVER.format(1)}"]),
        (("size(s) == x", "size(s) == x && b"), [f"2: rule 2 {COVERED.format(1)}"]),
        (("s.startsWith('a')", "s.startsWith('ab')"), []),
        (("x.?y.orValue(1) > 2", "x.y > 2"), []),
    ],
)  # fmt: skip
def test_a_rule_that_no_value_reaches_is_told(
    conditions: tuple[str, ...], said: list[str]
) -> None:
    """By which rule, or by all before it."""
    assert told(*conditions) == said


@pytest.mark.parametrize(
    ("conditions", "where"),
    [
        (("x < 0.5", "x > 0.2"), "0.2 < x < 0.5"),
        (("x >= 0.5", "x <= 0.5"), "x == 0.5"),
        (("x > 1 && b", "b && x < 2"), "1 < x < 2"),
        (("s in ['a', 'b']", "s in ['b', 'c']"), "s == 'b'"),
        (("s in ['a', 'b']", "s != 'b'"), "s == 'a'"),
    ],
)
def test_rules_that_overlap_in_one_reading_are_told(
    conditions: tuple[str, ...], where: str
) -> None:
    """Which of the two is meant there, only the author knows."""
    said = f"2: rules 1 and 2 overlap where {where}, and rule 1 answers"
    assert told(*conditions) == [said]


@pytest.mark.parametrize(
    "conditions",
    [
        ("x < 0.5", "x >= 0.5"),
        ("x > 0.2 && x < 0.4", "x < 0.8"),
        ("x > 1", "s == 'a'"),
        ("x > 1 && b", "x < 2"),
        ("x > 1 && s == 'a'", "x < 2 && s == 'b'"),
        ("x > 1 && s in ['a', 'b']", "x < 2 && s in ['b', 'c']"),
        ("x < 0.5 || b", "x > 0.2"),
        ("x > 0.3 && x < 0.7", "x < 0.5", "x > 0.5 && x < 0.9 || x == 0.1"),
        ("x == 0.5", "x >= 0.5", "x <= 0.5"),
        ("x > 0.5", "x > 0.1 && x < 0.6", "x <= 0.5"),
    ],
)
def test_what_goes_from_special_to_general_is_not_told(
    conditions: tuple[str, ...],
) -> None:
    """Nor what an earlier rule has settled, nor what differs in more than one thing."""
    overlapping = [line for line in told(*conditions) if line.startswith("3: ")]
    assert overlapping == []
    assert len(conditions) > 2 or told(*conditions) == []


def test_rules_that_overlap_and_give_the_same_are_not_told() -> None:
    """It does not matter which of them answers."""
    found = Problems()
    rows = [
        Row(1, parse("x < 2"), {"a": 1}, NOWHERE),
        Row(2, parse("x > 1"), {"a": 1}, NOWHERE),
    ]
    advise_table(rows, None, "first", found)
    assert found.found == []


def test_a_default_beside_a_rule_that_always_holds_is_told() -> None:
    """It is the default already."""
    place = SourceSpan("p.yaml", 9, 1)
    said = "9: 'default' is never given: rule 2 always holds"
    assert told("x > 1", "true", default=place) == [said]
    assert told("x > 1", "x <= 1", default=place) == []


def test_a_very_long_table_is_compared_as_far_as_that_is_quick() -> None:
    """Every rule is still looked at by itself."""
    many = tuple(f"x == {number}" for number in range(400))
    assert told(*many, "x == 1", "b && !b") == [f"402: {NEVER.format(402)}"]
    assert told(*many[:50], "x == 1") == [f"51: rule 51 {SAME.format(2)}"]


CONDITIONS = st.lists(
    st.recursive(
        st.sampled_from(
            ["x > 1", "x >= 1", "x < 2", "x == 1", "x != 2", "2 > x", "x in [0, 1]",
             "y", "!y", "y == true", "y != true", "x == 'a'", "x > 'a'", "true"]
        ),
        lambda inner: st.one_of(
            st.builds("({}) && ({})".format, inner, inner),
            st.builds("({}) || ({})".format, inner, inner),
            st.builds("!({})".format, inner),
        ),
        max_leaves=3,
    ),
    min_size=2,
    max_size=5,
)  # fmt: skip


@given(CONDITIONS)
def test_no_rule_that_is_told_never_to_answer_ever_does(conditions: list[str]) -> None:
    """Whatever is read: a warning about what can happen would be a lie."""
    dead = {
        int(line.partition(":")[0]) for line in told(*conditions) if "never" in line
    }
    rules = [
        Rule(parse(when), template({"a": number}))
        for number, when in enumerate(conditions, 1)
    ]
    table = Decision(rules, None, "first")
    scopes = itertools.product(
        (0, 1, 1.5, 2, 3, "a", "b", None), (True, False, None, 1)
    )
    for x, y in scopes:
        try:
            answer = table({"x": x, "y": y})
        except EvaluationError:
            continue
        assert answer not in [{"a": number} for number in dead]
