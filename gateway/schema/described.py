"""The fields of a schema as people wrote them, for rules that are about fields.

In charge of what SDL says of each: its tags, its place. Must never judge.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
)
from graphql.language import StringValueNode, get_location
from graphql.type import is_non_null_type

from gateway.values import NOWHERE, SourceSpan


class Described(NamedTuple):
    """One field: what it is called, what is said of it, and where."""

    name: str
    facts: Mapping[str, object]
    span: SourceSpan


def described_fields(schema: GraphQLSchema) -> Iterator[Described]:
    """Every field of the object types and interfaces that are declared in SDL."""
    for type_name, found in sorted(schema.type_map.items()):
        if type_name.startswith("__"):
            continue
        if isinstance(found, GraphQLObjectType | GraphQLInterfaceType):
            above = tuple(_tags(found.ast_node))
            for name, one in found.fields.items():
                if one.ast_node is not None:
                    yield _described(type_name, name, one, above)


def tagged_arguments(schema: GraphQLSchema, tags: frozenset[str]) -> Iterator[str]:
    """The names of arguments, and of fields of inputs, under one of the tags."""
    for found in schema.type_map.values():
        if isinstance(found, GraphQLInputObjectType):
            yield from (n for n, one in found.fields.items() if _has(one, tags))
        elif isinstance(found, GraphQLObjectType | GraphQLInterfaceType):
            for field in found.fields.values():
                yield from (n for n, one in field.args.items() if _has(one, tags))


def _has(found: GraphQLArgument | GraphQLInputField, tags: frozenset[str]) -> bool:
    return not tags.isdisjoint(_tags(found.ast_node))


def _described(
    type_name: str, name: str, found: GraphQLField, above: tuple[str, ...]
) -> Described:
    known = {
        "type": type_name,
        "name": name,
        "returns": str(found.type),
        "nullable": not is_non_null_type(found.type),
        "description": found.description,
        "deprecated": found.deprecation_reason is not None,
        "arguments": sorted(found.args),
        "tags": sorted({*_tags(found.ast_node), *above}),
    }
    return Described(f"{type_name}.{name}", known, _place(found))


def _tags(node: object) -> Iterator[str]:
    """The names of ``@tag``."""
    for directive in getattr(node, "directives", None) or ():
        if directive.name.value == "tag":
            for argument in directive.arguments:
                if isinstance(argument.value, StringValueNode):
                    yield argument.value.value


def _place(found: GraphQLField) -> SourceSpan:
    at = found.ast_node.loc if found.ast_node else None
    if at is None:
        return NOWHERE
    where = get_location(at.source, at.start)
    return SourceSpan(at.source.name, where.line, where.column)
