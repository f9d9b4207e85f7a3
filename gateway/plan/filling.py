"""Who fills a field of an object, at the place where it stands.

In charge of precedence: what runs only for objects that a caller named, then the
operation's own, then the entity file's. Must never plan anything.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from gateway.plan.places import Place
from gateway.profile.model import (
    Audience,
    ByKey,
    Composite,
    Computed,
    Entity,
    Profile,
    Step,
)
from gateway.record import Model


class Filling(Model, frozen=True):
    """The steps and computed fields of objects, as one operation meets them."""

    profile: Profile
    audience: Audience

    def steps(self, name: str, here: Place) -> tuple[Step, ...]:
        """The steps that can fill a field; several where the nearest is to be taken."""
        found = (entity.steps_filling(name) for entity in self._at(here))
        return next((steps for steps in found if steps), ())

    def is_nearest(self, type_name: str) -> bool:
        """Whether a type's fields are read where the object stands, if they can be."""
        entity = self.audience.entities.get(type_name)
        return entity is not None and entity.nearest

    def identity(self, here: Place) -> Collection[str]:
        """What an object has whose source says nothing of its fields: its key.

        Where several steps may be near, that is the first key of its entity file.
        """
        entity, root = self.audience.entities.get(here.type), self.profile.root
        if entity is None or not entity.nearest or not entity.keys:
            return ()
        bare = isinstance(root, ByKey | Composite) and _is_named(here)
        return () if bare else entity.keys[0].fields.keys()

    def has_steps(self, type_name: str) -> bool:
        """Whether objects of a type go on by steps, wherever they stand."""
        entities = (self.audience.entities, self.profile.entities)
        return any(each[type_name].steps for each in entities if type_name in each)

    def named(self, name: str, here: Place) -> Step | None:
        """The step of a name that runs for the objects at a place."""
        return next((e.steps[name] for e in self._at(here) if name in e.steps), None)

    def computed(self, name: str, here: Place) -> Computed | None:
        """The expression that a field's value is."""
        found = (entity.computed.get(name) for entity in self._at(here))
        return next((computed for computed in found if computed), None)

    def given(self, here: Place) -> Mapping[str, bool | None]:
        """The fields that a caller gave with an object: whether he had to.

        None for an object of a key, which may lack what the key does not name.
        """
        root = self.profile.root
        if isinstance(root, ByKey) and _is_named(here):
            return root.given.get(here.type, {})
        return {}

    def is_shared(self, step: Step, here: Place) -> bool:
        """Whether the step is an entity file's, which knows no operation's steps."""
        entity = self.audience.entities.get(here.type)
        return entity is not None and entity.steps.get(step.name) is step

    def is_lost(self, name: str, here: Place) -> bool:
        """Whether a field's entity file cannot serve: null would be a guess."""
        return name in self.audience.lost.get(here.type, ())

    def _at(self, here: Place) -> Iterator[Entity]:
        root = self.profile.root
        lookups = root.lookups if isinstance(root, ByKey) and _is_named(here) else {}
        for entities in (lookups, self.profile.entities, self.audience.entities):
            if here.type in entities:
                yield entities[here.type]


def _is_named(here: Place) -> bool:
    """Whether an object stands right below the root, where callers name objects."""
    return len(here.route) == 1
