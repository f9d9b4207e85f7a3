"""What SDL says of a type to routers, by federation's directives, as checked.

All frozen. Must never say who gives a field.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from gateway.profile.model.identity import Key, KeyFields
from gateway.record import Model, field
from gateway.values import SourceSpan


class FieldSet(Model, frozen=True):
    """Fields that a directive names, and the place of their text."""

    fields: KeyFields
    span: SourceSpan


class Marks(Model, frozen=True):
    """One type as its directives have it.

    ``keys`` are those that SDL writes. ``external`` are fields that other subgraphs
    give; those that are of a key are none. ``requires`` are what a router sends along
    when it asks for a field, ``provides`` what a field's object has besides its own.
    ``provided`` are fields that some field so brings to objects of this type,
    ``overrides`` the subgraphs that fields are taken from.
    """

    keys: tuple[Key, ...] = ()
    external: frozenset[str] = frozenset()
    requires: Mapping[str, FieldSet] = field(default_factory=dict)
    provides: Mapping[str, FieldSet] = field(default_factory=dict)
    provided: frozenset[str] = frozenset()
    overrides: Mapping[str, tuple[str, SourceSpan]] = field(default_factory=dict)
    interface_object: SourceSpan | None = None

    def required(self) -> Mapping[str, KeyFields]:
        """Everything that a router sends along, for whichever field."""
        found: dict[str, KeyFields] = {}
        for one in self.requires.values():
            found = _merged(found, one.fields)
        return found


TypeMarks: TypeAlias = Mapping[str, Marks]
"""By type; those that nothing is said of are left out."""
UNMARKED = Marks()


def _merged(
    one: Mapping[str, KeyFields], other: Mapping[str, KeyFields]
) -> dict[str, KeyFields]:
    found = dict(one)
    for name, below in other.items():
        found[name] = _merged(found.get(name, {}), below)
    return found
