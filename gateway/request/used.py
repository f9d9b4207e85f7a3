"""The coordinates of a schema that a document names.

In charge of what has to be visible for a document to be valid. Must never decide what
is visible.
"""

from __future__ import annotations

from graphql import (
    ArgumentNode,
    DocumentNode,
    EnumValueNode,
    FieldNode,
    GraphQLNamedType,
    GraphQLSchema,
    NamedTypeNode,
    ObjectFieldNode,
    TypeInfo,
    TypeInfoVisitor,
    get_named_type,
    visit,
)
from graphql.language import Visitor

INTROSPECTION = frozenset({"__schema", "__type"})
"""Stand for themselves where a document asks what the schema is."""


def used_by(document: DocumentNode, schema: GraphQLSchema) -> frozenset[str]:
    """Types, fields, arguments, enum values and input fields, by their coordinates.

    The document is valid for the schema.
    """
    known = TypeInfo(schema)
    visitor = _Used(known)
    visit(document, TypeInfoVisitor(known, visitor))
    return frozenset(visitor.found)


class _Used(Visitor):
    def __init__(self, known: TypeInfo) -> None:
        super().__init__()
        self.known = known
        self.found: set[str] = set()

    def enter_field(self, node: FieldNode, *_: object) -> None:
        name, parent = node.name.value, self.known.get_parent_type()
        if name in INTROSPECTION:
            self.found.add(name)
        elif parent is not None and not name.startswith("__"):
            self.found.add(f"{parent.name}.{name}")

    def enter_argument(self, node: ArgumentNode, *_: object) -> None:
        ancestor, field = self.known.get_parent_type(), self.known.get_field_def()
        if self.known.get_directive() is not None or ancestor is None or field is None:
            return
        name = next((n for n, one in ancestor.fields.items() if one is field), None)  # type: ignore[union-attr]
        if name is not None:
            self.found.add(f"{ancestor.name}.{name}({node.name.value}:)")

    def enter_named_type(self, node: NamedTypeNode, *_: object) -> None:
        self.found.add(node.name.value)

    def enter_enum_value(self, node: EnumValueNode, *_: object) -> None:
        self._below(self.known.get_input_type(), node.value)

    def enter_object_field(self, node: ObjectFieldNode, *_: object) -> None:
        self._below(self.known.get_parent_input_type(), node.name.value)

    def _below(self, type_: object, name: str) -> None:
        named = get_named_type(type_)  # type: ignore[call-overload]
        if isinstance(named, GraphQLNamedType):
            self.found.add(f"{named.name}.{name}")
