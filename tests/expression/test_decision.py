"""Tables of rules: what they answer, and that no more is evaluated than is needed."""

from __future__ import annotations

import pytest

from gateway.expression import (
    Decision,
    EvaluationError,
    Mode,
    Reference,
    Rule,
    parse,
    template,
)
from gateway.values import JsonValue

BROKEN = "nothing.at.all"
"""An expression that cannot be evaluated over any scope here."""


def table(
    *rules: tuple[str, JsonValue], default: JsonValue = None, mode: Mode = "first"
) -> Decision:
    made = [Rule(parse(when), template(then)) for when, then in rules]
    return Decision(made, None if default is None else template(default), mode)


ROWS: tuple[tuple[str, JsonValue], ...] = (
    ("x > 2", {"a": "high ${ x }"}),
    ("x > 1", {"a": "${ x }"}),
)


@pytest.mark.parametrize(
    ("mode", "default", "x", "answer"),
    [
        ("first", None, 3, {"a": "high 3"}),
        ("first", None, 2, {"a": 2}),
        ("first", None, 1, None),
        ("first", {"a": "${ x }"}, 1, {"a": 1}),
        ("first", {"a": 0}, 2, {"a": 2}),
        ("collect", None, 3, [{"a": "high 3"}, {"a": 3}]),
        ("collect", None, 2, [{"a": 2}]),
        ("collect", None, 1, []),
        ("collect", {"a": "${ x }"}, 1, [{"a": 1}]),
        ("collect", {"a": 0}, 3, [{"a": "high 3"}, {"a": 3}]),
    ],
)
def test_a_table_answers_by_the_rules_that_hold(
    mode: Mode, default: JsonValue, x: int, answer: object
) -> None:
    """The first, or all in order; the default only where none does."""
    assert table(*ROWS, default=default, mode=mode)({"x": x}) == answer


@pytest.mark.parametrize(
    ("decision", "answer"),
    [
        (table(("true", {"a": 1}), (BROKEN, {"a": 2})), {"a": 1}),
        (table(("false", {"a": f"${{ {BROKEN} }}"}), ("true", {"a": 2})), {"a": 2}),
        (table(("true", {"a": 1}), default={"a": f"${{ {BROKEN} }}"}), {"a": 1}),
        (
            table(
                ("false", {"a": f"${{ {BROKEN} }}"}),
                ("true", {"a": 2}),
                default={"a": f"${{ {BROKEN} }}"},
                mode="collect",
            ),
            [{"a": 2}],
        ),
    ],
)
def test_what_the_answer_does_not_need_is_not_evaluated(
    decision: Decision, answer: object
) -> None:
    """Not later rules under `first`; never what rules give that do not hold."""
    assert decision({}) == answer


@pytest.mark.parametrize(
    ("decision", "message", "text"),
    [
        (
            table(("false", {"a": 1}), ("1", {"a": 2})),
            "rule 2: 'when' is neither true nor false",
            "1",
        ),
        (
            table(("m.b", {"a": 2})),
            "rule 1: 'when' is neither true nor false",
            "m.b",
        ),
        (table(("m.c", {"a": 1})), "rule 1: no such key: c", "m.c"),
        (table(("true", {"a": "${ m.c }"})), "rule 1: no such key: c", "m.c"),
        (
            table(("true", {"a": 1}), ("m.c", {"a": 2}), mode="collect"),
            "rule 2: no such key: c",
            "m.c",
        ),
        (
            table(("false", {"a": 1}), default={"a": "${ m.c }"}),
            "no such key: c",
            "m.c",
        ),
    ],
)
def test_what_cannot_be_decided_is_an_error_that_names_its_rule(
    decision: Decision, message: str, text: str
) -> None:
    """It is never false, and what comes after it is never asked."""
    with pytest.raises(EvaluationError) as raised:
        decision({"m": {"b": None}})
    assert (raised.value.message, raised.value.text) == (message, text)


def test_a_table_reads_what_any_of_its_parts_reads() -> None:
    """Conditions, what rules give, and the default; reached or not."""
    decision = table(
        ("a.x && b.?y.orValue(true)", {"o": "${ c }"}), default={"o": "${ d.z }"}
    )
    assert decision.roots == {"a", "b", "c", "d"}
    assert decision.references == (
        Reference("a", ("x",), optional=False, offset=0),
        Reference("b", ("y",), optional=True, offset=7),
        Reference("c", (), optional=False, offset=0),
        Reference("d", ("z",), optional=False, offset=0),
    )
