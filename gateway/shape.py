"""What the schema looks like to the pure rooms: types and fields as plain values.

In charge of saying "Customer360.account is an Account" without graphql-core, so that
profiles and plans can be checked and made without it. Must never hold anything that
can be executed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum

from gateway.record import Model, field
from gateway.values import NOWHERE, JsonValue, SourceSpan
from gateway.weights import NO_WEIGHTS, Weights


class TypeKind(Enum):
    SCALAR = "scalar"
    ENUM = "enum"
    OBJECT = "object"
    INTERFACE = "interface"
    UNION = "union"
    INPUT = "input"


class TypeRef(Model, frozen=True):
    """A type where it is used. ``wrappers`` holds ``!`` and ``[`` from outside in."""

    name: str
    wrappers: str = ""

    @property
    def non_null(self) -> bool:
        return self.wrappers.startswith("!")

    @property
    def is_list(self) -> bool:
        return "[" in self.wrappers

    def __str__(self) -> str:
        text = self.name
        for mark in reversed(self.wrappers):
            text = f"{text}!" if mark == "!" else f"[{text}]"
        return text


class ArgumentShape(Model, frozen=True):
    """One argument. ``default`` is None where it is null or there is none.

    ``text`` is the default as GraphQL text, for schemas that are printed from shapes.
    """

    name: str
    type: TypeRef
    default: JsonValue = None
    text: str | None = None


class FieldShape(Model, frozen=True):
    name: str
    type: TypeRef
    arguments: tuple[ArgumentShape, ...] = ()
    description: str | None = None
    span: SourceSpan = NOWHERE

    def defaults(self) -> Mapping[str, JsonValue]:
        """The values of its arguments where none is given."""
        return {argument.name: argument.default for argument in self.arguments}


class TypeShape(Model, frozen=True):
    """One named type; ``possible`` are the concrete types of an abstract one.

    ``values`` are those of an enum, ``inputs`` the fields of an input type.
    """

    name: str
    kind: TypeKind
    fields: Mapping[str, FieldShape] = field(default_factory=dict)
    possible: frozenset[str] = frozenset()
    span: SourceSpan = NOWHERE
    values: tuple[str, ...] = ()
    inputs: Mapping[str, TypeRef] = field(default_factory=dict)

    @property
    def abstract(self) -> bool:
        return self.kind in (TypeKind.INTERFACE, TypeKind.UNION)

    @property
    def composite(self) -> bool:
        return self.abstract or self.kind is TypeKind.OBJECT


class Shapes(Model, frozen=True):
    """All types of one schema, and the fields of its roots.

    ``digest`` is the content's: what was decided against these shapes holds wherever
    the digest is the same.
    """

    types: Mapping[str, TypeShape]
    digest: str
    weights: Weights = NO_WEIGHTS

    def __getitem__(self, name: str) -> TypeShape:
        return self.types[name]

    def get(self, name: str) -> TypeShape | None:
        return self.types.get(name)

    def field(self, type_name: str, field_name: str) -> FieldShape | None:
        found = self.types.get(type_name)
        return found.fields.get(field_name) if found else None

    def field_type(self, type_name: str, field_name: str) -> TypeRef:
        """The field's type; the JSON scalar for keys that the schema does not know."""
        found = self.field(type_name, field_name)
        return found.type if found else TypeRef("JSON")

    def reaches(self, name: str, wanted: str) -> bool:
        """Whether a value of type `name` can hold one of type `wanted`."""
        return wanted in self.reachable((name,))

    def reachable(self, names: Iterable[str]) -> frozenset[str]:
        """The types that values of these types can hold, and themselves."""
        seen: set[str] = set()
        ahead = list(names)
        while ahead:
            found = self.types.get(ahead.pop())
            if found is not None and found.name not in seen:
                seen.add(found.name)
                ahead += [f.type.name for f in found.fields.values()]
                ahead += found.possible
        return frozenset(seen)

    def concrete(self, name: str) -> frozenset[str]:
        """The object types that a value declared as `name` can have."""
        found = self.types[name]
        return found.possible if found.abstract else frozenset({name})
