"""Where a field is nearest: in the object's own body, or behind the fewest calls.

In charge of which steps an object's field costs, given whose answer the object stands
in. Must never plan anything: `joining` does, and asks here.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

from gateway.held import Fields, Held, Holding
from gateway.plan.filling import Filling
from gateway.plan.places import Place
from gateway.profile.model import Step
from gateway.record import Model
from gateway.request.model import SelectedField
from gateway.shape import Shapes
from gateway.values import StepId

Below: TypeAlias = "SelectedField | Fields | None"
"""What is wanted of the objects that a field is; None where that is not known."""
Names: TypeAlias = frozenset[str]


class Nearest(Model, frozen=True):
    """The ways to fields of one operation's objects. ``planned`` will run anyway."""

    filling: Filling
    shapes: Shapes
    planned: Container[StepId]

    def is_at_hand(self, name: str, here: Place, below: Below = None) -> bool:
        """Whether the source of an object has a field that a step would give.

        It has what it is asked for by the object's key, since that is the same object;
        and, where the entity file takes the nearest, what its schema says. A source
        that answers with whole objects has the first key of their file.
        """
        steps = self.filling.steps(name, here)
        if not steps:
            return False
        if not here.owner.selects:
            return name in self.filling.identity(here)
        return self._is_offered(name, steps, here, below)

    def _is_offered(
        self, name: str, steps: Sequence[Step], here: Place, below: Below
    ) -> bool:
        """Whether a source that is asked for fields has it, too."""
        owner = here.owner
        if _names(owner.besides, here.type).get(name) is not None:
            return True
        held = owner.held
        if held is not None and not held.has(here.type, name):
            return False
        if any(s.source == owner.source and _finds(s) == here.type for s in steps):
            return True
        if held is None or not self.filling.is_nearest(here.type):
            return False
        return self._is_whole(held, here.type, name, below, frozenset())

    def is_open(self, name: str, here: Place) -> bool:
        """Whether several steps could give a field, so that others are asked first."""
        return self.filling.is_nearest(here.type) and (
            len(self.filling.steps(name, here)) > 1
        )

    def step(self, name: str, here: Place) -> Step | None:
        """The step that gives a field by the fewest calls; None where none can."""
        steps = self.filling.steps(name, here)
        if len(steps) < 2 and not self.filling.is_nearest(here.type):  # noqa: PLR2004
            return steps[0] if steps else None
        ways = [(self._calls(step, here, frozenset()), step) for step in steps]
        found = [(self._cost(way, here), step) for way, step in ways if way is not None]
        return min(found, key=lambda each: each[0])[1] if found else None

    # -- how far ------------------------------------------------------------------

    def _calls(self, step: Step, here: Place, before: Names) -> Names | None:
        """The steps that run for a step and itself; None where it waits for itself."""
        if step.name in before:
            return None
        found, needs = frozenset({step.name}), needs_of(step)
        for name in sorted(step.reads.own - step.fields.keys()):
            below = needs.get(name) if needs else None
            more = self._way(name, here, below, before | {step.name})
            if more is None:
                return None
            found |= more
        return found

    def _way(self, name: str, here: Place, below: Below, before: Names) -> Names | None:
        """The steps that run for a field."""
        steps = self.filling.steps(name, here)
        if self.is_at_hand(name, here, below):
            return frozenset()
        if not steps:
            return None if self._is_nowhere(name, here) else frozenset()
        ways = [self._calls(step, here, before) for step in steps]
        found = [way for way in ways if way is not None]
        return min(found, key=lambda way: self._cost(way, here), default=None)

    def _cost(self, way: Names, here: Place) -> tuple[int, int]:
        calls = sum(StepId(here.path, name) not in self.planned for name in way)
        return calls, len(way)

    def _is_nowhere(self, name: str, here: Place) -> bool:
        """Whether a body is known to lack what nothing else gives."""
        held = here.owner.held if here.owner.selects else None
        if held is None or here.type not in held.fields:
            return False
        return self.filling.computed(name, here) is None and (
            not held.has(here.type, name)
        )

    # -- how much of it -------------------------------------------------------------

    def _is_whole(
        self, held: Held, type_name: str, name: str, below: Below, seen: Names
    ) -> bool:
        """Whether all that is wanted of a field's objects is there with it.

        Objects of a type that has steps go on by those.
        """
        shape = self.shapes.get(self.shapes.field_type(type_name, name).name)
        if shape is None or not shape.composite or shape.name in seen:
            return True
        seen |= {shape.name}
        return all(
            held.has(concrete, one) and self._is_whole(held, concrete, one, inner, seen)
            for concrete in sorted(self.shapes.concrete(shape.name))
            if concrete in held.fields and not self.filling.has_steps(concrete)
            for one, inner in self._inner(below, concrete)
        )

    def _inner(self, below: Below, concrete: str) -> Iterator[tuple[str, Below]]:
        match below:
            case None:
                yield from ((name, None) for name in self.shapes[concrete].fields)
            case SelectedField():
                for child in below.fields.get(concrete, ()):
                    yield child.name, child
            case _:
                yield from _names(below, concrete).items()


def _names(fields: Fields, type_name: str) -> Mapping[str, Fields]:
    """A set's names for objects of one type."""
    return {**fields, **fields.get(f"...{type_name}", {})} if fields else fields


def _finds(step: Step) -> str:
    return step.target.finds if isinstance(step.target, Holding) else ""


def needs_of(step: Step) -> Fields:
    """What a step sends of an object to ask for it."""
    return step.target.needs if isinstance(step.target, Holding) else {}


def sorted_by(
    children: Iterable[SelectedField], nearest: Nearest, here: Place
) -> list[SelectedField]:
    """Fields that one step alone can give first: the others may join it."""
    return sorted(children, key=lambda child: nearest.is_open(child.name, here))
