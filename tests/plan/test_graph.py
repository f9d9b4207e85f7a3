"""The skeleton of a profile: cycles are problems, and what needs what is known."""

from __future__ import annotations

from gateway.errors import Problem, Problems
from gateway.plan.graph import check_entity, check_profile, closure, in_order
from gateway.profile.model import Profile, Reads
from tests.kit import computed, entity, profile, step


def found(of: Profile) -> list[Problem]:
    problems = Problems()
    check_profile(of, problems)
    return problems.found


def test_a_profile_without_a_cycle_has_no_problem() -> None:
    """A diamond is none."""
    of = profile(
        step("a"),
        step("b", reads="a"),
        step("c", reads="a"),
        step("d", reads="b c"),
    )
    assert found(of) == []


def test_steps_that_wait_for_each_other_are_named_in_order() -> None:
    """By data or by order, the way round stands in the message."""
    of = profile(
        step("a", reads="c"), step("b", reads="a"), step("c", after=frozenset({"b"}))
    )
    assert found(of) == [
        Problem(
            of.steps["a"].span,
            "these steps wait for each other: a > b > c > a",
            "one of them has to do without the other",
        )
    ]


def test_a_step_that_reads_itself_is_a_cycle() -> None:
    """Of one."""
    of = profile(step("a", reads="a"))
    assert [one.message for one in found(of)] == [
        "these steps wait for each other: a > a"
    ]


def test_entity_steps_and_fields_must_not_need_themselves() -> None:
    """Over however many others."""
    problems = Problems()
    own = step("details", fields={"iban": None}, reads=Reads(own=frozenset({"label"})))
    check_entity(
        entity("Account", own, label=computed("self.iban", own=["iban"])), problems
    )
    assert [one.message for one in problems.found] == [
        "these steps wait for each other: details > label > details"
    ]


def test_the_closure_is_everything_needed() -> None:
    """Transitively."""
    steps = profile(
        step("a"), step("b", reads="a"), step("c", reads="b"), step("d")
    ).steps
    assert closure(steps, ["c"]) == {"a", "b", "c"}
    assert closure(steps, []) == frozenset()


def test_everything_comes_after_what_it_needs() -> None:
    """And what goes round comes as it was written."""
    assert in_order({"c": ["a", "b"], "b": ["a"], "a": []}) == ("a", "b", "c")
    assert in_order({"x": ["z"], "y": ["x"], "z": ["y"], "w": ["x"]}) == (
        "x",
        "y",
        "z",
        "w",
    )
