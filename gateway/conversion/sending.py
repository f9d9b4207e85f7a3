"""Arguments as they are sent to a source: in its own spelling, at any depth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.conversion.base import Conversions
from gateway.shape import Shapes


@dataclass(frozen=True, slots=True)
class Sending:
    """Which values of a scope a source spells in another way.

    ``arguments`` and ``own`` have the types of the operation's arguments and of those
    of the step's field, of both only the ones to be converted. ``inputs`` has the
    fields of input types, likewise.
    """

    conversions: Conversions
    arguments: Mapping[str, str]
    own: Mapping[str, str]
    inputs: Mapping[str, Mapping[str, str]]

    def spelled(self, scope: Mapping[str, object]) -> dict[str, object]:
        """The scope with arguments in the source's spelling."""
        spelled = dict(scope)
        for name, type_ in self.arguments.items():
            if name in scope:
                spelled[name] = self._value(scope[name], type_)
        given = scope.get("args")
        if self.own and isinstance(given, Mapping):
            spelled["args"] = self._fields(given, self.own)
        return spelled

    def _value(self, value: object, type_: str) -> object:
        if isinstance(value, list | tuple):
            return [self._value(item, type_) for item in value]
        conversion = self.conversions.get(type_)
        if conversion is not None:
            return conversion.write(value)
        if isinstance(value, Mapping):
            return self._fields(value, self.inputs.get(type_, {}))
        return value

    def _fields(
        self, value: Mapping[str, object], types: Mapping[str, str]
    ) -> dict[str, object]:
        return {
            name: self._value(item, types[name]) if name in types else item
            for name, item in value.items()
        }


def sending_of(
    conversions: Conversions,
    arguments: Mapping[str, str],
    own: Mapping[str, str],
    shapes: Shapes,
) -> Sending | None:
    """How arguments of these types go to a source; None where they go as they are."""
    inputs: dict[str, dict[str, str]] = {}
    taken = (shapes.get(name) for name in {*arguments.values(), *own.values()})
    if conversions and any(shape and shape.inputs for shape in taken):
        inputs = _holding(conversions, shapes)
    spelled = conversions.keys() | inputs.keys()
    theirs = {name: type_ for name, type_ in arguments.items() if type_ in spelled}
    ours = {name: type_ for name, type_ in own.items() if type_ in spelled}
    if not theirs and not ours:
        return None
    return Sending(conversions, theirs, ours, inputs)


def _holding(conversions: Conversions, shapes: Shapes) -> dict[str, dict[str, str]]:
    """The input types that hold something to convert, however deep."""
    holding: dict[str, dict[str, str]] = {}
    known: set[str] = set()
    taken = [shape for shape in shapes.types.values() if shape.inputs]
    while known != (known := conversions.keys() | holding.keys()):
        for shape in taken:
            found = {n: t.name for n, t in shape.inputs.items() if t.name in known}
            if found:
                holding[shape.name] = found
    return holding
