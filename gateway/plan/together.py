"""Entity steps that ask together wait for each other's lists (`batch.wait: all`).

In charge of one thing: the instances of such a step get the same dependencies, so that
they become ready at one time. Must never close a circle: where the parents of one come
from another one, as in recursive types, those of a level wait for each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from gateway.plan.model import PlannedRoot, PlannedStep
from gateway.record import replace
from gateway.values import StepId

Steps = dict[StepId, PlannedStep]


def together(roots: tuple[PlannedRoot, ...]) -> tuple[PlannedRoot, ...]:
    """The roots with their steps' dependencies widened, in topological order."""
    groups = _groups(roots)
    if not groups:
        return roots
    steps = {step.id: step for root in roots for step in root.steps}
    for members in groups:
        _widen(members, steps)
    order = {id_: number for number, id_ in enumerate(_in_order(steps))}
    return tuple(
        replace(
            root,
            steps=tuple(
                sorted((steps[s.id] for s in root.steps), key=lambda s: order[s.id])
            ),
        )
        for root in roots
    )


def _groups(roots: Iterable[PlannedRoot]) -> list[list[StepId]]:
    """The instances of each step that waits, where there are several."""
    found: dict[int, list[StepId]] = {}
    for root in roots:
        for step in root.steps:
            batch = step.step.batch
            waits = batch is not None and batch.wait_all
            # What only a failure needs may never settle, so nobody waits for its lists.
            if waits and step.gate is None and not step.dormant:
                found.setdefault(id(step.step), []).append(step.id)
    return [members for members in found.values() if len(members) > 1]


# Note [no circle]
# How many members lie before one on a way is its level. Members of a level cannot
# depend on each other, and giving them each other's dependencies closes no circle:
# whatever lies before one of them has only lower levels before itself. This holds for
# the graph as it is now, so groups are widened one after the other.
def _widen(members: list[StepId], steps: Steps) -> None:
    levels: dict[int, list[StepId]] = {}
    known: dict[StepId, int] = {}
    for id_ in members:
        levels.setdefault(_level(id_, frozenset(members), steps, known), []).append(id_)
    for level in levels.values():
        needed = frozenset[StepId]().union(*(steps[id_].depends_on for id_ in level))
        for id_ in level:
            steps[id_] = replace(steps[id_], depends_on=needed)


def _level(
    id_: StepId, members: frozenset[StepId], steps: Steps, known: dict[StepId, int]
) -> int:
    """How many members lie before a step. See Note [no circle]."""
    if id_ not in known:
        before = (
            _level(one, members, steps, known) + (one in members)
            for one in steps[id_].depends_on
        )
        known[id_] = max(before, default=0)
    return known[id_]


def _in_order(steps: Mapping[StepId, PlannedStep]) -> list[StepId]:
    """Each after all it needs; else as they were."""
    placed: dict[StepId, None] = {}

    def place(id_: StepId) -> None:
        if id_ not in placed:
            for needed in sorted(steps[id_].depends_on):
                place(needed)
            placed[id_] = None

    for id_ in steps:
        place(id_)
    return list(placed)
