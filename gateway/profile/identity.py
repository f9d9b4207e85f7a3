"""What identifies an object: an entity file's ``key``, held against the schema.

In charge of what a key may be made of, which is what federation allows: leaves of the
type, and of the objects it has. Must never know who gives a field.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from gateway.errors import Problems, did_you_mean
from gateway.profile.document import EntityDocument
from gateway.profile.model import UNMARKED, Key, KeyFields
from gateway.profile.scope import Written
from gateway.profile.world import World
from gateway.record import Model
from gateway.shape import FieldShape, Shapes, TypeKind, TypeShape
from gateway.values import SourceSpan

_WORD = re.compile(r"\s*([A-Za-z_][A-Za-z0-9_]*|[{}])")


def keys_of(
    document: EntityDocument, written: Written, world: World, problems: Problems
) -> tuple[Key, ...]:
    """The keys of an entity file, as far as they can be read, and those of the SDL."""
    nested = isinstance(_first(written), list)
    shape = world.shapes.get(document.entity)
    found = []
    for number, texts in enumerate(document.key):
        place = written.span(("key", number) if nested else ("key",))
        try:
            fields = read_fields(" ".join(texts))
        except ValueError as error:
            problems.add(place, str(error), hint='write [id], or ["branch { id }"]')
            continue
        if shape is not None and shape.kind in (TypeKind.OBJECT, TypeKind.INTERFACE):
            _Check(world.shapes, place, problems).fields(shape, fields)
        found.append(Key(fields, place))
    declared = world.marks.get(document.entity, UNMARKED).keys
    return several((*declared, *found))


def several(keys: Sequence[Key]) -> tuple[Key, ...]:
    """Each key once: what is said in two places is said first by the SDL."""
    found: dict[str, Key] = {}
    for key in keys:
        found.setdefault(str(key), key)
    return tuple(found.values())


def findable(keys: Sequence[Key]) -> tuple[Key, ...]:
    """The keys by which objects may be found here."""
    return tuple(key for key in keys if key.resolvable)


def _first(written: Written) -> object:
    listed = written.file.data.get("key")
    return listed[0] if isinstance(listed, list) and listed else None


def read_fields(text: str) -> KeyFields:
    """``branch { id } number`` as a tree of names.

    Raises:
        ValueError: it is no selection of fields, or names one twice.
    """
    words = _words(text)
    fields = _fields(words, text)
    if words:
        raise ValueError(f"{text!r} has a brace too many")
    return fields


def _words(text: str) -> list[str]:
    """The words of a key, the last first."""
    words, at = [], 0
    while text[at:].strip():
        found = _WORD.match(text, at)
        if found is None:
            raise ValueError(f"{text!r} is no list of fields")
        words.append(found[1])
        at = found.end()
    return words[::-1]


def _fields(words: list[str], text: str) -> KeyFields:
    fields: dict[str, KeyFields] = {}
    while words and words[-1] != "}":
        name = words.pop()
        if name == "{":
            raise ValueError(f"{text!r} has a brace that follows no field")
        if name in fields:
            raise ValueError(f"{text!r} names {name!r} twice")
        fields[name] = {}
        if words and words[-1] == "{":
            words.pop()
            fields[name] = _fields(words, text)
            if not words:
                raise ValueError(f"{text!r} lacks a closing brace")
            words.pop()
    if not fields:
        raise ValueError(f"{text!r} names no field")
    return fields


class _Check(Model, frozen=True):
    """One key against the types; every problem is told at the key."""

    shapes: Shapes
    place: SourceSpan
    problems: Problems

    def fields(self, type_: TypeShape, fields: KeyFields) -> None:
        for name, below in fields.items():
            shape = type_.fields.get(name)
            if shape is None:
                hint = did_you_mean(name, type_.fields) or f"add it to {type_.name}"
                self._problem(f"{type_.name} has no field {name!r}", hint)
            else:
                self._field(f"{type_.name}.{name}", shape, below)

    def _field(self, name: str, shape: FieldShape, below: KeyFields) -> None:
        type_ = self.shapes.get(shape.type.name)
        if shape.arguments:
            self._problem(f"{name} has arguments", "a key has none")
        elif shape.type.is_list or (type_ and type_.abstract):
            why = f"{name} is a {shape.type}, and keys are leaves of single objects"
            self._problem(why, "name other fields")
        elif type_ and type_.kind is TypeKind.OBJECT and not below:
            first = next(iter(type_.fields))
            own = name.partition(".")[2]
            self._problem(f"{name} is an object", f'write "{own} {{ {first} }}"')
        elif below and (type_ is None or type_.kind is not TypeKind.OBJECT):
            self._problem(f"{name} is a {shape.type}, it has no fields", "name it only")
        elif type_ and below:
            self.fields(type_, below)

    def _problem(self, message: str, hint: str) -> None:
        self.problems.add(self.place, message, hint=hint)


def leaves(keys: Sequence[Key]) -> dict[str, bool]:
    """The top leaves of some keys: whether every one of them has it."""
    names = dict.fromkeys(
        n for key in keys for n, below in key.fields.items() if not below
    )
    return {name: all(name in key.fields for key in keys) for name in names}
