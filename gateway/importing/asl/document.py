"""What `$` is at a state: values that are not there yet, as expressions over steps.

In charge of JSONPath over them. Must never know a state.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from gateway.expression.hints import RESERVED
from gateway.record import Model

_STEP = re.compile(r"\.([A-Za-z_]\w*)|\['([^']*)'\]|\[\"([^\"]*)\"\]|\[(\d+)\]")


class Unsaid(Exception):  # noqa: N818 - never seen outside of this folder
    """The machine says something that no step can say."""


class WholeInput(Exception):  # noqa: N818 - never seen outside of this folder
    """The machine passes its whole input on, so that it has to be one argument."""


class Read(Model, frozen=True):
    """What an expression reads: a step's answer, an argument, a part of them."""

    cel: str


class Plain(Model, frozen=True):
    """A constant."""

    value: object


class Object(Model, frozen=True):
    """Keys with values of their own, over the keys of ``base`` where it has one."""

    keys: Mapping[str, Value]
    base: Value | None = None


class Items(Model, frozen=True):
    """A list of values."""

    items: tuple[Value, ...]


class Lost(Model, frozen=True):
    """What a state that is left out would have given."""

    state: str


@dataclass(slots=True)
class Input:
    """What the machine is started with: an argument for each key that is read.

    With ``whole`` it is one argument, `input`. ``arguments`` are names with types.
    """

    whole: bool = False
    arguments: dict[str, str] = field(default_factory=dict)

    def key(self, name: str) -> Read:
        """A key of it."""
        if self.whole:
            return Read(_dotted("input", name))
        self.arguments.setdefault(name, "")
        return Read(name)


Value: TypeAlias = Read | Plain | Object | Items | Lost | Input
Keys = tuple[str | int, ...]


def keys_of(path: str) -> Keys:
    """The keys of a reference path: ``$.a['b'][0]``.

    Raises:
        Unsaid: it is another path.
    """
    if not path.startswith("$") or path.startswith("$$"):
        raise Unsaid(path)
    at, keys = 1, list[str | int]()
    while at < len(path):
        match = _STEP.match(path, at)
        if match is None:
            raise Unsaid(path)
        name = next((g for g in match.groups()[:3] if g is not None), None)
        keys.append(int(match[4]) if name is None else name)
        at = match.end()
    return tuple(keys)


def at(value: Value, keys: Keys) -> Value:
    """The part of a value at a path.

    Raises:
        Unsaid: nothing is known to be there.
    """
    for number, key in enumerate(keys):
        match value:
            case Input() if isinstance(key, str):
                value = value.key(key)
            case Read(cel):
                value = Read(_dotted(cel, key))
            case Object(found, base):
                if key in found:
                    value = found[str(key)]
                elif base is not None:
                    return at(base, keys[number:])
                else:
                    raise Unsaid(f"{key!r}, which nothing gives")
            case Plain(dict() as given) if key in given:
                value = Plain(given[key])
            case Items(items) if isinstance(key, int) and key < len(items):
                value = items[key]
            case Lost(state):
                raise Unsaid(f"the answer of {state}, which is left out")
            case _:
                raise Unsaid(f"{key!r}, which nothing gives")
    return value


def put(value: Value, keys: Keys, new: Value) -> Value:
    """The value with another one at a path."""
    if not keys:
        return new
    first, *rest = keys
    below: Value = Object({})
    if rest:
        try:
            below = at(value, (first,))
        except Unsaid:
            below = Object({})
    made = {str(first): put(below, tuple(rest), new)}
    if isinstance(value, Object):
        return Object({**value.keys, **made}, value.base)
    return Object(made, value)


def written(value: Value) -> object:
    """The value as YAML has it: ``${ cel }``, maps of them, constants.

    Raises:
        Unsaid: it is not known.
        WholeInput: it is all of the input.
    """
    match value:
        case Read(cel):
            return f"${{ {cel} }}"
        case Plain(given):
            return _escaped(given)
        case Object(keys, None):
            return {key: written(each) for key, each in keys.items()}
        case Items(items):
            return [written(each) for each in items]
        case Input(True):
            return "${ input }"
        case Input():
            raise WholeInput
        case Lost(state):
            raise Unsaid(f"the answer of {state}, which is left out")
    raise Unsaid("one value over another")


def _escaped(given: object) -> object:
    """A constant in which nothing is an expression."""
    match given:
        case str():
            return given.replace("${", "$${")
        case dict():
            return {key: _escaped(each) for key, each in given.items()}
        case list():
            return [_escaped(each) for each in given]
    return given


def cel_of(value: Value) -> str:
    """The value as an expression.

    Raises:
        Unsaid: it is none.
    """
    match value:
        case Read(cel):
            return cel
        case Plain(given):
            return literal(given)
        case Items(items):
            return f"[{', '.join(cel_of(each) for each in items)}]"
        case Object(keys, None):
            pairs = (f"{literal(k)}: {cel_of(each)}" for k, each in keys.items())
            return f"{{{', '.join(pairs)}}}"
    written(value)
    raise Unsaid("one value over another")


def literal(value: object) -> str:
    """A constant of an expression."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case str():
            quoted = value.replace("\\", "\\\\").replace("'", "\\'")
            return f"'{quoted.replace(chr(10), chr(92) + 'n')}'"
        case int() | float():
            return str(value)
        case list():
            return f"[{', '.join(literal(each) for each in value)}]"
        case dict():
            pairs = (f"{literal(k)}: {literal(v)}" for k, v in value.items())
            return f"{{{', '.join(pairs)}}}"
    raise Unsaid("a constant of an odd kind")


def _dotted(cel: str, key: str | int) -> str:
    if isinstance(key, int):
        return f"{cel}[{key}]"
    plain = re.fullmatch(r"[A-Za-z_]\w*", key) and key not in RESERVED
    return f"{cel}.{key}" if plain else f"{cel}[{literal(key)}]"
