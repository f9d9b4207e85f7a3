"""Dotted paths such as ``account.branch.city`` → the selection of a document.

In charge of which fields an agent gets where it names none: the leaves that come with
the operation's own calls. Must never select what it was not asked for once it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    get_nullable_type,
    is_abstract_type,
    is_composite_type,
    is_leaf_type,
    is_list_type,
    is_required_argument,
)

from gateway.doors.agents.outcome import Refusal, nearest
from gateway.record import Model
from gateway.values import Coordinate

Tree: TypeAlias = "dict[str, Tree]"
"""What is selected below a field: names of fields, and of types for fragments."""
_LEVELS = 3
"""How deep the usual selection goes."""


class Selecting(Model, frozen=True):
    """Selections in one schema.

    ``costly`` are fields that cost calls of their own wherever their type appears: they
    are selected only where they are named. ``deepest`` bounds a path's length.
    """

    schema: GraphQLSchema
    costly: frozenset[Coordinate]
    deepest: int

    def usual(self, type_: GraphQLNamedType) -> Tree:
        """The leaves of a type, and of the objects that it has; no list in it."""
        tree = self._usual(type_, _LEVELS, (), with_lists=False)
        return tree or self._usual(type_, _LEVELS, (), with_lists=True)

    def of(self, paths: Sequence[str], type_: GraphQLNamedType) -> Tree:
        """What the paths name together.

        Raises:
            Refusal: a path leads nowhere; with where it could lead.
        """
        tree: Tree = {}
        for path in paths:
            self._add(tree, path, type_)
        return tree

    def _add(self, tree: Tree, path: str, type_: GraphQLNamedType) -> None:
        words = path.split(".", self.deepest)
        if len(words) > self.deepest:
            raise Refusal(f"'fields' has a path of more than {self.deepest} names.")
        for place, word in enumerate(words):
            if word in self._possible(type_):
                tree["__typename"] = {}  # else an object of another type is just {}
            tree = tree.setdefault(word, {})
            type_ = self._step(type_, word, path)
            if place < len(words) - 1 and is_leaf_type(type_):
                here = ".".join(words[: place + 1])
                raise Refusal(
                    f"'fields' has {_quoted(path)}: {_quoted(here)} is a {type_.name},"
                    " which has no fields."
                )
        if is_composite_type(type_):
            below = self.usual(type_)
            if not below:
                raise Refusal(
                    f"'fields' has {_quoted(path)}: name a field of {type_.name} below"
                    f" it: {_some(_fields(type_))}."
                )
            _merge(tree, below)

    def _step(self, type_: GraphQLNamedType, word: str, path: str) -> GraphQLNamedType:
        """The type that one name of a path leads to."""
        fields = _fields(type_)
        found = fields.get(word)
        if found is not None:
            needed = [a for a, one in found.args.items() if is_required_argument(one)]
            if needed:
                raise Refusal(
                    f"'fields' has {_quoted(path)}: {type_.name}.{word} needs the"
                    f" argument '{needed[0]}', which a path cannot give."
                )
            return get_named_type(found.type)
        possible = self._possible(type_)
        if word in possible:
            return possible[word]
        if word == "__typename" and is_composite_type(type_):
            return self.schema.type_map["String"]
        raise Refusal(
            f"'fields' has {_quoted(path)}, and {type_.name} has no field"
            f" {_quoted(word)}.{nearest(word, [*fields, *possible])} It has"
            f" {_some([*fields, *possible])}."
        )

    def _possible(self, type_: GraphQLNamedType) -> Mapping[str, GraphQLObjectType]:
        if not isinstance(type_, GraphQLInterfaceType | GraphQLUnionType):
            return {}
        return {one.name: one for one in self.schema.get_possible_types(type_)}

    def _usual(
        self,
        type_: GraphQLNamedType,
        levels: int,
        above: tuple[str, ...],
        *,
        with_lists: bool,
    ) -> Tree:
        tree: Tree = {"__typename": {}} if is_abstract_type(type_) else {}
        for name, field in _fields(type_).items():
            below = get_named_type(field.type)
            if self._left_out(type_, name, field):
                continue
            if is_leaf_type(below):
                tree[name] = {}
            elif levels > 1 and below.name not in (*above, type_.name):
                if not with_lists and _is_many(field, below):
                    continue
                under = (*above, type_.name)
                inner = self._usual(below, levels - 1, under, with_lists=with_lists)
                if inner:
                    tree[name] = inner
        return tree

    def _left_out(
        self, type_: GraphQLNamedType, name: str, field: GraphQLField
    ) -> bool:
        return Coordinate(type_.name, name) in self.costly or any(
            is_required_argument(one) for one in field.args.values()
        )

    def written(self, tree: Tree, type_: GraphQLNamedType) -> str:
        """The selection as GraphQL text, braces and all; nothing for a leaf."""
        if not tree:
            return ""
        fields, possible = _fields(type_), self._possible(type_)
        parts = []
        for name, below in tree.items():
            if name in fields:
                inner = self.written(below, get_named_type(fields[name].type))
                parts.append(f"{name}{inner}")
            elif name in possible:
                parts.append(f"... on {name}{self.written(below, possible[name])}")
            else:
                parts.append(name)
        return f" {{ {' '.join(parts)} }}"


def _fields(type_: GraphQLNamedType) -> Mapping[str, GraphQLField]:
    if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
        return dict(type_.fields)
    return {}


def _is_many(field: GraphQLField, type_: GraphQLNamedType) -> bool:
    """Whether it holds rows: as a list, or in pages as Relay has them."""
    if is_list_type(get_nullable_type(field.type)):
        return True
    return {"edges", "pageInfo"} <= _fields(type_).keys()


def _merge(tree: Tree, other: Tree) -> None:
    for name, below in other.items():
        _merge(tree.setdefault(name, {}), below)


def _quoted(word: str) -> str:
    return f"'{word[:100]}'"


_MOST_NAMED = 30


def _some(names: Iterable[str]) -> str:
    known = list(names)
    more = f" and {len(known) - _MOST_NAMED} more" if len(known) > _MOST_NAMED else ""
    return ", ".join(known[:_MOST_NAMED]) + more
