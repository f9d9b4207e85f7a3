"""GraphQL types as made by an importer, and their SDL as people write it.

In charge of layout and of escaping descriptions. Must never invent a type.
"""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable, Iterator
from typing import TypeAlias

from gateway.record import Model

_WIDE = 100


class ArgumentMade(Model, frozen=True):
    """An argument, or a field of an input type. ``default`` is written in SDL."""

    name: str
    type: str
    description: str = ""
    default: str = ""
    deprecated: bool = False


class FieldMade(Model, frozen=True):
    """A field of an object type. ``note`` is a comment above it."""

    name: str
    type: str
    description: str = ""
    arguments: tuple[ArgumentMade, ...] = ()
    deprecated: bool = False
    note: str = ""


class ObjectMade(Model, frozen=True):
    """An object type."""

    name: str
    fields: tuple[FieldMade, ...]
    description: str = ""


class InputMade(Model, frozen=True):
    """An input type."""

    name: str
    fields: tuple[ArgumentMade, ...]
    description: str = ""


class EnumMade(Model, frozen=True):
    """An enum type."""

    name: str
    values: tuple[str, ...]
    description: str = ""


class UnionMade(Model, frozen=True):
    """A union of object types."""

    name: str
    types: tuple[str, ...]
    description: str = ""


TypeMade: TypeAlias = ObjectMade | InputMade | EnumMade | UnionMade


def sdl(parts: Iterable[str]) -> str:
    """One file."""
    return "\n\n".join(parts) + "\n"


def extended(root: str, fields: Iterable[FieldMade]) -> str:
    """Fields of a root: ``extend type Query { ... }``."""
    lines = [line for field in fields for line in _field(field)]
    return "\n".join((f"extend type {root} {{", *lines, "}"))


def printed(made: TypeMade) -> str:
    """One type."""
    return "\n".join((*_described(made.description, ""), *_type(made)))


def _type(made: TypeMade) -> Iterator[str]:
    match made:
        case ObjectMade(name, fields):
            yield f"type {name} {{"
            for field in fields:
                yield from _field(field)
            yield "}"
        case InputMade(name, given):
            yield f"input {name} {{"
            for each in given:
                yield from _described(each.description, "  ")
                yield f"  {_argument(each)}"
            yield "}"
        case EnumMade(name, values):
            yield f"enum {name} {{"
            yield from (f"  {value}" for value in values)
            yield "}"
        case UnionMade(name, types):
            line = f"union {name} = {' | '.join(types)}"
            if len(line) <= _WIDE:
                yield line
                return
            yield f"union {name} ="
            yield from (f"  | {each}" for each in types)


def _field(made: FieldMade) -> Iterator[str]:
    yield from _described(made.description, "  ")
    if made.note:
        yield f"  # {made.note}"
    end = f": {made.type}{' @deprecated' if made.deprecated else ''}"
    flat = ", ".join(_argument(each) for each in made.arguments)
    line = f"  {made.name}({flat}){end}"
    if not made.arguments:
        yield f"  {made.name}{end}"
    elif len(line) <= _WIDE and not any(each.description for each in made.arguments):
        yield line
    else:
        yield f"  {made.name}("
        for each in made.arguments:
            yield from _described(each.description, "    ")
            yield f"    {_argument(each)}"
        yield f"  ){end}"


def _argument(made: ArgumentMade) -> str:
    default = f" = {made.default}" if made.default else ""
    required = made.type.endswith("!") and not made.default
    # GraphQL lets nobody deprecate what must be given.
    marked = " @deprecated" if made.deprecated and not required else ""
    return f"{made.name}: {made.type}{default}{marked}"


def _described(text: str, indent: str) -> Iterator[str]:
    """A description: one line in quotes, else a block."""
    text = _printable(text).strip()
    if not text:
        return
    if "\n" not in text and len(text) + len(indent) <= _WIDE:
        yield f"{indent}{json.dumps(text, ensure_ascii=False)}"
        return
    lines = [each for line in text.splitlines() for each in _wrapped(line, indent)]
    yield f'{indent}"""'
    yield from (f"{indent}{line}".rstrip() for line in lines)
    yield f'{indent}"""'


def _wrapped(line: str, indent: str) -> Iterable[str]:
    safe = line.rstrip().replace('"""', '\\"""')
    if len(safe) + len(indent) <= _WIDE:
        return (safe,)
    width = _WIDE - len(indent)
    return textwrap.wrap(safe, width, break_long_words=False, break_on_hyphens=False)


def _printable(text: str) -> str:
    return "".join(c for c in text if c in "\n\t" or c.isprintable())
