"""The chains to steps that run for each object of a type. Load time only.

In charge of where objects come from: an entity step hangs on whatever gives the
objects it runs for. Must never follow a type round to itself: how often a client does
that is the client's matter, so each type counts once.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from gateway.plan.chain import START, Chain, longest
from gateway.plan.graph import in_order
from gateway.plan.longest import Roots
from gateway.profile.model import Composite, Entity, Profile, Step
from gateway.record import Struct, field
from gateway.shape import Shapes, TypeShape


class Place(NamedTuple):
    """Objects of a type: the operation's own value, or any below it."""

    type: str
    top: bool = False


class Below(Struct):
    """One operation at work. ``entities`` are the entity files', by type."""

    profile: Profile
    entities: Mapping[str, Entity]
    shapes: Shapes
    roots: Roots
    _begun: dict[Place, Chain] = field(default_factory=dict)
    _fields_done: dict[tuple[Place, str], Chain] = field(default_factory=dict)
    _steps_done: dict[tuple[Place, str], Chain] = field(default_factory=dict)
    _held: dict[Place, tuple[tuple[str, Place], ...]] = field(default_factory=dict)

    def ends(self) -> Iterator[Chain]:
        """The chain to every step that runs for objects."""
        if not any(e.steps for e in self._all_entities()):
            return  # as in most projects; the walk below sees every type of the schema
        tops = [Place(name, top=True) for name in self._concrete(self.profile.returns)]
        before: dict[Place, list[Place]] = {top: [] for top in tops}
        ahead = deque(tops)
        while ahead:
            place = ahead.popleft()
            for _, below in self._fields(place):
                if below not in before:
                    ahead.append(below)
                before.setdefault(below, []).append(place)
        order = {place: number for number, place in enumerate(in_order(before))}
        self._begun = dict.fromkeys(tops, self.roots.value())
        for place, number in order.items():
            for name, below in self._fields(place):
                if order[below] > number:
                    found = (self._begun.get(below, START), self._given(place, name))
                    self._begun[below] = longest(found)
            for step in self._steps(place.type):
                yield self._settled(place, step)

    # -- types -------------------------------------------------------------------

    def _shape(self, name: str) -> TypeShape | None:
        declared = (shape for shape in self.profile.declares if shape.name == name)
        return self.shapes.get(name) or next(declared, None)

    def _concrete(self, name: str) -> tuple[str, ...]:
        shape = self._shape(name)
        if shape is None or not shape.composite:
            return ()
        return tuple(sorted(shape.possible)) if shape.abstract else (name,)

    def _fields(self, place: Place) -> tuple[tuple[str, Place], ...]:
        """The fields that hold objects, with those objects."""
        if place not in self._held:
            self._held[place] = tuple(self._holding(place))
        return self._held[place]

    def _holding(self, place: Place) -> Iterator[tuple[str, Place]]:
        shape = self._shape(place.type)
        fields = dict(shape.fields) if shape else {}
        if place.type == self.profile.returns:
            fields |= {added.name: added for added in self.profile.adds}
        for name, found in fields.items():
            for concrete in self._concrete(found.type.name):
                yield name, Place(concrete)

    # -- who gives what ----------------------------------------------------------

    def _all_entities(self) -> Iterator[Entity]:
        yield from self.profile.entities.values()
        yield from self.entities.values()

    def _steps(self, type_name: str) -> Iterator[Step]:
        """The type's steps; of two that fill a field the profile's own counts."""
        own = _steps_of(self.profile.entities, type_name)
        shared = _steps_of(self.entities, type_name)
        filled = {name for step in own for name in step.fields}
        yield from own
        yield from (step for step in shared if not filled.issuperset(step.fields))

    def _given(self, place: Place, name: str) -> Chain:
        """Until a field of an object is there."""
        if (place, name) not in self._fields_done:
            self._fields_done[place, name] = START  # where it needs itself
            self._fields_done[place, name] = self._found(place, name)
        return self._fields_done[place, name]

    def _found(self, place: Place, name: str) -> Chain:
        root = self.profile.root
        if place.top and isinstance(root, Composite) and name in root.fields:
            return self.roots.given(root.fields[name])
        for step in self._steps(place.type):
            if name in step.fields:
                return self._settled(place, step)
        for entities in (self.profile.entities, self.entities):
            found = entities.get(place.type)
            if found and name in found.computed:
                return self._ready(place, found.computed[name].reads.own)
        return self._begun.get(place, START)

    def _settled(self, place: Place, step: Step) -> Chain:
        """Until a step has answered for the objects; only values stand in for it."""
        if (place, step.name) not in self._steps_done:
            self._steps_done[place, step.name] = START  # where it needs itself
            fields = step.reads.own - step.fields.keys()
            before = self._ready(place, fields, (*step.reads.steps, *step.after))
            done = before.then(self.roots.count(step, None))
            self._steps_done[place, step.name] = done
        return self._steps_done[place, step.name]

    def _ready(
        self, place: Place, fields: Iterable[str], names: Iterable[str] = ()
    ) -> Chain:
        """Until there are objects, with those of their fields, and those steps."""
        siblings = {step.name: step for step in self._steps(place.type)}
        chains = [self._given(place, field) for field in sorted(fields)]
        for name in sorted(names):
            if name in siblings:
                chains.append(self._settled(place, siblings[name]))
            elif name in self.profile.steps:
                chains.append(self.roots.settled(name))
        return longest((self._begun.get(place, START), *chains))


def _steps_of(entities: Mapping[str, Entity], type_name: str) -> tuple[Step, ...]:
    found = entities.get(type_name)
    return tuple(found.steps.values()) if found else ()
