"""The skeleton of a profile: cycles are problems, a long chain is a warning."""

from __future__ import annotations

from gateway.errors import Problem, Problems, Severity
from gateway.plan.graph import check_entity, check_profile, closure
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
        deadline=15.0,
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


def test_a_chain_longer_than_the_deadline_is_a_warning() -> None:
    """It serves all the same."""
    of = profile(
        step("a", timeout=2.0), step("b", reads="a", timeout=1.5), deadline=3.0
    )
    assert found(of) == [
        Problem(
            of.span,
            "the timeouts of a > b add up to 3500 ms, the deadline is 3000 ms",
            "shorten a timeout, or raise 'deadline'",
            Severity.WARNING,
        )
    ]


def test_the_last_step_of_a_chain_counts_too() -> None:
    """Two equal chains of which only the end differs."""
    of = profile(
        step("a", timeout=1.0),
        step("short", reads="a", timeout=1.0),
        step("long", reads="a", timeout=5.0),
        deadline=4.0,
    )
    assert [one.severity for one in found(of)] == [Severity.WARNING]


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
