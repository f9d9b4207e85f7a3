"""graphql-core's schema → the shapes that the pure rooms read, and back to SDL."""

from __future__ import annotations

from collections.abc import Iterable

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    Node,
    is_introspection_type,
    print_ast,
)
from graphql.execution.values import get_argument_values
from graphql.language import FieldNode, NameNode

from gateway.request.selection import type_ref
from gateway.schema.costs import weights_of
from gateway.shape import (
    ArgumentShape,
    FieldShape,
    Shapes,
    TypeKind,
    TypeRef,
    TypeShape,
)
from gateway.values import NOWHERE, SourceSpan

_KINDS: tuple[tuple[type[GraphQLNamedType], TypeKind], ...] = (
    (GraphQLObjectType, TypeKind.OBJECT),
    (GraphQLInterfaceType, TypeKind.INTERFACE),
    (GraphQLUnionType, TypeKind.UNION),
    (GraphQLEnumType, TypeKind.ENUM),
    (GraphQLInputObjectType, TypeKind.INPUT),
)


def shapes_of(schema: GraphQLSchema, digest: str) -> Shapes:
    """Every type of the schema but introspection's."""
    return Shapes(
        {
            name: _type(schema, found)
            for name, found in schema.type_map.items()
            if not is_introspection_type(found)
        },
        digest,
        weights_of(schema),
    )


def _type(schema: GraphQLSchema, found: GraphQLNamedType) -> TypeShape:
    kind = next((k for t, k in _KINDS if isinstance(found, t)), TypeKind.SCALAR)
    fields = (
        {name: _field(name, field) for name, field in found.fields.items()}
        if isinstance(found, GraphQLObjectType | GraphQLInterfaceType)
        else {}
    )
    possible = (
        frozenset(t.name for t in schema.get_possible_types(found))
        if isinstance(found, GraphQLInterfaceType | GraphQLUnionType)
        else frozenset()
    )
    return TypeShape(
        found.name,
        kind,
        fields,
        possible,
        _span(found.ast_node),
        values=tuple(found.values) if isinstance(found, GraphQLEnumType) else (),
        inputs=_inputs(found),
    )


def _inputs(found: GraphQLNamedType) -> dict[str, TypeRef]:
    if not isinstance(found, GraphQLInputObjectType):
        return {}
    return {name: type_ref(field.type) for name, field in found.fields.items()}


def _field(name: str, field: GraphQLField) -> FieldShape:
    defaults = _defaults(name, field)
    return FieldShape(
        name,
        type_ref(field.type),
        tuple(_argument(n, a, defaults.get(n)) for n, a in field.args.items()),
        field.description,
        _span(field.ast_node),
    )


def _defaults(name: str, field: GraphQLField) -> dict[str, object]:
    """What the arguments are when none is given; none where one has to be."""
    if any(a.type.__class__.__name__ == "GraphQLNonNull" for a in field.args.values()):
        optional = {
            n: a
            for n, a in field.args.items()
            if a.type.__class__.__name__ != "GraphQLNonNull"
        }
        field = GraphQLField(field.type, args=optional)
    return get_argument_values(field, FieldNode(name=NameNode(value=name)))


def _argument(name: str, argument: GraphQLArgument, default: object) -> ArgumentShape:
    node = argument.ast_node
    text = print_ast(node.default_value) if node and node.default_value else None
    return ArgumentShape(name, type_ref(argument.type), default, text)  # type: ignore[arg-type]


def _span(node: Node | None) -> SourceSpan:
    if node is None or node.loc is None:
        return NOWHERE
    start = node.loc.start_token
    return SourceSpan(node.loc.source.name, start.line, start.column)


def print_type(shape: TypeShape) -> str:
    """A type that a profile declares, as SDL."""
    return f"type {shape.name} {{\n{print_fields(shape.fields.values())}\n}}"


def print_fields(fields: Iterable[FieldShape]) -> str:
    return "\n".join(_print_field(field) for field in fields)


def _print_field(field: FieldShape) -> str:
    arguments = ", ".join(
        f"{a.name}: {a.type}" + (f" = {a.text}" if a.text is not None else "")
        for a in field.arguments
    )
    described = f"{_quoted(field.description)}\n  " if field.description else ""
    listed = f"({arguments})" if arguments else ""
    return f"  {described}{field.name}{listed}: {field.type}"


def _quoted(text: str) -> str:
    escaped = text.replace('"""', '\\"""')
    return f'"""\n{escaped}\n"""'
