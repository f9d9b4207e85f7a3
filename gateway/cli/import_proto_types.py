"""Messages of gRPC → GraphQL types as a person would have written them.

In charge of names and of what may be null. Must never decide which rpcs there are.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from gateway.connectors.grpc.reading import is_map
from gateway.connectors.grpc.shapes import leaf, scalar_of
from gateway.importing.made import Told
from gateway.importing.names import BUILT_IN, Taken, argument_name, pascal
from gateway.importing.sdl_text import (
    ArgumentMade,
    EnumMade,
    FieldMade,
    InputMade,
    ObjectMade,
    TypeMade,
)

_INT64 = frozenset({3, 4, 6, 16, 18})
"""Protobuf's numbers of the 64-bit integers."""
_WIDE = frozenset({"google.protobuf.Int64Value", "google.protobuf.UInt64Value"})


@dataclass(slots=True)
class Types:
    """The types that answers and requests need, each once, by its message."""

    told: Told
    taken: Taken = field(default_factory=lambda: Taken(set(BUILT_IN)))
    names: dict[tuple[str, bool], str] = field(default_factory=dict)
    made: dict[str, TypeMade] = field(default_factory=dict)

    def answer(self, descriptor: Any, *, many: bool) -> str:
        """The type of an rpc's answer."""
        name = self._of_message(descriptor, given=False)
        return f"[{name}!]" if many else name

    def arguments(self, descriptor: Any) -> tuple[tuple[ArgumentMade, str], ...]:
        """An argument for each field of a request, with the field's JSON name."""
        plain = [f for f in descriptor.fields if not f.has_presence]
        only = len(descriptor.fields) == len(plain) == 1
        found = []
        for each in descriptor.fields:
            name = argument_name(each.json_name)
            if name != each.json_name:
                self.told.change(
                    f"{descriptor.name}.{each.json_name}", f"is the argument {name}"
                )
            type_ = self._used(each, given=True)
            found.append((ArgumentMade(name, f"{type_}!" if only else type_), each))
        return tuple((made, each.json_name) for made, each in found)

    def _used(self, each: Any, *, given: bool) -> str:
        """The type of a field, without what says whether it may be null."""
        name = self._item(each, given=given)
        return f"[{name}!]" if each.is_repeated and not is_map(each) else name

    def _item(self, each: Any, *, given: bool) -> str:
        if is_map(each):
            return "JSON"
        if each.enum_type is not None:
            return self._enum(each.enum_type)
        if each.message_type is not None:
            return self._of_message(each.message_type, given=given)
        if each.name == "id" or each.name.endswith("_id"):
            return "ID" if each.type not in (1, 2, 8, 12) else leaf(each) or "JSON"
        return "Decimal" if each.type in _INT64 else leaf(each) or "JSON"

    def _of_message(self, descriptor: Any, *, given: bool) -> str:
        full = descriptor.full_name
        if full in _WIDE:
            return "Decimal"
        known = scalar_of(descriptor)
        if known is not None:
            return known
        name = self.names.get((full, given))
        if name is None:
            wanted = pascal(_local(descriptor)) + ("Input" if given else "")
            name = self.names[full, given] = self.taken.free(wanted)
            self.made[name] = ObjectMade(name, ())  # an outer type stands first
            self.made[name] = self._type(descriptor, name, given=given)
        return name

    def _type(self, descriptor: Any, name: str, *, given: bool) -> TypeMade:
        if given:
            return InputMade(
                name,
                tuple(
                    ArgumentMade(f.json_name, self._used(f, given=True))
                    for f in descriptor.fields
                ),
            )
        return ObjectMade(name, tuple(self._field(f) for f in descriptor.fields))

    def _field(self, each: Any) -> FieldMade:
        """A field that always has a value is not null; an enum may have a new one."""
        type_ = self._used(each, given=False)
        always = not each.has_presence and each.enum_type is None
        if not each.is_repeated and each.type in (1, 2):
            always = False  # NaN is text, which no Float is
        deprecated = bool(each.GetOptions().deprecated)
        return FieldMade(
            each.json_name, f"{type_}!" if always else type_, deprecated=deprecated
        )

    def _enum(self, descriptor: Any) -> str:
        name = self.names.get((descriptor.full_name, False))
        if name is None:
            name = self.taken.free(pascal(_local(descriptor)))
            self.names[descriptor.full_name, False] = name
            values = tuple(dict.fromkeys(each.name for each in descriptor.values))
            if {"true", "false", "null"} & set(values):
                self.told.change(name, "is text: GraphQL has no such value of an enum")
                self.names[descriptor.full_name, False] = "String"
                return "String"
            self.made[name] = EnumMade(name, values)
        return name


def _local(descriptor: Any) -> str:
    """The name inside its package: ``Account.Owner`` is ``Account_Owner``."""
    package = descriptor.file.package
    whole = str(descriptor.full_name)
    return whole.removeprefix(f"{package}." if package else "").replace(".", "_")
