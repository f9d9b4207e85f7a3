"""Which steps of a root field a caller is denied, and which calls have denied values.

In charge of one rule: a step under a policy is denied, and so is whatever reads it or a
field that is denied, unless it declassifies. Pure.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import chain

from gateway.plan.masking import named
from gateway.plan.model import Denied, PlannedRoot, PlannedStep
from gateway.plan.places import steps_of_scope
from gateway.plan.touching import Touching
from gateway.profile.model import Input, Protection, Step
from gateway.shape import Shapes
from gateway.values import SourceSpan, StepId
from gateway.wanted import Chosen


def marks(
    steps: Iterable[PlannedStep], closed: Collection[SourceSpan], touching: Touching
) -> tuple[Mapping[StepId, Denied], list[StepId]]:
    """Why steps are denied, and those that are not because they declassify.

    What a step reads stands before it.
    """
    why: dict[StepId, Denied] = {}
    declassifying: list[StepId] = []
    for step in steps:
        own = _by_own(step, closed)
        read = None if own else _by_reading(step, why, touching)
        if own is None and read is not None and step.step.declassify:
            declassifying.append(step.id)
        elif found := own or read:
            why[step.id] = found
    return why, declassifying


def denied_steps(
    root: PlannedRoot,
    closed: Collection[SourceSpan],
    protection: Protection,
    shapes: Shapes,
) -> tuple[frozenset[StepId], frozenset[tuple[StepId, str]]]:
    """The steps that are denied, and the inputs of any step that have denied values.

    Inputs are told by the step's id and their names.
    """
    if root.profile is None or not closed:
        return frozenset(), frozenset()
    steps = {step.id: step for step in root.steps}
    touching = Touching(root.profile, shapes, steps, protection.denied(closed))
    why, _ = marks(root.steps, closed, touching)
    inputs = ((s.id, name) for s in root.steps for name in _inputs(s, why, touching))
    return frozenset(why), frozenset(inputs)


def _inputs(
    planned: PlannedStep, why: Mapping[StepId, Denied], touching: Touching
) -> Iterator[str]:
    of, scope = planned.parents.type if planned.parents else "", planned.scope
    for name, given in _given(planned.step):
        one = given.value
        if isinstance(one, Chosen):
            continue  # what the caller gave for it
        roots = {read.root for read in one.references}
        by_step = any(scope.steps.get(root) in why for root in roots)
        if by_step or touching.expression(one, scope, of, whole=True):
            yield name


def _given(step: Step) -> Iterable[tuple[str, Input]]:
    instead = step.retry.instead if step.retry is not None else None
    others = instead.inputs if instead is not None else {}
    return chain(step.inputs.items(), others.items())


def _by_own(step: PlannedStep, closed: Collection[SourceSpan]) -> Denied | None:
    if step.step.policy is None or step.step.span not in closed:
        return None
    return Denied(f"the policy at {step.step.policy.span}", step.id)


def _by_reading(
    step: PlannedStep, why: Mapping[StepId, Denied], touching: Touching
) -> Denied | None:
    waits = step.depends_on - set(step.unless)
    for id_ in sorted(waits | steps_of_scope(step.scope)):
        if id_ in why:
            because = f"it needs {id_}, denied by {why[id_].because}"
            return Denied(because, step.id)
    rule = touching.step(step)
    if rule is None:
        return None
    return Denied(f"it reads a field under {named(rule)}", step.id)
