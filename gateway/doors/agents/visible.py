"""What of the schema agents may know: the types that they can reach.

In charge of leaving out what nobody here can ask: the root of mutations where they are
off, what only it reaches, and fields that are for routers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

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
    get_named_type,
    print_ast,
    print_type,
)
from graphql.utilities.get_default_value_ast import get_default_value_ast

_SHORT = 300
_BUILT_IN = frozenset({"ID", "String", "Int", "Float", "Boolean"})


@dataclass(frozen=True)
class Visible:
    """A schema as agents see it."""

    schema: GraphQLSchema
    mutations: bool

    @cached_property
    def types(self) -> Mapping[str, GraphQLNamedType]:
        """Every type that can be reached from what can be asked, by name."""
        found: dict[str, GraphQLNamedType] = {}
        ahead: list[GraphQLNamedType] = [*self.roots]
        while ahead:
            one = ahead.pop()
            if one.name not in found:
                found[one.name] = one
                ahead += self._next_to(one)
        return {name: found[name] for name in sorted(found.keys() - _BUILT_IN)}

    @property
    def roots(self) -> tuple[GraphQLObjectType, ...]:
        """The types of what can be asked."""
        query, mutation = self.schema.query_type, self.schema.mutation_type
        both = (query, mutation if self.mutations else None)
        return tuple(one for one in both if one is not None)

    def fields(self, type_: GraphQLNamedType) -> Mapping[str, GraphQLField]:
        """The fields of an object or interface; not those that are for routers."""
        if not isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
            return {}
        if type_ not in self.roots:
            return dict(type_.fields)
        return {n: one for n, one in type_.fields.items() if not n.startswith("_")}

    def _next_to(self, one: GraphQLNamedType) -> Iterator[GraphQLNamedType]:
        for field in self.fields(one).values():
            yield get_named_type(field.type)
            yield from (get_named_type(a.type) for a in field.args.values())
        if isinstance(one, GraphQLInterfaceType | GraphQLUnionType):
            yield from self.schema.get_possible_types(one)
        if isinstance(one, GraphQLObjectType | GraphQLInterfaceType):
            yield from one.interfaces
        if isinstance(one, GraphQLInputObjectType):
            yield from (get_named_type(f.type) for f in one.fields.values())

    def sdl(self, type_: GraphQLNamedType) -> str:
        """A type as SDL, with all its descriptions; of a root what may be asked."""
        if type_ not in self.roots:
            return print_type(type_)
        inner = "\n".join(
            f"{_comment(one.description, '  ')}  {signature(name, one)}"
            for name, one in self.fields(type_).items()
        )
        return f"type {type_.name} {{\n{inner}\n}}"

    @cached_property
    def whole(self) -> str:
        """The SDL of all that can be reached."""
        return "\n\n".join(map(self.sdl, self.types.values()))


def signature(name: str, field: GraphQLField) -> str:
    """A field as SDL has it, on one line: ``name(first: Int = 10): [Row!]``."""
    given = ", ".join(_argument(n, one) for n, one in field.args.items())
    return f"{name}({given}): {field.type}" if given else f"{name}: {field.type}"


def _argument(name: str, one: GraphQLArgument) -> str:
    node = get_default_value_ast(one)
    default = f" = {print_ast(node)}" if node is not None else ""
    return f"{name}: {one.type}{default}"


def snippet(type_: GraphQLNamedType) -> str:
    """A type in one line: enough to know whether it is worth describing."""
    if isinstance(type_, GraphQLEnumType):
        return f"enum {type_.name} {{ {_few(type_.values)} }}"
    if isinstance(type_, GraphQLUnionType):
        return f"union {type_.name} = {' | '.join(t.name for t in type_.types)}"
    if isinstance(type_, GraphQLInputObjectType):
        return f"input {type_.name} {{ {_few(type_.fields)} }}"
    if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
        word = "type" if isinstance(type_, GraphQLObjectType) else "interface"
        return f"{word} {type_.name} {{ {_few(type_.fields)} }}"
    return f"scalar {type_.name}"


def _few(names: Mapping[str, object]) -> str:
    text = " ".join(names)
    return text if len(text) <= _SHORT else f"{text[:_SHORT].rpartition(' ')[0]} ..."


def short(description: str | None) -> str:
    """A description's beginning, on one line."""
    text = " ".join((description or "").split())
    return text if len(text) <= _SHORT else f"{text[:_SHORT]}..."


def _comment(description: str | None, indent: str) -> str:
    if not description:
        return ""
    safe = description.replace('"""', '\\"""')
    return f'{indent}"""\n{indent}{safe}\n{indent}"""\n'
