"""GraphQL text in profiles: types and arguments as people write them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from graphql import (
    GraphQLError,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    ListTypeNode,
    NamedTypeNode,
    NonNullTypeNode,
    TypeNode,
    Undefined,
    is_input_type,
    parse_const_value,
    parse_type,
    print_ast,
    specified_scalar_types,
    value_from_ast,
    value_from_ast_untyped,
)

from gateway.shape import ArgumentShape, TypeRef


def read_type(text: str) -> TypeRef:
    """``[Branch!]!`` as a type.

    Raises:
        ValueError: the text is no GraphQL type.
    """
    try:
        return _ref(parse_type(text), "")
    except GraphQLError as error:
        raise ValueError(f"{text!r} is no GraphQL type") from error


def _ref(node: TypeNode, marks: str) -> TypeRef:
    match node:
        case NonNullTypeNode(type=inner):
            return _ref(inner, f"{marks}!")
        case ListTypeNode(type=inner):
            return _ref(inner, f"{marks}[")
        case NamedTypeNode(name=name):
            return TypeRef(name.value, marks)
    raise ValueError("no GraphQL type")


def argument_reader(schema: GraphQLSchema) -> Callable[[str, str], ArgumentShape]:
    """Reads arguments whose types are a schema's, as far as it has them."""
    return partial(read_argument, schema=schema)


def read_argument(
    name: str, text: str, *, schema: GraphQLSchema | None = None
) -> ArgumentShape:
    """``String = "web"`` as an argument.

    Raises:
        ValueError: the type or the default value is no GraphQL, or the default does
            not fit the type.
    """
    written, equals, default = text.partition("=")
    type_ = read_type(written.strip())
    if not equals:
        return ArgumentShape(name, type_)
    try:
        node = parse_const_value(default.strip())
    except GraphQLError as error:
        raise ValueError(f"{default.strip()!r} is no GraphQL value") from error
    wanted = _input_type(type_, schema)
    if wanted is not None and value_from_ast(node, wanted) is Undefined:
        raise ValueError(f"{default.strip()} is no {type_}")
    return ArgumentShape(name, type_, value_from_ast_untyped(node), print_ast(node))


def _input_type(
    type_: TypeRef, schema: GraphQLSchema | None
) -> GraphQLInputType | None:
    """The type, where it is known and goes in."""
    known = schema.get_type(type_.name) if schema else None
    found = known or specified_scalar_types.get(type_.name)
    if found is None or not is_input_type(found):
        return None
    made: GraphQLInputType = found
    for mark in reversed(type_.wrappers):
        if mark == "[":
            made = GraphQLList(made)
        elif not isinstance(made, GraphQLNonNull):  # GraphQL has no `!!`
            made = GraphQLNonNull(made)
    return made
