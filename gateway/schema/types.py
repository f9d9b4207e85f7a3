"""GraphQL text in profiles: types and arguments as people write them."""

from __future__ import annotations

from graphql import (
    GraphQLError,
    ListTypeNode,
    NamedTypeNode,
    NonNullTypeNode,
    TypeNode,
    parse_const_value,
    parse_type,
    print_ast,
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


def read_argument(name: str, text: str) -> ArgumentShape:
    """``String = "web"`` as an argument.

    Raises:
        ValueError: the type or the default value is no GraphQL.
    """
    written, equals, default = text.partition("=")
    type_ = read_type(written.strip())
    if not equals:
        return ArgumentShape(name, type_)
    try:
        node = parse_const_value(default.strip())
    except GraphQLError as error:
        raise ValueError(f"{default.strip()!r} is no GraphQL value") from error
    return ArgumentShape(name, type_, value_from_ast_untyped(node), print_ast(node))
