"""The keys of answers that reads reach: of fields, of expressions, of entity steps.

In charge of one question: which keys of which step's answer does this read touch? It
answers for the same `Read`s that the engine and the response read by. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gateway.expression import Expression, Reference, Template
from gateway.held import Fields
from gateway.plan.aliases import OURS
from gateway.plan.answers import answer_type
from gateway.plan.model import (
    AnswerOf,
    ConcatOf,
    Evaluate,
    FirstOf,
    Given,
    JoinOf,
    KeyOf,
    PlannedField,
    PlannedStep,
    Read,
    Scope,
    Typed,
)
from gateway.plan.nearest import needs_of
from gateway.plan.places import Owner, is_selecting, read_plainly
from gateway.plan.spots import TYPE_NAME, Here, Spot, theirs
from gateway.profile.model import Audience, Profile, Step
from gateway.record import Struct, field
from gateway.shape import Shapes, TypeRef
from gateway.values import StepId
from gateway.wanted import Wanted


class Reaching(Struct):
    """The keys that are read of the steps of one root field."""

    profile: Profile
    audience: Audience
    shapes: Shapes
    steps: dict[StepId, PlannedStep]
    roots: dict[StepId, Wanted] = field(default_factory=dict)

    def wanted(self, step: StepId) -> Wanted:
        """What is read of a step's answer."""
        return self.roots.setdefault(step, Wanted())

    def owner(self, step: StepId) -> Owner:
        return Owner.of(self.steps[step].step)

    # -- fields -----------------------------------------------------------------------

    def read(  # noqa: C901, PLR0911 - one each
        self, read: Read, name: str, type_: TypeRef | None, here: Here
    ) -> tuple[Spot, ...]:
        """A field is read; the objects that its value is, where it is an object."""
        match read:
            case KeyOf(key):
                return self._children(here.spots, key, name, type_)
            case AnswerOf(step, key) | JoinOf(step, key):
                whole = self._answers(step)
                if key:
                    return self._children(whole, key, name, type_)
                self._is_leaf(whole, type_)
                return whole
            case Given(key, otherwise):
                own = self._children(here.spots, key, name, type_)
                return (*own, *self.read(otherwise, name, type_, here))
            case FirstOf(steps):
                return tuple(s for step in steps for s in self._answers(step))
            case ConcatOf(steps, rule):
                spots = tuple(s for step in steps for s in self._answers(step))
                if rule.by:
                    self._children(spots, rule.by, rule.by, None)
                return spots
            case Typed(_, kinds):
                for kind in kinds.values():
                    key = kind.type_by.field if kind.type_by else TYPE_NAME
                    self._children(self._answers(kind.row.step), key, key, None)
                return ()
            case Evaluate(expression, scope):
                found = self.expression(expression, scope, here)
                plain = read_plainly(expression) is not None
                kept = found if plain else [f for f in found if _fits(f, type_)]
                return tuple(spot for spots, _ in kept for spot in spots)
            case _:
                return ()

    def below(self, field_: PlannedField, spots: Sequence[Spot], concrete: str) -> Here:
        """The objects of a field where they are of one of its types."""
        shape = self.shapes.get(field_.type.name)
        if shape is None or not shape.abstract:
            return Here(tuple(spots), concrete)
        on = theirs(concrete, field_)
        return Here(tuple(spot._replace(on=on) for spot in spots), concrete)

    def tells_type(self, field_: PlannedField, spots: Sequence[Spot]) -> None:
        """An object of several types is asked which one it has."""
        shape = self.shapes.get(field_.type.name)
        if shape is not None and shape.abstract:
            key = field_.type_by.field if field_.type_by else TYPE_NAME
            for spot in spots:
                spot.node.field("", key, key)

    def _children(
        self, spots: Sequence[Spot], key: str, name: str, type_: TypeRef | None
    ) -> tuple[Spot, ...]:
        shape = self.shapes.get(type_.name) if type_ else None
        found = []
        for spot in spots:
            own = self.owner(spot.step).key(name) if key.startswith(OURS) else key
            child = spot.node.field(spot.on, key, own)
            child.composite = child.composite or bool(shape and shape.composite)
            found.append(Spot(spot.step, child.below, child))
        return tuple(found)

    def _is_leaf(self, spots: Sequence[Spot], type_: TypeRef | None) -> None:
        """An answer that is a scalar has nothing below it."""
        shape = self.shapes.get(type_.name) if type_ else None
        if shape is not None and not shape.composite:
            for spot in spots:
                if spot.field is None:
                    spot.node.is_leaf = True

    def _answers(self, step: StepId) -> tuple[Spot, ...]:
        """A step's answer, and those of the steps that stand in for it."""
        planned = self.steps.get(step)
        if planned is None:
            return ()
        rungs = (rung for rung in planned.rungs if isinstance(rung, StepId))
        others = tuple(spot for rung in rungs for spot in self._answers(rung))
        if not is_selecting(planned.step):
            return others
        return (self._selected(planned), *others)

    def _selected(self, planned: PlannedStep) -> Spot:
        """Where in the reply the answer is: a step may `select` a part of it."""
        spot, select = Spot(planned.id, self.wanted(planned.id)), planned.step.select
        plain = read_plainly(select) if isinstance(select, Expression) else None
        for key in plain.path[1:] if plain and plain.root == "response" else ():
            child = spot.node.field("", key, key)
            child.composite = True
            spot = Spot(planned.id, child.below, child)
        return spot

    # -- expressions ------------------------------------------------------------------

    def step(self, planned: PlannedStep) -> None:
        """A step's own expressions are read, for each of its parents."""
        here, needs = self._parents(planned), needs_of(planned.step)
        for one in expressions_of(planned.step, needs):
            self.references(one.references, planned.scope, here)
        for name, read in (planned.scope.own or {}).items():
            type_ = self.shapes.field_type(here.type, name)
            spots = self.read(read, name, type_, here)
            self._take(spots, type_.name, needs.get(name, {}))
        batch = planned.step.batch
        keyed = getattr(planned.step.target, "keyed", False)
        if batch is not None and not keyed and is_selecting(planned.step):
            rows = batch.by.keys() if isinstance(batch.by, dict) else [batch.by]
            for key in filter(None, rows):
                self._children(self._answers(planned.id), key, key, None)

    def _take(self, spots: tuple[Spot, ...], type_name: str, fields: Fields) -> None:
        """Of objects what a source wants to know of them."""
        for name, below in fields.items():
            type_ = self.shapes.field_type(type_name, name)
            found = self._children(spots, name, name, type_)
            self._take(found, type_.name, below)

    def _parents(self, planned: PlannedStep) -> Here:
        if planned.parents is None:
            return Here()
        here, before = Here(), None
        for hop in planned.parents.route:
            if before is not None:
                spots = here.spots
                here = self.below(before, spots, self._concrete(before, hop.on))
            field_ = hop.field
            found = self.read(field_.read, field_.name, field_.type, here)
            here, before = Here(found), field_
        if before is None:
            return here
        return self.below(before, here.spots, planned.parents.type)

    def _concrete(self, field_: PlannedField, on: str | None) -> str:
        """The type that an object of a field has; of several the one said."""
        return on or next(iter(self.shapes.concrete(field_.type.name)), "")

    def expression(
        self, expression: Expression, scope: Scope, here: Here
    ) -> list[tuple[tuple[Spot, ...], str]]:
        """An expression is evaluated; the objects it reads, with their types."""
        return self.references(expression.references, scope, here)

    def references(
        self, references: Sequence[Reference], scope: Scope, here: Here
    ) -> list[tuple[tuple[Spot, ...], str]]:
        """Paths are read, each to its end."""
        found = []
        for one in references:
            if one.root == "self" and one.path and one.path[0] in (scope.own or {}):
                name = one.path[0]
                type_ = self.shapes.field_type(here.type, name)
                read = (scope.own or {})[name]
                spots = self.read(read, name, type_, here)
                found.append(self._descend(spots, one.path[1:], type_.name))
            elif one.root in scope.steps:
                id_ = scope.steps[one.root]
                step = self.steps[id_].step
                type_name = answer_type(step, self.profile, self.shapes)
                found.append(self._descend(self._answers(id_), one.path, type_name))
        return found

    def _descend(
        self, spots: tuple[Spot, ...], path: Sequence[str], type_name: str
    ) -> tuple[tuple[Spot, ...], str]:
        for name in path:
            if not name[:1].isdigit():
                found = self.shapes.field(type_name, name)
                type_ = found.type if found else None
                spots = self._children(spots, name, name, type_)
                type_name = type_.name if type_ else ""
        shape = self.shapes.get(type_name)
        if shape is not None and shape.composite:
            for leaf in self._leaves(type_name):
                self._children(spots, leaf, leaf, None)
        return spots, type_name

    def _leaves(self, type_name: str) -> Iterator[str]:
        """What an expression may read of a whole object that it is given."""
        for shape in self.shapes[type_name].fields.values():
            below = self.shapes.get(shape.type.name)
            if shape.arguments or (below is not None and below.composite):
                continue
            if not self._is_given(type_name, shape.name):
                yield shape.name

    def _is_given(self, type_name: str, name: str) -> bool:
        """Whether something else than the object's own body gives a field."""
        entities = (self.audience.entities, self.profile.entities)
        known = (each[type_name] for each in entities if type_name in each)
        return any(e.step_filling(name) or name in e.computed for e in known)


def _fits(found: tuple[tuple[Spot, ...], str], type_: TypeRef | None) -> bool:
    return type_ is not None and found[1] == type_.name


def expressions_of(step: Step, needs: Fields) -> Iterator[Expression | Template]:
    """Everything of a step that reads other steps, or its parent.

    What of an object is sent in a key, ``needs`` says more closely.
    """
    inputs = [*step.inputs.values()]
    if step.retry is not None and step.retry.instead is not None:
        inputs += step.retry.instead.inputs.values()
    yield from (one.value for one in inputs)  # type: ignore[misc]
    if step.when is not None:
        yield step.when.whole
    if step.batch is not None:
        read = step.batch.key.references
        if not needs or any(len(r.path) != 1 or r.path[0] not in needs for r in read):
            yield step.batch.key
    conditions = (step.success_if, step.select)
    yield from (one for one in conditions if isinstance(one, Expression))
