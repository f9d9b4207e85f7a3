"""A plan as a graph to be drawn: each step once, each edge once.

In charge of what is drawn. Must never place anything.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from gateway.drawing.critical import Critical, critical_of
from gateway.drawing.model import (
    Box,
    Estimate,
    Graph,
    Kind,
    Line,
    Measured,
    Role,
    State,
)
from gateway.drawing.saying import facts, many, says, state_of, took, why
from gateway.drawing.shown import PlanShown, StepShown


def graph_of(plan: PlanShown, estimate: Estimate | None = None) -> Graph:
    """The graph of a plan, with how long its steps take where that is known."""
    measured = estimate or Estimate()
    critical = critical_of(plan, measured.steps)
    rungs = {rung for step in plan.steps for rung in step.fallback}
    known = {step.id for step in plan.steps}
    steps = [
        _box(
            step,
            measured.steps.get(step.id),
            Role.FALLBACK if step.id in rungs else Role(step.role),
            critical=step.id in critical.path,
        )
        for step in plan.steps
    ]
    left = [box for box in _left_out(plan, rungs) if box.id not in known]
    tied = [box for box in left if box.id in rungs]
    return Graph(
        boxes=(*steps, *tied),
        aside=tuple(box for box in left if box.id not in rungs),
        lines=tuple(_lines(plan, {*known, *(box.id for box in tied)}, critical)),
        title=_title(plan, len(left)),
        notes=tuple(_notes(plan, measured.whole, critical)),
    )


def _title(plan: PlanShown, left: int) -> str:
    said = "Run of a plan" if plan.ran else "Plan"
    also = f", {left} left out" if left else ""
    return f"{said}: {many(len(plan.steps), 'step')}{also}"


def _notes(plan: PlanShown, whole: Measured, critical: Critical) -> Iterator[str]:
    if critical.path:
        yield f"critical path {critical.by}: {' > '.join(critical.path)}"
    said = took(whole)
    if said and not plan.ran:
        yield f"the whole: {said}"


def _box(
    step: StepShown, measured: Measured | None, role: Role, *, critical: bool
) -> Box:
    return Box(
        id=step.id,
        name=step.id.rpartition(".")[2] or step.id,
        source=step.source,
        kind=step.type,
        role=role,
        state=state_of(step),
        parents=step.parents,
        says=says(step, measured),
        facts=tuple(facts(step, measured)),
        critical=critical,
    )


def _left_out(plan: PlanShown, rungs: set[str]) -> Iterator[Box]:
    """The steps that are not in the plan, under the id that a fallback names."""
    roots = {step.id.partition(".")[0] for step in plan.steps}
    by_name = {rung.removeprefix(f"{root}."): rung for rung in rungs for root in roots}
    held = {step.id for step in plan.steps if step.status != "ok"}
    held |= {id_.partition(".")[2] for id_ in held}
    held |= {id_.rpartition(".")[2] for id_ in held}
    for name, reason in plan.left_out.items():
        if reason == "held" and name in held:
            continue  # it is in the plan, and says so itself
        id_ = name if name in rungs else by_name.get(name, name)
        said = f"left out: {why(reason)}"
        role = Role.FALLBACK if id_ in rungs else Role.OPTIONAL
        told = name, said
        yield Box(id_, name, role=role, state=State.LEFT_OUT, says=said, facts=told)


def _lines(plan: PlanShown, known: set[str], critical: Critical) -> Iterator[Line]:
    bold = set(pairwise(critical.path))
    for step in plan.steps:
        for before in dict.fromkeys(step.depends_on):
            words = tuple(step.reads.get(before, ()))
            is_bold = (before, step.id) in bold
            yield Line(before, step.id, Kind.READS, words, critical=is_bold)
        for rung in dict.fromkeys(step.fallback):
            if rung in known and rung != step.id:
                yield Line(step.id, rung, Kind.ON_FAILURE, ("on failure",))
