"""The schema that an audience sees: the generation's, without what is hidden.

In charge of schemas that are asked about (introspection, messages of what is not valid)
and printed. They are made when they are first needed, few are kept, and whatever knows
nothing of the hidden is one object in all of them. Must never decide what is hidden.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    is_introspection_type,
    is_specified_scalar_type,
)

from gateway.cache.bounded import Bounded

_MOST = 64
"""Schemas of one generation that are kept, those that were asked for last."""


@dataclass(slots=True, eq=False)
class Views:
    """What of one schema is visible, by what is hidden."""

    schema: GraphQLSchema
    _made: Bounded[frozenset[str], GraphQLSchema] = field(
        default_factory=lambda: Bounded(_MOST)
    )
    _kept: Bounded[str, object] = field(default_factory=lambda: Bounded(_MOST))

    def without(self, hidden: frozenset[str]) -> GraphQLSchema:
        """The schema as it is for those from whom these coordinates are hidden."""
        if not hidden:
            return self.schema
        return self._made.get(hidden, lambda: pruned(self.schema, hidden))

    def kept(self, key: str, make: Callable[[], object]) -> object:
        """What was made for an audience, by its digest."""
        return self._kept.get(key, make)


def pruned(schema: GraphQLSchema, hidden: frozenset[str]) -> GraphQLSchema:
    """A schema without the coordinates, and without types that nothing reaches then.

    ``hidden`` is closed: see `profile.hiding`.
    """
    return _Pruning(schema, hidden).schema()


class _Pruning:
    """One schema at work. Types are made anew where they, or what they name, change."""

    def __init__(self, whole: GraphQLSchema, hidden: frozenset[str]) -> None:
        self.whole, self.hidden = whole, hidden
        self.changed = self._changed()
        self.made: dict[str, Any] = {}

    def schema(self) -> GraphQLSchema:
        whole = self.whole
        roots = whole.query_type, whole.mutation_type, whole.subscription_type
        query, mutation, subscription = (
            None if root is None or root.name in self.hidden else self.type(root)
            for root in roots
        )
        return GraphQLSchema(
            query=query,
            mutation=mutation,
            subscription=subscription,
            types=[self.type(self.whole.type_map[name]) for name in self._apart()],
            directives=whole.directives,
            description=whole.description,
            assume_valid=True,
        )

    def _apart(self) -> Iterator[str]:
        """Types that only an interface leads to."""
        reached, ahead = (
            set[str](),
            [
                root.name
                for root in (
                    self.whole.query_type,
                    self.whole.mutation_type,
                    self.whole.subscription_type,
                )
                if root is not None and root.name not in self.hidden
            ],
        )
        while ahead:
            name = ahead.pop()
            if name in reached or name in self.hidden:
                continue
            reached.add(name)
            found = self.whole.type_map[name]
            ahead += _named(found, self.hidden)
            if isinstance(found, GraphQLInterfaceType):
                below = self.whole.get_implementations(found)
                for one in (*below.objects, *below.interfaces):
                    ahead.append(one.name)
                    if one.name not in self.hidden:
                        yield one.name

    def _changed(self) -> frozenset[str]:
        """The types with something hidden, and those that lead to one."""
        types = self.whole.type_map
        used: dict[str, list[str]] = {}
        for name, found in types.items():
            if not is_introspection_type(found):
                for other in _named(found, frozenset()):
                    used.setdefault(other, []).append(name)
        ahead = [one.partition(".")[0] for one in self.hidden]
        changed: set[str] = set()
        while ahead:
            name = ahead.pop()
            if name not in changed:
                changed.add(name)
                ahead += used.get(name, ())
        return frozenset(changed)

    def type(self, found: GraphQLNamedType) -> Any:
        """The type as it is here."""
        name = found.name
        if name not in self.changed or is_specified_scalar_type(found):
            return found
        if name not in self.made:
            self.made[name] = self._type(found)
        return self.made[name]

    def _type(self, found: GraphQLNamedType) -> GraphQLNamedType:
        match found:
            case GraphQLObjectType() | GraphQLInterfaceType():
                given: dict[str, Any] = {
                    **found.to_kwargs(),
                    "fields": lambda: self._fields(found),
                    "interfaces": lambda: self._several(found.interfaces),
                }
            case GraphQLUnionType():
                several = lambda: self._several(found.types)  # noqa: E731
                given = {**found.to_kwargs(), "types": several}
            case GraphQLEnumType():
                values = {
                    name: value
                    for name, value in found.values.items()
                    if f"{found.name}.{name}" not in self.hidden
                }
                given = {**found.to_kwargs(), "values": values}
            case GraphQLInputObjectType():
                given = {**found.to_kwargs(), "fields": lambda: self._inputs(found)}
            case _:
                return found
        return type(found)(**given)

    def _several(self, types: Iterable[GraphQLNamedType]) -> list[Any]:
        return [self.type(one) for one in types if one.name not in self.hidden]

    def _fields(
        self, found: GraphQLObjectType | GraphQLInterfaceType
    ) -> Mapping[str, GraphQLField]:
        return {
            name: self._field(f"{found.name}.{name}", one)
            for name, one in found.fields.items()
            if f"{found.name}.{name}" not in self.hidden
        }

    def _field(self, own: str, found: GraphQLField) -> GraphQLField:
        given = found.to_kwargs()
        given["type_"] = self._ref(found.type)
        given["args"] = {
            name: GraphQLArgument(**{**one.to_kwargs(), "type_": self._ref(one.type)})
            for name, one in found.args.items()
            if f"{own}({name}:)" not in self.hidden
        }
        return GraphQLField(**given)

    def _inputs(self, found: GraphQLInputObjectType) -> Mapping[str, Any]:
        return {
            name: type(one)(**{**one.to_kwargs(), "type_": self._ref(one.type)})
            for name, one in found.fields.items()
            if f"{found.name}.{name}" not in self.hidden
        }

    def _ref(self, type_: Any) -> Any:
        """A type where it is used, with its wrappers."""
        if isinstance(type_, GraphQLNonNull):
            return GraphQLNonNull(self._ref(type_.of_type))
        if isinstance(type_, GraphQLList):
            return GraphQLList(self._ref(type_.of_type))
        return self.type(type_)


def _named(found: GraphQLNamedType, hidden: frozenset[str]) -> Iterator[str]:
    """The types that one names, but for what is hidden of it."""
    if isinstance(found, GraphQLObjectType | GraphQLInterfaceType):
        yield from (one.name for one in found.interfaces)
    if isinstance(found, GraphQLUnionType):
        yield from (one.name for one in found.types)
    if isinstance(
        found, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType
    ):
        for name, one in found.fields.items():
            own = f"{found.name}.{name}"
            if own in hidden:
                continue
            yield get_named_type(one.type).name
            for argument, each in getattr(one, "args", {}).items():
                if f"{own}({argument}:)" not in hidden:
                    yield get_named_type(each.type).name
