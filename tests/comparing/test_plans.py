"""Two plans, step by step."""

from __future__ import annotations

from gateway.comparing.plans import (
    Difference,
    Mark,
    Otherwise,
    Planned,
    differences,
    otherwise,
)
from gateway.values import JsonValue


def plan(*steps: dict[str, JsonValue], **more: JsonValue) -> dict[str, JsonValue]:
    return {"steps": [*steps], "left_out": {}, "critical_path": [], **more}


def step(name: str, **keys: JsonValue) -> dict[str, JsonValue]:
    return {"id": name, "source": "core", "timeout_ms": 500, **keys}


def test_steps_are_known_by_their_ids() -> None:
    """One of the left alone was removed, one of the right alone was added."""
    left = Planned(plan(step("a"), step("b")))
    right = Planned(plan(step("b", source="new"), step("c")))
    assert differences(left, right) == (
        Difference("a", Mark.REMOVED),
        Difference("b", Mark.CHANGED, (Otherwise("source", "core", "new"),)),
        Difference("c", Mark.ADDED),
    )


def test_a_step_that_only_moved_in_its_file_is_the_same() -> None:
    """Nor does it matter what is known of a run: these are plans."""
    left = Planned(plan(step("a", defined_at="p.yaml:4:5", status="planned")))
    right = Planned(plan(step("a", defined_at="p.yaml:9:5", status="conditional")))
    assert differences(left, right) == (Difference("a", Mark.SAME),)


def test_what_is_known_better_is_told_once() -> None:
    """The timeout in ms is that which the file has as text, with its places."""
    before = {"a": {"timeout": {"text": "0.5s", "at": "p.yaml:4:9"}}}
    after = {
        "a": {"timeout": {"text": "2s", "at": "p.yaml:4:9"}, "when": {"text": "x"}}
    }
    left = Planned(plan(step("a")), before)
    right = Planned(plan(step("a", timeout_ms=2000)), after)
    assert differences(left, right) == (
        Difference(
            "a",
            Mark.CHANGED,
            (
                Otherwise("timeout", "0.5s", "2s", "p.yaml:4:9", "p.yaml:4:9"),
                Otherwise("when", None, "x"),
            ),
        ),
    )


def test_what_was_left_out_and_what_it_costs_is_told_besides() -> None:
    """A value of one side alone is null on the other."""
    left = plan(left_out={"a": "not_selected", "b": "held"}, cost={"total": 3})
    right = plan(left_out={"a": "flag_off"}, cost={"total": 4}, critical_path=["a"])
    assert otherwise(left, right) == (
        Otherwise("left_out.a", "not_selected", "flag_off"),
        Otherwise("left_out.b", "held", None),
        Otherwise("critical_path", None, "a"),
        Otherwise("cost.total", "3", "4"),
    )


def test_equal_plans_differ_in_nothing() -> None:
    """Whatever stands in them, odd forms of strangers too."""
    odd: dict[str, JsonValue] = {"steps": "none", "left_out": 3, "critical_path": "x"}
    for one in (plan(step("a"), profiles={"a": {"name": "a", "file": "f"}}), odd, {}):
        found = differences(Planned(one), Planned(one))
        assert {each.mark for each in found} <= {Mark.SAME}
        assert otherwise(one, one) == ()
