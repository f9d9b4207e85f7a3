"""One root field's part of the plan: every field finds who gives it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from gateway.plan.joining import Joining
from gateway.plan.kinds import typed
from gateway.plan.model import (
    AnswerOf,
    Composed,
    ConcatOf,
    Evaluate,
    FirstOf,
    Hop,
    PlannedField,
    PlannedStep,
    Read,
)
from gateway.plan.nearest import sorted_by
from gateway.plan.places import Owner, Place
from gateway.profile.model import (
    ByKey,
    Composite,
    Concatenation,
    FirstAnswer,
    OneStep,
)
from gateway.record import Model, replace
from gateway.request.model import SelectedField
from gateway.values import StepId

PlannedTypes = Mapping[str, Mapping[str, PlannedField]]
Check = Callable[[], None]
"""Asked now and then; raises where planning has gone on for long enough."""


def unhurried() -> None:
    """For those who plan as long as it takes."""


class RootPlanner(Model, frozen=True):
    """Plans one root field: the walk down its selection."""

    selected: SelectedField
    joining: Joining
    check: Check = unhurried

    @property
    def steps(self) -> tuple[PlannedStep, ...]:
        return self.joining.steps

    def null_if(self) -> Evaluate | None:
        """The operation's ``null_if``: what it reads joins whatever is selected."""
        condition = self.joining.profile.null_if
        return self.joining.evaluate(condition) if condition else None

    def plan(self) -> PlannedField:
        """The root field with everything below it, and its gates."""
        profile = self.joining.profile
        for step in profile.steps.values():
            if step.always:
                self.joining.step(step.name)
        read, owner = self._root_read()
        root = self._field(self.selected, read, owner)
        place = Place((self.selected.key,), (Hop(root),), owner)
        return replace(root, fields=self._below(self.selected, place))

    # -- the root's own value -------------------------------------------------------

    def _root_read(self) -> tuple[Read, Owner]:
        match self.joining.profile.root:
            case OneStep(step):
                return AnswerOf(self.joining.step(step)), self._owner(step)
            case ByKey(step, kinds=kinds):
                named = AnswerOf(self.joining.step(step))
                root = self._field(self.selected, named, self._owner(step))
                read = typed(named, kinds, root, self.joining) if kinds else named
                return read, self._owner(step)
            case Composite():
                return Composed(), Owner()
            case FirstAnswer(steps):
                return FirstOf(self._in_turn(steps)), self._owner(steps[0])
            case Concatenation(steps=steps) as rule:
                ids = tuple(self.joining.step(name) for name in steps)
                return ConcatOf(ids, rule), self._owner(steps[0])

    def _in_turn(self, names: tuple[str, ...]) -> tuple[StepId, ...]:
        """Each step waits for the ones before it, and runs if none has answered."""
        ids: tuple[StepId, ...] = ()
        for name in names:
            ids = (*ids, self.joining.step(name, unless=ids))
        return ids

    # -- below the root ---------------------------------------------------------------

    def _below(self, parent: SelectedField, place: Place) -> PlannedTypes:
        return {
            concrete: self._children(children, parent, place, concrete)
            for concrete, children in parent.fields.items()
        }

    def _children(
        self,
        children: tuple[SelectedField, ...],
        parent: SelectedField,
        place: Place,
        concrete: str,
    ) -> Mapping[str, PlannedField]:
        self.check()
        path = parent.below(place.path, concrete)
        on = concrete if len(parent.fields) > 1 else None
        here = Place(path, place.route, place.owner, concrete, on)
        first = sorted_by(children, self.joining.nearest, here)
        made = {child.key: self._nested(child, here) for child in first}
        return {child.key: made[child.key] for child in children}

    def _nested(self, child: SelectedField, here: Place) -> PlannedField:
        read, owner = self.joining.field_of(child.name, child.key, here, child)
        planned = self._field(child, read, owner)
        route = (*here.route, Hop(planned, here.on))
        below = Place((*here.path, child.key), route, owner)
        return replace(planned, fields=self._below(child, below))

    def _owner(self, step: str) -> Owner:
        return Owner.of(self.joining.profile.steps[step])

    def _field(self, selected: SelectedField, read: Read, owner: Owner) -> PlannedField:
        shape = self.joining.shapes.get(selected.type.name)
        type_by = owner.type_by if shape and shape.abstract else None
        convert = owner.conversions.get(selected.type.name)
        return PlannedField(
            selected.key, selected.name, selected.type, read, type_by, convert=convert
        )
