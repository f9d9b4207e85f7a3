"""Which values of a plan not everybody may see: those that all policies together take.

In charge of naming them by their response keys, for those who keep or compare answers.
What a policy takes is decided by `denying` alone. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from gateway.plan.denying import without_denied
from gateway.plan.model import PlannedField, PlannedRoot, PlannedStep
from gateway.profile.model import Guard, Protection, Step
from gateway.shape import Shapes

Guards = Mapping[tuple[str, str], Guard]
"""Policies of steps by where these are written, and their names."""


def guards_of(steps: Iterable[Step]) -> Guards:
    """The policies of steps."""
    return {(one.origin, one.name): one.policy for one in steps if one.policy}


def guarded_keys(
    root: PlannedRoot,
    kind: str,
    known: tuple[Protection, Shapes],
    guards: Guards,
) -> Iterator[str]:
    """The keys of values that somebody may be denied, and of what is made of them.

    ``kind`` is the name of the root type, ``known`` what is said of fields; ``guards``
    hold besides those of the plan's own steps.
    """
    if root.profile is None:
        return
    protection, shapes = known
    rules = (rule for of in protection.fields.values() for rule in of)
    closed = {rule.guard.span for rule in rules}
    held = replace(root, steps=tuple(_under(one, guards) for one in root.steps))
    closed |= {one.step.span for one in held.steps if one.step.policy}
    if root.profile.policy is not None:
        closed.add(root.profile.span)
    made = without_denied(held, closed, protection, shapes, kind)
    yield from _changed(root.field, made.field)


def _under(planned: PlannedStep, guards: Guards) -> PlannedStep:
    guard = guards.get((planned.step.origin, planned.step.name))
    if guard is None or planned.step.policy is not None:
        return planned
    return replace(planned, step=replace(planned.step, policy=guard))


def _changed(before: PlannedField, after: PlannedField) -> Iterator[str]:
    if before is after:
        return
    if before.read != after.read or before.convert != after.convert:
        yield before.key
        return
    for concrete, fields in before.fields.items():
        for key, one in fields.items():
            yield from _changed(one, after.fields[concrete][key])
