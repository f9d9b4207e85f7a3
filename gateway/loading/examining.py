"""A configuration as it was checked, for those who judge or compare it.

In charge of the things in it that rules are held against, each with the place where its
keys are written. Must never serve anything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial

from graphql import GraphQLSchema

from gateway.deployment import Deployment
from gateway.errors import Problem, Problems
from gateway.persisted.manifest import Entry
from gateway.profile.model import (
    UNPROTECTED,
    Audience,
    Entity,
    Family,
    Profile,
    Protection,
    Step,
)
from gateway.profile.resolve import whole_of
from gateway.profile.source import Document, read
from gateway.profile.world import World
from gateway.record import Model, Struct, field
from gateway.rules import facts
from gateway.rules.model import Over, Subject
from gateway.saved.model import SavedOperation
from gateway.schema.described import Described, described_fields
from gateway.values import SourceSpan

Texts = Mapping[str, str | None]


class Examined(Model, frozen=True):
    """What there is, as far as the problems left it. ``texts`` are its profiles.

    ``families`` are the operations that several profiles serve, ``saved`` the texts of
    saved operations by name, ``listed`` the documents of manifests.
    """

    problems: tuple[Problem, ...]
    deployment: Deployment
    world: World | None = None
    audience: Audience | None = None
    schema: GraphQLSchema | None = None
    texts: Texts = field(default_factory=dict)
    families: tuple[Family, ...] = ()
    protection: Protection = UNPROTECTED
    saved: Mapping[str, SavedOperation] = field(default_factory=dict)
    listed: tuple[Entry, ...] = ()


def subjects(of: Examined) -> Iterator[Subject]:
    """Everything that rules are held against."""
    if of.audience is None or of.world is None:
        return
    finder = _Finder(of)
    whole = whole_of(of.audience, of.families)
    for profile in whole.profiles.values():
        yield from finder.of_profile(profile)
    for entity in of.audience.entities.values():
        yield from finder.of_entity(entity)
    if of.schema is not None:
        yield from (finder.of_field(found) for found in described_fields(of.schema))
    for name in of.deployment.sources:
        yield finder.of_source(name)


class _Finder(Struct):
    """Finds each thing's facts, and the places of its keys. Files are read once."""

    of: Examined
    read: dict[str, Document | None] = field(default_factory=dict)

    @property
    def around(self) -> Mapping[str, object]:
        deployment = self.of.deployment
        return {
            "deployment": {
                "policies": sorted(deployment.policies),
                "audit": deployment.audit is not None,
                "workers": deployment.server.workers,
            }
        }

    def of_profile(self, profile: Profile) -> Iterator[Subject]:
        """The profile, then its steps, those of its objects too."""
        known = facts.of_profile(profile)
        name, scope = profile.operation, {"profile": known, **self.around}
        place = partial(self._key, profile.span.file, ())
        yield Subject(Over.PROFILE, name, scope, place)
        steps = [*profile.steps.values()]
        for entity in profile.entities.values():
            steps += entity.steps.values()
        yield from (self._step(f"{name}.{one.name}", one, scope) for one in steps)

    def of_entity(self, entity: Entity) -> Iterator[Subject]:
        """The same of an entity file."""
        scope = {"profile": facts.of_entity(entity), **self.around}
        place = partial(self._key, entity.span.file, ())
        yield Subject(Over.PROFILE, entity.type, scope, place)
        for one in entity.steps.values():
            yield self._step(f"{entity.type}.{one.name}", one, scope)

    def of_source(self, name: str) -> Subject:
        world = self.of.world
        found = world.sources.get(name) if world else None
        scope = {"source": facts.of_source(name, found), **self.around}
        deployment = self.of.deployment
        file = str(deployment.files[0]) if deployment.files else "headwater.yaml"
        known = deployment.places.get(("sources", name, "url"), SourceSpan(file))
        return Subject(Over.SOURCE, name, scope, _at(known))

    def of_field(self, found: Described) -> Subject:
        scope = {"field": found.facts, **self.around}
        return Subject(Over.FIELD, found.name, scope, _at(found.span))

    def _step(self, name: str, step: Step, scope: Mapping[str, object]) -> Subject:
        world = self.of.world
        source = world.sources.get(step.source or "") if world else None
        known = {
            "step": facts.of_step(step),
            "source": facts.of_source(step.source or "", source),
        }
        place = partial(self._key_of_step, step)
        return Subject(Over.STEP, name, {**scope, **known}, place)

    def _key_of_step(self, step: Step, key: str) -> SourceSpan:
        document = self._document(step.span.file)
        written = document.data.get("steps") if document else None
        for number, one in enumerate(written if isinstance(written, list) else ()):
            if isinstance(one, Mapping) and one.get("name") == step.name:
                return self._key(step.span.file, ("steps", number), key)
        return step.span

    def _key(self, file: str, trail: tuple[str | int, ...], key: str) -> SourceSpan:
        """Where a key is written; where it is not, the place of what lacks it."""
        document = self._document(file)
        if document is None:
            return SourceSpan(file)
        return document.span((*trail, key), key=True)

    def _document(self, file: str) -> Document | None:
        if file not in self.read:
            text = self.of.texts.get(file)
            self.read[file] = None if text is None else read(text, file, Problems())
        return self.read[file]


def _at(place: SourceSpan) -> Callable[[str], SourceSpan]:
    """Where a field stands, whichever of its keys is meant."""

    def at(_key: str) -> SourceSpan:
        return place

    return at
