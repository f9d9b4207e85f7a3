"""The critical path: the chain with the longest sum of timeouts."""

from __future__ import annotations

from gateway.plan.rank import critical_path
from tests.kit import node, plan_of


def path(graph: object) -> list[str]:
    return [one.step for one in plan_of(graph).critical_path]  # type: ignore[arg-type]


def test_it_is_the_chain_with_the_longest_timeouts() -> None:
    """Not the one with the most steps."""
    long = node("a", timeout=1.0) >> node("b", timeout=1.0) >> node("c", timeout=1.0)
    assert path(long & node("slow", timeout=5.0)) == ["slow"]
    assert path(long & node("slow", timeout=2.0)) == ["a", "b", "c"]


def test_of_equal_chains_the_first_one_counts() -> None:
    """So that plans of equal questions are equal."""
    assert path(node("a") & node("b")) == ["a"]


def test_a_join_takes_its_slowest_branch() -> None:
    """What it waits for longest."""
    branches = node("x", timeout=1.0) & node("y", timeout=3.0)
    assert path(branches >> node("z")) == ["y", "z"]


def test_no_steps_no_path() -> None:
    """A plan may be empty."""
    assert critical_path(()) == ()
