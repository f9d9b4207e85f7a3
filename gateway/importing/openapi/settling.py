"""All types together: those that came to nothing go, and inputs can be sent.

In charge of what no type tells by itself. Must never make a type.
"""

from __future__ import annotations

from collections.abc import Mapping

from gateway.importing.made import Told
from gateway.importing.names import BUILT_IN
from gateway.importing.sdl_text import InputMade, ObjectMade, TypeMade, UnionMade
from gateway.record import replace

JSON = "JSON"


def settle(made: dict[str, TypeMade], told: Told) -> None:
    """Take out types without fields or members; what refers to them is `JSON`."""
    while lost := [name for name, each in made.items() if _is_void(each, made)]:
        for name in lost:
            del made[name]
            told.change(f"type {name}", "has no fields: JSON in its place")
    for name, each in made.items():
        match each:
            case ObjectMade(_, fields):
                kept = tuple(replace(f, type=known(f.type, made)) for f in fields)
                made[name] = replace(each, fields=kept)
            case InputMade(_, given):
                sent = tuple(replace(f, type=known(f.type, made)) for f in given)
                made[name] = replace(each, fields=sent)
    for name, each in made.items():
        if isinstance(each, InputMade):
            made[name] = _sendable(each, made)


def known(type_: str, made: Mapping[str, TypeMade]) -> str:
    """The type; `JSON` in place of one that came to nothing."""
    name = type_.strip("[]!")
    return type_ if name in made or name in BUILT_IN else type_.replace(name, JSON)


def _is_void(each: TypeMade, made: Mapping[str, TypeMade]) -> bool:
    if isinstance(each, UnionMade):
        return not each.types or any(member not in made for member in each.types)
    return isinstance(each, ObjectMade) and not each.fields


def _sendable(each: InputMade, made: Mapping[str, TypeMade]) -> InputMade:
    """An input that needs itself could never be sent: there it may be left out."""
    fields = (
        replace(f, type=f.type[:-1]) if _needs(f.type, each.name, made) else f
        for f in each.fields
    )
    return replace(each, fields=tuple(fields))


def _needs(type_: str, name: str, made: Mapping[str, TypeMade]) -> bool:
    """Whether a value of the type has to hold one of the type that is named."""
    seen, waiting = set[str](), [type_]
    while waiting:
        each = waiting.pop()
        inner = made.get(each[:-1]) if each.endswith("!") else None
        if each == f"{name}!":
            return True
        if isinstance(inner, InputMade) and inner.name not in seen:
            seen.add(inner.name)
            waiting += [f.type for f in inner.fields]
    return False
