"""Which chain of a drawn plan decides how long it takes: by what is known best.

That is what a run took, else what was measured of all its steps, else what the plan
says itself, which goes by timeouts. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from gateway.drawing.model import Measured
from gateway.drawing.shown import PlanShown


class Critical(NamedTuple):
    """The steps of the chain, first to last, and by what it is the longest."""

    path: tuple[str, ...]
    by: str


def critical_of(plan: PlanShown, measured: Mapping[str, Measured]) -> Critical:
    """The longest chain of steps that wait for each other."""
    if plan.ran:
        took = {s.id: s.elapsed_ms or 0.0 for s in plan.steps if s.ran}
        return Critical(_longest(plan, took), "as it ran")
    known = {id_: one.p95 for id_, one in measured.items() if one.p95 is not None}
    wanted = {step.id for step in plan.steps if step.status == "planned"}
    if wanted and wanted <= known.keys():
        return Critical(_longest(plan, {id_: known[id_] for id_ in wanted}), "by p95")
    return Critical(tuple(plan.critical_path), "by timeouts")


def _longest(plan: PlanShown, took: Mapping[str, float]) -> tuple[str, ...]:
    """Of equally long chains the first; steps come after those that they wait for."""
    reached: dict[str, tuple[float, tuple[str, ...]]] = {}
    for step in plan.steps:
        if step.id not in took:
            continue
        before = [reached[one] for one in step.depends_on if one in reached]
        longest = max(before, key=lambda one: one[0], default=(0.0, ()))
        reached[step.id] = longest[0] + took[step.id], (*longest[1], step.id)
    return max(reached.values(), key=lambda one: one[0], default=(0.0, ()))[1]
