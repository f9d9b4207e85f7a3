"""What each step is expected to give: types from the schema, keys from expressions.

In charge of reading profiles for it. Pure. Must never make a value.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from gateway.profile.model import (
    Audience,
    Composite,
    Computed,
    Concatenation,
    Entity,
    FirstAnswer,
    FromStep,
    OneStep,
    Profile,
    Step,
)
from gateway.shape import Shapes, TypeRef

_TEXT, _NUMBER = TypeRef("String"), TypeRef("Float")


@dataclass(slots=True)
class Wanted:
    """What a step's value is: of one type, or an object with these keys.

    ``read`` are paths below it that expressions read, each with a type.
    """

    whole: TypeRef | None = None
    keys: dict[str, TypeRef] = field(default_factory=dict)
    read: dict[tuple[str, ...], TypeRef] = field(default_factory=dict)


Extras = dict[str, dict[str, TypeRef]]


def wanted_of_profile(profile: Profile, shapes: Shapes) -> Mapping[str, Wanted]:
    """What the steps of an operation give, by name."""
    found = {name: Wanted() for name in profile.steps}
    match profile.root:
        case OneStep(step):
            found[step].whole = profile.field.type
        case FirstAnswer(steps) | Concatenation(steps):
            for step in steps:
                found[step].whole = profile.field.type
        case Composite(fields):
            for name, given in fields.items():
                type_ = shapes.field_type(profile.returns, name)
                if isinstance(given, FromStep):
                    _give(found[given.step], given.key, type_)
                else:
                    _computed(found, given, type_)
        case _:
            pass
    for read in (r for s in profile.steps.values() for r in _reads(s)):
        if read[0] in found and len(read) > 1:
            found[read[0]].read.setdefault(read[1:], _TEXT)
    _fallbacks(profile.steps, found)
    return found


def wanted_of_entity(step: Step, shapes: Shapes) -> Wanted:
    """What a step gives for one object."""
    wanted = Wanted()
    for name, key in step.fields.items():
        _give(wanted, key, shapes.field_type(step.fills or "", name))
    return wanted


def extras_of(audience: Audience, shapes: Shapes) -> Extras:
    """Keys of objects that no field names, and that steps or fields of them read."""
    found: Extras = {}
    for entity in _entities(audience):
        own = found.setdefault(entity.type, {})
        for name, given in entity.computed.items():
            type_ = shapes.field_type(entity.type, name)
            for reference in given.expression.references:
                if reference.root == "self" and reference.path:
                    plain = given.expression.text == f"self.{reference.path[0]}"
                    own.setdefault(reference.path[0], type_ if plain else _NUMBER)
        for step in (*entity.steps.values(), *entity.lookups.values()):
            for read in _reads(step):
                if read[0] == "self" and len(read) > 1:
                    own.setdefault(read[1], _TEXT)
    return found


def _entities(audience: Audience) -> Iterator[Entity]:
    yield from audience.entities.values()
    for profile in audience.profiles.values():
        yield from profile.entities.values()


def _give(wanted: Wanted, key: str | None, type_: TypeRef) -> None:
    if key is None:
        wanted.whole = type_
    else:
        wanted.keys[key] = type_


def _computed(found: Mapping[str, Wanted], given: Computed, type_: TypeRef) -> None:
    """A field that reads one key has its type; what others read may be a number."""
    for reference in given.expression.references:
        wanted = found.get(reference.root)
        if wanted is not None and reference.path:
            plain = given.expression.text == ".".join((reference.root, *reference.path))
            wanted.read[reference.path] = type_ if plain else _NUMBER
        elif wanted is not None and given.expression.text == reference.root:
            wanted.whole = wanted.whole or type_


def _reads(step: Step) -> Iterator[tuple[str, ...]]:
    """Every path that a step's call and its condition read."""
    values: list[object] = []
    values += [given.value for given in step.inputs.values()]
    values += [step.when.whole] if step.when else []
    values += [step.batch.key] if step.batch else []
    for value in values:
        for reference in getattr(value, "references", ()):
            yield (reference.root, *reference.path)


def _fallbacks(steps: Mapping[str, Step], found: Mapping[str, Wanted]) -> None:
    """A step that another falls back to gives what that one gives."""
    for step in steps.values():
        for name in step.fallback:
            if isinstance(name, str) and name in found:
                found[name].whole = found[name].whole or found[step.name].whole
                found[name].keys = found[step.name].keys | found[name].keys
