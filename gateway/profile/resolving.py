"""Which fields of an object can be found from its key alone.

In charge of the promise that a subgraph's ``@key`` makes: whoever names an object by it
gets every field the type has. What only an operation's own answer gives cannot be had
that way. Decided from what steps read; must never be more hopeful than the planner.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gateway.profile.identity import findable, leaves
from gateway.profile.model import Computed, Entity, Key, KeyFields, Step
from gateway.record import Struct, field, replace
from gateway.shape import FieldShape, Shapes


def unresolved(
    entity: Entity, key: Key, shapes: Shapes, further: Mapping[str, FieldShape]
) -> tuple[str, ...]:
    """The fields that nothing gives to an object of which only the key is known.

    ``further`` are fields that profiles add to the type.
    """
    fields = {**shapes[entity.type].fields, **further}
    found = _Found(entity, key)
    found.search()
    lacking: list[str] = []
    for name, shape in fields.items():
        if name in entity.marks.external:
            continue  # another subgraph's promise
        below = key.fields.get(name)
        if name not in found.fields:
            lacking.append(name)
        elif below and name not in found.filled:
            inner = shapes[shape.type.name].fields
            lacking += (f"{name}.{n}" for n in _beyond(inner, below, shapes))
    return tuple(lacking)


def _beyond(
    fields: Mapping[str, FieldShape], known: KeyFields, shapes: Shapes
) -> Iterator[str]:
    """The fields of an object that a key names, which the key does not have."""
    for name, shape in fields.items():
        below = known.get(name)
        if below is None:
            yield name
        elif below:
            inner = shapes[shape.type.name].fields
            yield from (f"{name}.{n}" for n in _beyond(inner, below, shapes))


class _Found(Struct):
    """What is known of an object, more with every step that can run for it."""

    entity: Entity
    key: Key
    fields: set[str] = field(default_factory=set)
    steps: set[str] = field(default_factory=set)
    filled: dict[str, Step] = field(default_factory=dict)
    leaves: Mapping[str, bool] = field(default_factory=dict)

    def search(self) -> None:
        """Add what can be given until nothing more can be."""
        entity, self.leaves = self.entity, leaves(findable(self.entity.keys))
        steps = {**entity.steps, **entity.lookups}
        self.filled = {name: s for s in steps.values() for name in s.fields}
        leaf = (name for name, below in self.key.fields.items() if not below)
        objects = (n for n, b in self.key.fields.items() if b and n not in self.filled)
        self.fields |= {*leaf, *objects, *entity.marks.external}
        before = -1
        while before != len(self.fields) + len(self.steps):
            before = len(self.fields) + len(self.steps)
            for step in steps.values():
                if step.name not in self.steps and self._can_run(step):
                    self.steps.add(step.name)
                    given = (n for n in step.fields if self.filled[n] is step)
                    self.fields.update(given)
            for name, computed in entity.computed.items():
                if name not in {*self.filled, *self.leaves} and self._can_know(
                    computed, name
                ):
                    self.fields.add(name)

    def _can_run(self, step: Step) -> bool:
        reads = step.reads
        if not self.steps.issuperset({*reads.steps, *step.after}):
            return False
        raw = {*step.fields, *named_reads(step, self.entity)}
        return all(
            name in (self.key.fields if name in raw else self.fields)
            for name in reads.own
        )

    def _can_know(self, computed: Computed, name: str) -> bool:
        own = computed.reads.own
        return all(n in (self.key.fields if n == name else self.fields) for n in own)


def named_reads(step: Step, entity: Entity) -> frozenset[str]:
    """The fields that a step reads as the caller named them, whoever gives them.

    All keys, where it gives nothing but keys; else those that every key has.
    """
    found = findable(entity.keys)
    keys = leaves(found)
    if step.fields.keys() <= keys.keys():
        return step.reads.own & {name for key in found for name in key.fields}
    return frozenset(name for name in step.reads.own if keys.get(name))


def without_named(entity: Entity) -> Entity:
    """The type as an object that was named by a key is served: lookups are steps.

    For checks of what waits for what: nothing is waited for that the caller gave.
    """
    steps = {
        name: replace(
            step,
            reads=replace(step.reads, own=step.reads.own - named_reads(step, entity)),
        )
        for name, step in {**entity.steps, **entity.lookups}.items()
    }
    return replace(entity, steps=steps, lookups={})
