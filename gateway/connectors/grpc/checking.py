"""A step's `message` held to its descriptor, when a profile is loaded.

In charge of what can be known before any request: names, and constants. What a
template gives is judged when it is sent. Must never do I/O.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from google.protobuf import json_format, message_factory

from gateway.connectors.base import Section
from gateway.connectors.grpc.reading import is_map
from gateway.errors import did_you_mean
from gateway.record import Model

_OWN_FORM = "google.protobuf."
"""Messages that JSON spells in a way of their own: times, wrappers, free values."""
Trail = tuple[str | int, ...]


class MessageCheck(Model, frozen=True):
    """Reports what of a message no call can send."""

    section: Section
    pool: Any

    def check(self, descriptor: Any, value: object, trail: Trail) -> None:
        """A message of this kind, as written at a place."""
        if _is_template(value):
            return
        if descriptor.full_name.startswith(_OWN_FORM):
            return
        if not isinstance(value, Mapping):
            self.section.problem(
                trail,
                f"{descriptor.full_name} is a message, and this is none",
                hint="write a map of its fields",
            )
            return
        seen: dict[str, str] = {}
        for key, item in value.items():
            field = field_of(descriptor, str(key))
            if field is None:
                self._unknown(descriptor, str(key), trail)
                continue
            if item is not None and not (field.containing_oneof and _is_template(item)):
                self._once(field, str(key), seen, trail)  # a template may give null
            self._field(field, item, (*trail, key))

    def _unknown(self, descriptor: Any, key: str, trail: Trail) -> None:
        names = [field.json_name for field in descriptor.fields]
        hint = did_you_mean(key, names) or (
            f"its fields are {', '.join(names)}" if names else "it has no fields"
        )
        message = f"{descriptor.full_name} has no field {key!r}"
        self.section.problem((*trail, key), message, hint=hint)

    def _once(self, field: Any, key: str, seen: dict[str, str], trail: Trail) -> None:
        """A field stands once, under one of its names; of a oneof one field does."""
        oneof = field.containing_oneof
        place = field.name if oneof is None else f"oneof {oneof.name}"
        other = seen.setdefault(place, key)
        if other == key:
            return
        message = f"{other!r} and {key!r} are the same field"
        if oneof is not None:
            message = f"only one of {other!r} and {key!r} can be set"
        self.section.problem((*trail, key), message, hint="remove one of them")

    def _field(self, field: Any, value: object, trail: Trail) -> None:
        if value is None or _is_template(value):
            return
        if is_map(field):
            self._map(field, value, trail)
        elif field.is_repeated:
            self._list(field, value, trail)
        elif field.message_type is not None:
            self._message(field, value, trail)
        else:
            self._leaf(field, value, trail)

    def _message(self, field: Any, value: object, trail: Trail) -> None:
        if not field.message_type.full_name.startswith(_OWN_FORM):
            self.check(field.message_type, value, trail)
        elif not _holds_template(value):
            self._leaf(field, value, trail)

    def _map(self, field: Any, value: object, trail: Trail) -> None:
        inner = field.message_type.fields_by_name["value"]
        if not isinstance(value, Mapping):
            self.section.problem(trail, f"'{field.json_name}' is a map, this is none")
            return
        for key, item in value.items():
            if inner.message_type is not None:
                self._message(inner, item, (*trail, key))

    def _list(self, field: Any, value: object, trail: Trail) -> None:
        if not isinstance(value, Sequence) or isinstance(value, str):
            message = f"'{field.json_name}' is a list, and this is none"
            self.section.problem(trail, message, hint="write [ ... ]")
            return
        for number, item in enumerate(value):
            if _is_template(item):
                continue
            if field.message_type is not None:
                self._message(field, item, (*trail, number))
            else:
                self._leaf(field, [item], (*trail, number))

    def _leaf(self, field: Any, value: object, trail: Trail) -> None:
        """A constant, tried as it would be sent."""
        made = message_factory.GetMessageClass(field.containing_type)()
        try:
            json_format.ParseDict({field.name: value}, made, descriptor_pool=self.pool)
        except (json_format.ParseError, TypeError, ValueError, AttributeError):
            kind = kind_of(field)
            message = f"this does not fit '{field.json_name}', which takes {kind}"
            self.section.problem(trail, message, hint=_hint(field, value))


def field_of(descriptor: Any, key: str) -> Any | None:
    """A field by its JSON name or by its own."""
    found = descriptor.fields_by_name.get(key)
    if found is None:
        found = next((f for f in descriptor.fields if f.json_name == key), None)
    return found


_KINDS = {
    1: "a number",
    2: "a number",
    3: "a whole number",
    4: "a whole number from 0",
    5: "a whole number of 32 bits",
    6: "a whole number from 0",
    7: "a whole number from 0",
    8: "true or false",
    9: "text",
    12: "base64",
    13: "a whole number from 0",
    15: "a whole number of 32 bits",
    16: "a whole number",
    17: "a whole number of 32 bits",
    18: "a whole number",
}
"""By protobuf's numbers of field types."""


def kind_of(field: Any) -> str:
    """What a field takes, in words."""
    if field.enum_type is not None:
        return f"a value of {field.enum_type.full_name}"
    if field.message_type is not None:
        return f"a {field.message_type.full_name}"
    return _KINDS.get(field.type, "something else")


def _hint(field: Any, value: object) -> str | None:
    if field.enum_type is None:
        return None
    names = [each.name for each in field.enum_type.values]
    word = value[0] if isinstance(value, list) else value
    return did_you_mean(str(word), names) or f"its values are {', '.join(names)}"


def _is_template(value: object) -> bool:
    return isinstance(value, str) and "${" in value


def _holds_template(value: object) -> bool:
    if isinstance(value, Mapping):
        return any(map(_holds_template, value.values()))
    if isinstance(value, list | tuple):
        return any(map(_holds_template, value))
    return _is_template(value)
