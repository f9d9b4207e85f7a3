"""The types with a key: of entity files, of SDL, of both; and whether a key keeps.

In charge of what only all files together tell: who gives a type's fields, whether an
interface's types share its keys. Must never make a key of what is said nowhere.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping

from gateway.errors import Problems
from gateway.profile.model import Audience, Entity, Key, TypeMarks
from gateway.profile.requiring import check_given
from gateway.profile.resolving import unresolved
from gateway.record import Model
from gateway.schema.sdl import Sdl
from gateway.schema.subgraph import SubgraphKey
from gateway.shape import FieldShape


def keyed_types(audience: Audience, sdl: Sdl) -> dict[str, Entity]:
    """Every type with a key; what no file is about has nothing but its SDL."""
    found = {name: one for name, one in audience.entities.items() if one.keys}
    for name, marks in sdl.marks.items():
        if marks.keys and name not in audience.entities and name not in audience.lost:
            span = marks.keys[0].span
            found[name] = Entity(name, {}, {}, "", span, keys=marks.keys, marks=marks)
    return found


def check_overrides(marks: TypeMarks, name: str, problems: Problems) -> None:
    """A field is taken over from another subgraph, never from this one."""
    for type_, own in marks.items():
        for field, (taken, span) in own.overrides.items():
            if name and taken == name:
                problems.add(
                    span,
                    f"@override of {type_}.{field} is from {taken!r}, which is this "
                    "subgraph",
                    hint="name the subgraph that gives the field today, or remove it",
                )


def check_keyless(marks: TypeMarks, known: Container[str], problems: Problems) -> None:
    """What a router asks by keys needs one; ``known`` have one, or a file in error."""
    for name, own in marks.items():
        if name in known:
            continue
        asked = [("@requires", one.span) for one in own.requires.values()]
        if own.interface_object is not None:
            asked.append(("@interfaceObject", own.interface_object))
        for word, span in asked:
            problems.add(
                span,
                f"{name} has {word} and no key, so no router can ask for it",
                hint=f"write @key(fields: \"...\") at {name}, or 'key' in its file",
            )


class Keyed(Model, frozen=True):
    """The keys of types, held against everything that is there."""

    audience: Audience
    sdl: Sdl
    problems: Problems

    def keys(
        self, entity: Entity, entities: Mapping[str, Entity]
    ) -> tuple[SubgraphKey, ...]:
        """The keys of a type, each with whether every field can be found by it."""
        check_given(entity, self.problems)
        if self.sdl.shapes[entity.type].abstract:
            return tuple(self._of_interface(entity, entities))
        return tuple(self._of_objects(entity))

    def _of_objects(self, entity: Entity) -> Iterator[SubgraphKey]:
        further: dict[str, FieldShape] = {}
        for profile in self.audience.profiles.values():
            if profile.returns == entity.type:
                further |= {shape.name: shape for shape in profile.adds}
        for key in entity.keys:
            if not key.resolvable:
                yield SubgraphKey(key, resolvable=False)
                continue
            lacking = unresolved(entity, key, self.sdl.shapes, further)
            if lacking:
                self.problems.warn(
                    key.span,
                    f"nothing gives {_listed(lacking)} to an object {entity.type} of "
                    f"which only '{key}' is known, so its @key is 'resolvable: false'",
                    hint="add a step under 'lookup' that provides them",
                )
            yield SubgraphKey(key, not lacking)

    def _of_interface(
        self, entity: Entity, entities: Mapping[str, Entity]
    ) -> Iterator[SubgraphKey]:
        """An interface's key is one of each of its types, and a step tells which."""
        types = sorted(self.sdl.shapes[entity.type].possible)
        for key in entity.keys:
            for name in types:
                own = entities.get(name)
                if name in self.audience.lost:
                    continue  # what is wrong with its file is told already
                if own is None or str(key) not in map(str, own.keys):
                    self._lacks(entity, name, key)
            if key.resolvable and not entity.lookups:
                self.problems.warn(
                    key.span,
                    f"nothing tells which type a {entity.type} has of which only "
                    f"'{key}' is known, so its @key is 'resolvable: false'",
                    hint="add a step under 'lookup', with 'type_by'",
                )
            yield SubgraphKey(key, key.resolvable and bool(entity.lookups))

    def _lacks(self, entity: Entity, name: str, key: Key) -> None:
        self.problems.add(
            key.span,
            f"{entity.type} has the key '{key}', and {name}, which is one, has not",
            hint=f"add it to the file 'entity: {name}'",
        )


def _listed(names: Iterable[str]) -> str:
    return ", ".join(repr(name) for name in names)
