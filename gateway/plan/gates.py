"""What is decided before planning, from arguments, flags, request: bits, no values.

`gates` lists the policies and early conditions that a selection can meet; `decide`
gives their truth for one request. A plan is kept by that truth, never by the values
behind it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gateway.errors import GatewayError
from gateway.expression import Expression
from gateway.plan.model import LeftOut
from gateway.profile.model import Audience, ByKey, Guard, Step
from gateway.record import Model
from gateway.request.model import Bindings, SelectedField, Selection
from gateway.shape import Shapes
from gateway.values import SourceSpan


class Gate(Model, frozen=True):
    """One early conjunct of one step, under one root field."""

    root: str
    step: SourceSpan
    condition: Expression

    @property
    def reason(self) -> LeftOut:
        flagged = "flags" in self.condition.roots
        return LeftOut.FLAG_OFF if flagged else LeftOut.CONDITION_FALSE

    def shuts(self, scope: Mapping[str, object]) -> bool:
        """Whether it is false; what cannot be evaluated is met again, by the step."""
        try:
            return self.condition(scope) is False
        except GatewayError:
            return False


class PolicyGate(Model, frozen=True):
    """One policy, under one root field; of a tag under none.

    ``step`` is the place of what it protects: a step, an operation, a tag's entry.
    """

    root: str
    step: SourceSpan
    guard: Guard

    @property
    def reason(self) -> LeftOut:
        return LeftOut.DENIED

    def shuts(self, scope: Mapping[str, object]) -> bool:
        """Whether it is anything but true: who cannot be judged is denied."""
        try:
            return self.guard.condition(scope) is not True
        except GatewayError:
            return True


Gates = tuple[Gate | PolicyGate, ...]
Closed = Mapping[tuple[str, SourceSpan], LeftOut]
"""What is ruled out, by root field and place, with the reason."""


def gates(selection: Selection, audience: Audience, shapes: Shapes) -> Gates:
    """Every policy and early condition that the selection's operations can meet.

    Policies come first: who is denied learns nothing of conditions.
    """
    conditions = (
        Gate(root.key, step.span, condition)
        for root in selection.roots
        for step in _steps_of(root, audience, shapes)
        if step.when
        for condition in step.when.early
    )
    return (*_policies(selection, audience, shapes), *conditions)


def _policies(
    selection: Selection, audience: Audience, shapes: Shapes
) -> Iterator[PolicyGate]:
    for root in selection.roots:
        profile = audience.profiles.get(root.name)
        if profile is not None and profile.policy is not None:
            yield PolicyGate(root.key, profile.span, profile.policy)
        for step in _steps_of(root, audience, shapes):
            if step.policy is not None:
                yield PolicyGate(root.key, step.span, step.policy)
    if audience.protection.fields:
        values = {root.type.name for root in selection.roots}
        for root in selection.roots:  # and what is read on the way to them
            values |= {step.returns for step in _steps_of(root, audience, shapes)}
        seen = shapes.reachable(values) | {selection.kind.value.capitalize()}
        rules = {
            rule.guard.span: rule.guard
            for at, found in audience.protection.fields.items()
            if at.type in seen
            for rule in found
        }
        yield from (PolicyGate("", span, guard) for span, guard in rules.items())


def _steps_of(
    root: SelectedField, audience: Audience, shapes: Shapes
) -> Iterator[Step]:
    """The steps of an operation, and of every type that its value can hold.

    Those of other types decide nothing, and would only make more plans.
    """
    profile = audience.profiles.get(root.name)
    if profile is None:
        return
    yield from profile.steps.values()
    for entity in profile.entities.values():
        yield from entity.steps.values()
    known = shapes.get(root.type.name) is not None
    reachable = shapes.reachable((root.type.name,)) if known else audience.entities
    for entity in audience.entities.values():
        if entity.type in reachable:
            yield from entity.steps.values()
    if isinstance(profile.root, ByKey):
        for entity in profile.root.lookups.values():
            yield from entity.steps.values()
        yield from profile.root.kinds.values()


def decide(
    conditions: Gates,
    bindings: Bindings,
    surroundings: Mapping[str, object],
) -> Closed:
    """The steps that this request's early conditions rule out, and what is denied."""
    closed: dict[tuple[str, SourceSpan], LeftOut] = {}
    for gate in conditions:
        scope = {**bindings.get((gate.root,), {}), **surroundings}
        if gate.shuts(scope):
            closed.setdefault((gate.root, gate.step), gate.reason)
    return closed
