"""Steps that ask for no more than a plan reads: the plan with such targets.

In charge of walking the selection of a finished plan, so that every read of an answer
is known, and of the arguments of fields that are asked for with one. Pure; a plan
without such steps is left as it is.
"""

from __future__ import annotations

from collections.abc import Mapping

from gateway.conversion import sending_of
from gateway.plan.aliases import OURS
from gateway.plan.model import PlannedField, PlannedRoot, PlannedStep
from gateway.plan.places import is_selecting
from gateway.plan.reached import Reaching
from gateway.plan.spots import Here
from gateway.profile.model import Audience, Input, Retry, Step
from gateway.record import Model, Struct, field, replace
from gateway.request.model import SelectedField
from gateway.shape import Shapes
from gateway.values import Path, StepId
from gateway.wanted import SELECTED, Chosen, Selecting, Wanted, WantedArgument


class _Bound(Model, frozen=True):
    """Where a variable of ours has its value, and of which type that is."""

    path: Path
    argument: WantedArgument


def narrowed(
    root: PlannedRoot, selected: SelectedField, audience: Audience, shapes: Shapes
) -> PlannedRoot:
    """The root with targets that ask for what is read of them."""
    if root.profile is None or not any(is_selecting(s.step) for s in root.steps):
        return root
    steps = {step.id: step for step in root.steps}
    reaching = Reaching(root.profile, audience, shapes, steps)
    walk = _Walk(reaching)
    walk.field(root.field, selected, (root.field.key,), Here())
    for step in root.steps:
        reaching.step(step)
    if root.null_if is not None:
        reaching.expression(root.null_if.expression, root.null_if.scope, Here())
    made = tuple(walk.narrowed(step) for step in root.steps)
    return replace(root, steps=made)


class _Walk(Struct):
    """Down the selection. ``bound`` are the variables of each step's own fields."""

    reaching: Reaching
    bound: dict[StepId, dict[str, _Bound]] = field(default_factory=dict)

    def field(
        self, planned: PlannedField, selected: SelectedField, path: Path, here: Here
    ) -> None:
        """A selected field is read, and all that is selected below it."""
        spots = self.reaching.read(planned.read, planned.name, planned.type, here)
        for spot in spots:
            if spot.field is not None and spot.field.key.startswith(OURS):
                self._take_arguments(spot.step, here, planned.name, path, spot.field)
        self.reaching.tells_type(planned, spots)
        for concrete, children in selected.fields.items():
            place = selected.below(path, concrete)
            below = self.reaching.below(planned, spots, concrete)
            for child in children:
                self.field(
                    planned.fields[concrete][child.key],
                    child,
                    (*place, child.key),
                    below,
                )

    def _take_arguments(
        self, step: StepId, here: Here, name: str, path: Path, field_: object
    ) -> None:
        reaching = self.reaching
        shape = reaching.shapes.field(here.type or reaching.profile.returns, name)
        known = self.bound.setdefault(step, {})
        if shape is None or any(bound.path == path for bound in known.values()):
            return
        owner = reaching.owner(step)
        taken = []
        for argument in shape.arguments:
            variable = f"v{len(known) + 1}"
            wanted = WantedArgument(owner.key(argument.name), variable, argument.type)
            known[variable] = _Bound(path, wanted._replace(name=argument.name))
            taken.append(wanted)
        field_.arguments = tuple(taken)  # type: ignore[attr-defined]

    def narrowed(self, planned: PlannedStep) -> PlannedStep:
        """The step as this plan asks it."""
        step = planned.step
        if not is_selecting(step):
            return planned
        wanted = self.reaching.wanted(planned.id)
        bound = self.bound.get(planned.id, {})
        chosen = {SELECTED: Input(self._chosen(step, bound))} if bound else {}
        scope = replace(
            planned.scope,
            selected={v: (b.path, b.argument.name) for v, b in bound.items()},
        )
        made = replace(
            step,
            target=_asking(step.target, wanted),
            inputs={**step.inputs, **chosen},
            retry=_retried(step.retry, wanted, chosen),
        )
        return replace(planned, step=made, scope=scope)

    def _chosen(self, step: Step, bound: Mapping[str, _Bound]) -> Chosen:
        types = {variable: b.argument.type.name for variable, b in bound.items()}
        shapes = self.reaching.shapes
        return Chosen(sending_of(step.conversions, {}, types, shapes))


def _asking(target: object, wanted: Wanted) -> object:
    if isinstance(target, Selecting) and target.selects:
        return target.selecting(wanted)
    return target


def _retried(
    retry: Retry | None, wanted: Wanted, chosen: Mapping[str, Input]
) -> Retry | None:
    """What further attempts ask instead asks for the same."""
    if retry is None or retry.instead is None:
        return retry
    instead = retry.instead
    made = replace(
        instead,
        target=_asking(instead.target, wanted),
        inputs={**instead.inputs, **chosen},
    )
    return replace(retry, instead=made)
