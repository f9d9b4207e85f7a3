"""Which values of a plan not everybody may see: those that all policies together take.

In charge of naming them by their response keys, and the calls that they go into, for
those who keep or compare answers.
What a policy takes is decided by `denying` alone. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

from gateway.expression import parse
from gateway.plan.denying import without_denied
from gateway.plan.marking import denied_steps
from gateway.plan.model import PlannedField, PlannedRoot, PlannedStep
from gateway.profile.model import Guard, Protection, Step, TagRule
from gateway.record import Model, replace
from gateway.shape import Shapes
from gateway.values import Coordinate, Path, SourceSpan, StepId

Guards = Mapping[tuple[str, str], Guard]
"""Policies of steps by where these are written, and their names."""


def guards_of(steps: Iterable[Step]) -> Guards:
    """The policies of steps."""
    return {(one.origin, one.name): one.policy for one in steps if one.policy}


class Guarded(Model, frozen=True):
    """What of one root field somebody may be denied, and what is made of that.

    ``places`` are response keys from the answer's root, ``steps`` those whose answers
    are it, ``inputs`` what calls are made of that has some of it, by step and name.
    """

    places: frozenset[Path] = frozenset()
    steps: frozenset[StepId] = frozenset()
    inputs: frozenset[tuple[StepId, str]] = frozenset()


def guarded(
    root: PlannedRoot,
    kind: str,
    known: tuple[Protection, Shapes],
    guards: Guards = MappingProxyType({}),
) -> Guarded:
    """What all policies together take, as if they said no to everybody.

    ``kind`` is the name of the root type, ``known`` what is said of fields; ``guards``
    hold besides those of the plan's own steps.
    """
    if root.profile is None:
        return Guarded()
    protection, shapes = known
    rules = (rule for of in protection.fields.values() for rule in of)
    closed = {rule.guard.span for rule in rules}
    held = replace(root, steps=tuple(_under(one, guards) for one in root.steps))
    closed |= {one.step.span for one in held.steps if one.step.policy}
    if root.profile.policy is not None:
        closed.add(root.profile.span)
    made = without_denied(held, closed, protection, shapes, kind)
    steps, inputs = denied_steps(held, closed, protection, shapes)
    if made.field.read != root.field.read and not made.steps:
        steps = frozenset(step.id for step in root.steps)
    places = frozenset(_changed(root.field, made.field, ()))
    return Guarded(places, steps, inputs)


def guarded_keys(
    root: PlannedRoot, kind: str, known: tuple[Protection, Shapes], guards: Guards
) -> Iterator[str]:
    """The keys of values that somebody may be denied, and of what is made of them."""
    for place in guarded(root, kind, known, guards).places:
        yield place[-1]


def said_of(hidden: Iterable[Coordinate]) -> Protection:
    """That nobody may read these fields, as if there were a policy that said so."""
    never = TagRule("", Guard(parse("false"), SourceSpan("")))
    return Protection(dict.fromkeys(hidden, (never,)))


def _under(planned: PlannedStep, guards: Guards) -> PlannedStep:
    guard = guards.get((planned.step.origin, planned.step.name))
    if guard is None or planned.step.policy is not None:
        return planned
    return replace(planned, step=replace(planned.step, policy=guard))


def _changed(before: PlannedField, after: PlannedField, trail: Path) -> Iterator[Path]:
    if before is after:
        return
    here = (*trail, before.key)
    if before.read != after.read or before.convert != after.convert:
        yield here
        return
    for concrete, fields in before.fields.items():
        for key, one in fields.items():
            yield from _changed(one, after.fields[concrete][key], here)
