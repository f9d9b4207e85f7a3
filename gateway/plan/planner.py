"""Selection and Audience → `Plan`: only what the selected fields need.

The walk goes down the selection once. Each field asks its owner — a step, an entity
step, an expression or the parent's own object — and an owner that is a step joins the
plan together with everything it reads. So a plan is by construction a subset of the
closure of the selection, in topological order. Pure: no argument's value is looked at.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from gateway.plan.denying import without_denied
from gateway.plan.gates import Closed
from gateway.plan.joining import Joining
from gateway.plan.model import (
    LeftOut,
    Plan,
    PlannedField,
    PlannedRoot,
    PlannedStep,
    Unavailable,
)
from gateway.plan.rank import critical_path
from gateway.plan.recording import recorded
from gateway.plan.root import Check, RootPlanner, unhurried
from gateway.plan.together import together
from gateway.plan.wanting import narrowed
from gateway.profile.model import Audience
from gateway.record import replace
from gateway.request.model import OperationKind, SelectedField, Selection
from gateway.shape import Shapes
from gateway.values import Coordinate, SourceSpan, StepId, digest


def make_plan(
    selection: Selection,
    audience: Audience,
    shapes: Shapes,
    closed: Closed,
    check: Check = unhurried,
) -> Plan:
    """The plan of a selection where the steps in `closed` are ruled out early.

    ``check`` is asked at each object on the way, and ends it by what it raises.
    """
    shut = (_Shut.of(root.key, closed, selection.kind) for root in selection.roots)
    roots = tuple(
        _plan_root(root, audience, shapes, one, check)
        for root, one in zip(selection.roots, shut, strict=True)
    )
    if selection.kind is OperationKind.MUTATION:
        roots = _in_series(tuple(one for root in roots for one in together((root,))))
    else:
        roots = together(roots)
    roots = tuple(
        narrowed(root, selected, audience, shapes)
        for root, selected in zip(roots, selection.roots, strict=True)
    )
    steps = tuple(step for root in roots for step in root.steps)
    return Plan(
        kind=selection.kind,
        roots=roots,
        critical_path=critical_path(steps),
        digest=plan_key(selection, audience, closed),
    )


def plan_key(selection: Selection, audience: Audience, closed: Closed) -> str:
    """What a plan depends on, as a digest: nothing else may enter it."""
    return digest(selection.digest, basis(selection, audience), *shut_by(closed))


def basis(selection: Selection, audience: Audience) -> str:
    """What of an audience a plan depends on, as a digest.

    Audiences whose profiles of the selected operations are the same have one plan.
    """
    if not audience.shared:
        return audience.digest
    found = (audience.profiles.get(root.name) for root in selection.roots)
    return digest(audience.shared, *(one.digest if one else "" for one in found))


def shut_by(closed: Closed) -> tuple[str, ...]:
    """What was ruled out early and why, as texts to keep a plan by."""
    shut = (f"{root}|{span}|{why.value}" for (root, span), why in closed.items())
    return tuple(sorted(shut))


class _Shut(NamedTuple):
    """What is ruled out of one root field of a type: by conditions, by policies."""

    kind: str
    early: Mapping[SourceSpan, LeftOut]
    denied: frozenset[SourceSpan]

    @classmethod
    def of(cls, root: str, closed: Closed, kind: OperationKind) -> _Shut:
        here = {span: why for (key, span), why in closed.items() if key in (root, "")}
        denied = frozenset(s for s, why in here.items() if why is LeftOut.DENIED)
        early = {span: why for span, why in here.items() if span not in denied}
        return cls(kind.value.capitalize(), early, denied)


def _plan_root(
    selected: SelectedField,
    audience: Audience,
    shapes: Shapes,
    closed: _Shut,
    check: Check,
) -> PlannedRoot:
    profile = audience.profiles.get(selected.name)
    if profile is None:
        return PlannedRoot(
            field=PlannedField(
                selected.key,
                selected.name,
                selected.type,
                Unavailable(selected.name),
            ),
            profile=None,
            steps=(),
            left_out={},
            deadline=0.0,
        )
    joining = Joining((selected.key,), profile, audience, shapes, closed.early)
    planner = RootPlanner(selected, joining, check)
    null_if = planner.null_if()
    field = planner.plan()
    steps = planner.steps
    planned = {s.id.step for s in steps if s.gate is None and not s.dormant}
    gated = {s.id.step: s.gate for s in steps if s.gate is not None}
    gated |= {s.id.step: LeftOut.ONLY_ON_FAILURE for s in steps if s.dormant}
    own = (*profile.steps, *(s for e in profile.entities.values() for s in e.steps))
    made = PlannedRoot(
        field=field,
        profile=profile,
        steps=steps,
        left_out={
            name: gated.get(name, LeftOut.NOT_SELECTED)
            for name in dict.fromkeys((*own, *gated))
            if name not in planned
        },
        deadline=profile.deadline,
        null_if=null_if,
    )
    protection = audience.protection
    made = without_denied(made, closed.denied, protection, shapes, closed.kind)
    at = Coordinate(closed.kind, selected.name)
    return replace(made, audited=recorded(made.field, at, protection.audited))


def _in_series(roots: tuple[PlannedRoot, ...]) -> tuple[PlannedRoot, ...]:
    """Each root's steps wait for the whole root before it, as mutations must."""
    earlier: frozenset[StepId] = frozenset()
    serial = []
    for root in roots:
        steps = tuple(_waiting(step, earlier) for step in root.steps)
        serial.append(replace(root, steps=steps))
        earlier |= {step.id for step in steps}
    return tuple(serial)


def _waiting(step: PlannedStep, earlier: frozenset[StepId]) -> PlannedStep:
    return replace(step, depends_on=step.depends_on | earlier)
