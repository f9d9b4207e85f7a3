"""Early conditions: what is decided before planning, from arguments, flags, request.

`gates` lists the conditions a selection can meet; `decide` gives their truth for one
request. A plan is kept by that truth, never by the values behind it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from gateway.errors import GatewayError
from gateway.expression import Expression
from gateway.plan.model import LeftOut
from gateway.profile.model import Audience, ByKey, Step
from gateway.request.model import Bindings, SelectedField, Selection
from gateway.values import SourceSpan


@dataclass(frozen=True, slots=True)
class Gate:
    """One early conjunct of one step, under one root field."""

    root: str
    step: SourceSpan
    condition: Expression

    @property
    def reason(self) -> LeftOut:
        flagged = "flags" in self.condition.roots
        return LeftOut.FLAG_OFF if flagged else LeftOut.CONDITION_FALSE


Closed = Mapping[tuple[str, SourceSpan], LeftOut]
"""The steps ruled out, by root field and the place of the step, with the reason."""


def gates(selection: Selection, audience: Audience) -> tuple[Gate, ...]:
    """Every early condition that the selection's operations can meet."""
    return tuple(
        Gate(root.key, step.span, condition)
        for root in selection.roots
        for step in _steps_of(root, audience)
        if step.when
        for condition in step.when.early
    )


def _steps_of(root: SelectedField, audience: Audience) -> Iterator[Step]:
    profile = audience.profiles.get(root.name)
    if profile is None:
        return
    yield from profile.steps.values()
    for entity in (*profile.entities.values(), *audience.entities.values()):
        yield from entity.steps.values()
    if isinstance(profile.root, ByKey):
        for entity in profile.root.lookups.values():
            yield from entity.steps.values()


def decide(
    conditions: tuple[Gate, ...],
    bindings: Bindings,
    surroundings: Mapping[str, object],
) -> Closed:
    """The steps that this request's early conditions rule out.

    A condition that cannot be evaluated rules nothing out: the step meets it again
    when it is ready, and fails there with its EXPRESSION_ERROR.
    """
    closed: dict[tuple[str, SourceSpan], LeftOut] = {}
    for gate in conditions:
        scope = {**bindings.get((gate.root,), {}), **surroundings}
        if _is_false(gate.condition, scope):
            closed.setdefault((gate.root, gate.step), gate.reason)
    return closed


def _is_false(
    condition: Callable[[Mapping[str, object]], object], scope: Mapping[str, object]
) -> bool:
    try:
        return condition(scope) is False
    except GatewayError:
        return False
