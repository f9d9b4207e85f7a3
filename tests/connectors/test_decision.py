"""`type: decision` at load: its table, and the shape of what it gives."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from gateway.connectors.base import ReplyRules, RuleText, Slot
from gateway.connectors.decision import DecisionStep
from gateway.connectors.options import DecisionOptions
from gateway.values import JsonValue
from tests.connectors.section import TestedSection

LARGE = 2**31


def options(*thens: Mapping[str, JsonValue], **more: object) -> DecisionOptions:
    """A table whose conditions do not matter."""
    rules = [
        {"when": f"x > {number}", "then": then} for number, then in enumerate(thens)
    ]
    return DecisionOptions.model_validate({"rules": rules, **more})


def test_the_whole_table_is_one_slot_of_its_target() -> None:
    """It needs no source, and asking twice is asking once."""
    section, step = TestedSection(), DecisionStep()
    asked = options({"a": 1}, {"a": "${ x }"}, mode="collect", default={"a": 0})
    assert step.compile(section, asked) == Slot("decision")
    rules = (RuleText("x > 0", {"a": 1}), RuleText("x > 1", {"a": "${ x }"}))
    assert section.tables == [(rules, {"a": 0}, "collect")]
    assert section.problems == []
    assert (step.sources, step.default_source) == (frozenset(), None)
    assert (step.rules(asked), step.idempotent(asked)) == (ReplyRules(), True)


@pytest.mark.parametrize(
    ("thens", "default", "type_"),
    [
        (["REVIEW", "ALLOW"], None, "String"),
        (["REVIEW", "score ${ x }"], "ALLOW", "String"),
        (["$${ x }"], None, "String"),
        (["REVIEW", None], None, "String"),
        (["REVIEW", "${ x }"], None, "JSON"),
        (["REVIEW"], 1, "JSON"),
        ([True, False], None, "Boolean"),
        ([True, 1], None, "JSON"),
        ([1, 2], None, "Int"),
        ([1], 2.5, "Float"),
        ([1, LARGE], None, "Float"),
        ([LARGE - 1, -LARGE], None, "Int"),
        ([None], None, "JSON"),
        ([["a"]], None, "JSON"),
        ([{"a": 1}], None, "JSON"),
    ],
)
def test_an_output_has_the_type_that_all_its_values_have(
    thens: list[JsonValue], default: JsonValue, type_: str
) -> None:
    """What is computed may be anything; null is a value of every type."""
    given = {} if default is None else {"default": {"a": default}}
    shape = DecisionStep().shape(options(*({"a": then} for then in thens), **given))
    assert shape is not None
    assert [(f.name, str(f.type)) for f in shape] == [("a", type_)]


def test_every_output_of_any_rule_is_a_field_of_the_answer() -> None:
    """In the order in which they are first written, the default's at the end."""
    asked = options({"a": 1, "b": "x"}, {"c": True, "a": 2}, default={"d": 1.5})
    shape = DecisionStep().shape(asked)
    assert shape is not None
    assert [(f.name, str(f.type)) for f in shape] == [
        ("a", "Int"),
        ("b", "String"),
        ("c", "Boolean"),
        ("d", "Float"),
    ]


def test_an_output_without_a_name_is_a_problem_at_its_place() -> None:
    """Expressions and GraphQL have to be able to name it."""
    section = TestedSection()
    DecisionStep().compile(section, options({"ok": 1, "a-b": 1}, default={"__a": 1}))
    fix = "letters, digits and _ make one, not starting with a digit or __"
    assert section.problems == [
        f"rules.0.then.a-b: output 'a-b' is no name — {fix}",
        f"default.__a: output '__a' is no name — {fix}",
    ]
