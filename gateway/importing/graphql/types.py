"""The types of a schema that operations reach, as SDL. Pure.

In charge of which types those are. A type keeps its name, since the gateway asks for
its own types by it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    is_specified_scalar_type,
    print_type,
)

from gateway.importing.made import Told

_OURS = frozenset({"Date", "DateTime", "Decimal", "JSON"})
"""Scalars that the gateway has itself."""


@dataclass(slots=True)
class Types:
    """Types that were taken over, by name."""

    schema: GraphQLSchema
    told: Told
    taken: dict[str, GraphQLNamedType] = field(default_factory=dict)

    def can_have(self, type_: GraphQLNamedType) -> bool:
        """Whether a type is no root: ours have other fields."""
        roots = (self.schema.query_type, self.schema.mutation_type)
        return type_ not in (*roots, self.schema.subscription_type)

    def has(self, type_: GraphQLNamedType) -> bool:
        return type_.name in self.taken

    def take(self, type_: GraphQLNamedType) -> None:
        """A type with all that it reaches."""
        ahead = [type_]
        while ahead:
            one = ahead.pop()
            if one.name in self.taken or is_specified_scalar_type(one):
                continue
            self.taken[one.name] = one
            ahead += self._below(one)

    def _below(self, one: GraphQLNamedType) -> list[GraphQLNamedType]:
        found: list[GraphQLNamedType] = []
        if isinstance(one, GraphQLObjectType | GraphQLInterfaceType):
            for name, each in list(one.fields.items()):
                if not self.can_have(get_named_type(each.type)):
                    self.told.leave_out(f"{one.name}.{name}", "it leads to the root")
                    del one.fields[name]
                    continue
                found.append(get_named_type(each.type))
                found += (get_named_type(a.type) for a in each.args.values())
            found += one.interfaces
        if isinstance(one, GraphQLInputObjectType):
            found += (get_named_type(each.type) for each in one.fields.values())
        if isinstance(one, GraphQLUnionType):
            found += one.types
        if isinstance(one, GraphQLInterfaceType):
            found += self.schema.get_possible_types(one)
        return found

    def printed(self) -> list[str]:
        """Their SDL, in the order in which they were met; scalars first."""
        scalars = [t for t in self.taken.values() if isinstance(t, GraphQLScalarType)]
        for one in scalars:
            if one.name in _OURS:
                why = "it is the gateway's own scalar: look at the source's `formats`"
                self.told.change(one.name, why)
        own = [one for one in scalars if one.name not in _OURS]
        others = [one for one in self.taken.values() if one not in scalars]
        enums = [one for one in others if isinstance(one, GraphQLEnumType)]
        rest = [one for one in others if one not in enums]
        return [print_type(one) for one in (*own, *rest, *enums)]
