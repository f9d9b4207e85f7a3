"""What is drawn bold is the chain that decides, by what is known best."""

from __future__ import annotations

from gateway.drawing.critical import Critical, critical_of
from gateway.drawing.model import Measured
from gateway.drawing.shown import PlanShown, StepShown

STEPS = (("a", ()), ("b", ("a",)), ("c", ()), ("d", ("a", "c")))


def shown(**keys: str) -> PlanShown:
    """``b`` waits for ``a``, ``d`` for ``a`` and ``c``; ``c > d`` by timeouts."""
    steps = [StepShown(id=n, depends_on=list(of), **keys) for n, of in STEPS]  # type: ignore[arg-type]
    return PlanShown(steps, critical_path=["c", "d"])


def p95(**ms: float) -> dict[str, Measured]:
    return {name: Measured(p50=1.0, p95=value, times=9) for name, value in ms.items()}


def test_of_what_nothing_is_known_timeouts_decide() -> None:
    """So they do where a step of the plan was never measured."""
    by_timeouts = Critical(("c", "d"), "by timeouts")
    assert critical_of(shown(), {}) == by_timeouts
    assert critical_of(shown(), p95(a=90, b=90, c=1)) == by_timeouts
    assert critical_of(shown(), {**p95(a=9, b=9, c=1), "d": Measured(bound=3.0)}) == (
        by_timeouts
    )


def test_where_all_was_measured_the_slowest_chain_decides() -> None:
    """Of equally slow ones the first."""
    assert critical_of(shown(), p95(a=5, b=9, c=6, d=1)) == (("a", "b"), "by p95")
    assert critical_of(shown(), p95(a=5, b=1, c=5, d=2)) == (("a", "d"), "by p95")


def test_of_a_run_its_own_times_decide() -> None:
    """Whatever was measured before; who did not run is no part of it."""
    took = {"a": 5.0, "b": 9.0, "c": 6.0}
    steps = [
        StepShown(id=n, depends_on=list(of), status="ok", elapsed_ms=took[n])
        for n, of in STEPS
        if n in took
    ]
    left = StepShown(id="d", depends_on=["a", "c"], status="skipped")
    ran = PlanShown([*steps, left], critical_path=["c", "d"])
    assert critical_of(ran, p95(a=1, b=1, c=90, d=90)) == (("a", "b"), "as it ran")
    assert critical_of(PlanShown([left]), {}) == (("d",), "as it ran")
