"""Where conditions are true, held against evaluating them."""

from __future__ import annotations

import itertools
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.expression import EvaluationError, parse
from gateway.expression.regions import MOST_BOXES, Box, meet, without
from gateway.expression.sets import TRUE, Values, constant
from gateway.expression.spelling import described

VALUES = (0, 1, 1.5, 2, 3, "a", "b", "c", True, False, None)
NUMBERS = st.sampled_from(["0", "1", "1.5", "2.0", "3", "-1"])
TEXTS = st.sampled_from(["'a'", "'b'", "'bb'"])
CONSTANTS = NUMBERS | TEXTS | st.sampled_from(["true", "false", "null"])
NAMES = st.sampled_from(["x", "y"])
ORDERS = st.sampled_from(["<", "<=", ">", ">="])
LEAVES = st.one_of(
    st.builds("{} {} {}".format, NAMES, ORDERS, NUMBERS | TEXTS),
    st.builds("{} {} {}".format, NUMBERS | TEXTS, ORDERS, NAMES),
    st.builds("{} {} {}".format, NAMES, st.sampled_from(["==", "!="]), CONSTANTS),
    st.builds(
        lambda name, items: f"{name} in [{', '.join(items)}]",
        NAMES,
        st.lists(CONSTANTS, max_size=3),
    ),
    NAMES,
    st.sampled_from(["true", "false", "x == y", "size([x, y]) == 2"]),
)
CONDITIONS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds("({}) && ({})".format, inner, inner),
        st.builds("({}) || ({})".format, inner, inner),
        st.builds("!({})".format, inner),
    ),
    max_leaves=5,
)


def outcome(text: str, scope: Mapping[str, object]) -> bool | None:
    """What a condition comes to; None where that is no truth value."""
    try:
        value = parse(text)(scope)
    except EvaluationError:
        return None
    return value if isinstance(value, bool) else None


def inside(scope: Mapping[str, object], box: Box) -> bool:
    """Whether the values of a scope are in a box."""
    return all(
        not (_set_of(name, scope) & values).empty for name, values in box.items()
    )


def _set_of(name: str, scope: Mapping[str, object]) -> Values:
    found = constant(parse(name)(scope))
    assert found is not None
    return found


@given(CONDITIONS)
def test_a_condition_is_true_in_its_boxes_and_nowhere_else(text: str) -> None:
    """For every value that it reads, whatever its kind."""
    boxes = parse(text).region.boxes
    for x, y in itertools.product(VALUES, VALUES):
        scope = {"x": x, "y": y}
        assert any(inside(scope, box) for box in boxes) is (
            outcome(text, scope) is True
        )


@given(CONDITIONS)
def test_outside_what_it_asks_a_condition_cannot_be_evaluated(text: str) -> None:
    """So that where it was false, the rules after it know what there is."""
    asks = parse(text).region.asks
    for x, y in itertools.product(VALUES, VALUES):
        scope = {"x": x, "y": y}
        if not inside(scope, asks):
            assert outcome(text, scope) is None


@given(CONDITIONS, CONDITIONS)
def test_what_is_left_of_boxes_is_what_is_in_no_other(one: str, other: str) -> None:
    """And what two boxes have in common is in both."""
    boxes, others = parse(one).region.boxes, parse(other).region.boxes
    left = without(boxes, others)
    assert left is not None
    both = [met for a in boxes for b in others if (met := meet(a, b)) is not None]
    for x, y in itertools.product(VALUES, VALUES):
        scope = {"x": x, "y": y}
        here = any(inside(scope, box) for box in boxes)
        there = any(inside(scope, box) for box in others)
        assert any(inside(scope, box) for box in left) is (here and not there)
        assert any(inside(scope, box) for box in both) is (here and there)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("risk.score > 0.5", "0.5 < risk.score"),
        ("risk.score > 1", "risk['score'] > 1.0"),
        ("!(x <= 1)", "x > 1"),
        ("x in ['a']", "x == 'a'"),
        ("x == 'a' || x == 'b'", "x in ['b', 'a']"),
        ("a && b", "b && a"),
        ("!a", "a == false"),
    ],
)
def test_one_meaning_may_be_written_in_several_ways(one: str, other: str) -> None:
    """Order, spelling and negation do not matter to what is compared."""
    here, there = parse(one).region.boxes, parse(other).region.boxes
    assert (without(here, there), without(there, here)) == ([], [])


@pytest.mark.parametrize(
    "text",
    [
        "x.?y.orValue(1) > 0", "has(x.y)", "x[0] > 1", "x[?y].hasValue()",
        "x.all(i, i > 1)", "-x > 1", "x + 1 - y > 2", "x ? y : z", "x == [1, ?y]",
        "x == {'a': 1, ?'b': y}", "type(x) == int", "x == b'a'", "x == 2u",
        "x['a-b'] > 1", "x in y", "x in [y]", "x < y", "1 < 2", "x > timestamp(0)",
    ],
)  # fmt: skip
def test_every_part_of_the_language_has_a_spelling_of_its_own(text: str) -> None:
    """What is no comparison with constants is true or false by its text."""
    mine = parse(text).region.boxes
    assert without(mine, mine) == []
    assert without(mine, parse("other > 1 && some").region.boxes) != []


def test_a_condition_of_very_many_boxes_is_taken_as_a_whole() -> None:
    """It equals itself and nothing else, and costs no time."""
    parts = [f"(a{n} || b{n})" for n in range(20)]
    text = " && ".join(parts)
    assert 2 ** len(parts) > MOST_BOXES
    (box,) = parse(text).region.boxes
    assert list(box.values()) == [TRUE]


def test_a_remainder_in_very_many_pieces_is_not_looked_into() -> None:
    """Then nobody knows, and nobody claims."""
    text = " || ".join(f"(a{n} && b{n})" for n in range(20))
    assert without([{}], parse(text).region.boxes) is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x > 0.5 && x <= 0.8", "0.5 < x <= 0.8"),
        ("x >= 1 && x < 2", "1 <= x < 2"),
        ("x == 1", "x == 1"),
        ("x in [1, 2]", "x == 1 or x == 2"),
        ("x in [1, 2, 3, 4]", "x == 1 or x == 2 or x == 3 ..."),
        ("x > 1", "x > 1"),
        ("x >= 1", "x >= 1"),
        ("x < 1", "x < 1"),
        ("x <= 'a'", "x <= 'a'"),
        ("x == 'a' || x == null", "x == 'a' or x is null"),
        ("x", "x is true"),
        ("x < 1 || x >= 1", "x is a number"),
        ("x < 'a' || x >= 'a'", "x is text"),
        ("x == 2u", "x == 2u"),
    ],
)
def test_a_set_is_said_as_an_author_would(text: str, said: str) -> None:
    """One range, a few values, or the first of them."""
    region = parse(text).region.boxes
    values = region[0]["x"]
    for box in region[1:]:
        values |= box["x"]
    assert described("x", values) == said
