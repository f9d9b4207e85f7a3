"""The result store: write once, and readable at a glance."""

from __future__ import annotations

import pytest

from gateway.errors import Code, InternalError
from gateway.execution.model import (
    Failed,
    Failure,
    Join,
    Ok,
    Provenance,
    ResultStore,
    Skipped,
    SkipReason,
    Timing,
)
from tests.kit import instance

NOW = Timing(0.0, 0.0)


def test_a_step_settles_once() -> None:
    """The second write is a bug of ours, and the first one stays."""
    store = ResultStore()
    store.settle(instance("a"), Ok(1), NOW)
    with pytest.raises(InternalError, match=r"step customer\.a settled twice"):
        store.settle(instance("a"), Ok(2), NOW)
    assert store[instance("a")] == Ok(1)


def test_its_repr_shows_every_step_s_state() -> None:
    """In the order they settled, without the values."""
    store = ResultStore()
    secret = "4111-1111"
    store.settle(instance("a"), Ok(secret, Provenance.SHARED), NOW)
    store.settle(instance("b"), Failed(Failure(Code.UPSTREAM_TIMEOUT, "late")), NOW)
    store.settle(instance("c"), Skipped(SkipReason.DEPENDENCY, instance("b")), NOW)
    assert repr(store) == (
        "<ResultStore customer.a=Ok(SHARED) customer.b=Failed(UPSTREAM_TIMEOUT) "
        "customer.c=Skipped(DEPENDENCY)>"
    )


def test_what_has_not_settled_is_not_there() -> None:
    """`get` says so without an exception."""
    assert ResultStore().get(instance("a")) is None


def test_a_join_tells_parents_apart_by_identity() -> None:
    """Two equal parents are two."""
    join, one, other = Join(), {"id": 1}, {"id": 1}
    join.settle(one, Ok("x"))
    assert (join.of(one), join.of(other)) == (Ok("x"), None)


def test_skips_by_condition_are_no_failures() -> None:
    """Nor is a step that another one's answer made superfluous."""
    assert {reason: Skipped(reason).is_failure for reason in SkipReason} == {
        SkipReason.CONDITION: False,
        SkipReason.ANSWERED: False,
        SkipReason.DEPENDENCY: True,
        SkipReason.INPUT: True,
        SkipReason.BUDGET: True,
        SkipReason.HELD: True,
    }
