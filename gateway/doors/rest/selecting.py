"""Wishes → the selection of a GraphQL document, its values in variables.

In charge of what a path means in a schema, and of what is selected where nothing is
wished for. Must never write a value into the document.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from graphql import (
    ArgumentNode,
    FieldNode,
    GraphQLError,
    GraphQLField,
    GraphQLInputType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    InlineFragmentNode,
    NamedTypeNode,
    NameNode,
    SelectionNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    is_abstract_type,
    is_leaf_type,
    is_required_argument,
    validate_input_value,
)

from gateway.doors.rest.fields import EVERYTHING, Wish
from gateway.doors.rest.problems import RefusedError
from gateway.doors.rest.usual import fields_of, usual_fields
from gateway.errors import did_you_mean
from gateway.values import JsonValue

TYPENAME = "__typename"
_SHOWN = 100
_LONGEST_TOLD = 300


@dataclass(slots=True)
class Selecting:
    """Builds one document's selection. ``taken`` are names its variables must not have.

    ``variables`` and ``values`` are those of the fields' arguments. Wherever a value
    may be of several types, ``__typename`` is selected too, so that it can be told.
    """

    schema: GraphQLSchema
    deepest: int
    taken: frozenset[str] = frozenset()
    variables: dict[str, GraphQLInputType] = field(default_factory=dict)
    values: dict[str, JsonValue] = field(default_factory=dict)

    def of(
        self,
        type_: GraphQLNamedType,
        wishes: Mapping[str, Wish],
        path: tuple[str, ...] = (),
    ) -> SelectionSetNode | None:
        """What is selected of a value of the type; None where it has no fields.

        Raises:
            RefusedError: a wish cannot be met; with its path and what is near it.
        """
        if is_leaf_type(type_):
            if wishes:
                first = next(iter(wishes.values()))
                raise _unmet(first, path, f"{type_.name} has no fields")
            return None
        if len(path) >= self.deepest:
            raise RefusedError(
                f"'fields' goes more than {self.deepest} levels deep.",
                more={"parameter": "fields"},
            )
        named = {k: w for k, w in wishes.items() if w.name != EVERYTHING}
        made: list[SelectionNode] = []
        if not wishes or len(named) < len(wishes):
            made += self._usual(type_, path, frozenset(w.name for w in named.values()))
        made += self._wished(type_, named, path)
        if is_abstract_type(type_) and TYPENAME not in named:
            made.insert(0, FieldNode(name=NameNode(value=TYPENAME)))
        return SelectionSetNode(selections=tuple(made))

    def _usual(
        self, type_: GraphQLNamedType, path: tuple[str, ...], but: frozenset[str]
    ) -> list[SelectionNode]:
        found = usual_fields(self.schema, type_, self.deepest - len(path))
        nodes = found.nodes(but)
        if not nodes and not but:
            name = path[-1] if path else type_.name
            raise RefusedError(
                f"'fields' has to name what is wanted of {name!r}: {type_.name} has no"
                " field of its own that needs no arguments.",
                more={"parameter": "fields"},
            )
        return nodes

    def _wished(
        self,
        type_: GraphQLNamedType,
        wishes: Mapping[str, Wish],
        path: tuple[str, ...],
    ) -> list[SelectionNode]:
        """The named fields; those of some types only, in a fragment of each."""
        own: list[SelectionNode] = []
        apart: dict[str, list[SelectionNode]] = {}
        for wish in wishes.values():
            if wish.name == TYPENAME:
                own.append(FieldNode(name=NameNode(value=TYPENAME)))
                continue
            owners = self._owners(type_, wish, path)
            for owner in owners:
                node = self._field(owner, wish, path)
                if owner is type_:
                    own.append(node)
                else:
                    apart.setdefault(owner.name, []).append(node)
        fragments = (_fragment(name, nodes) for name, nodes in apart.items())
        return [*own, *fragments]

    def _owners(
        self, type_: GraphQLNamedType, wish: Wish, path: tuple[str, ...]
    ) -> Sequence[GraphQLNamedType]:
        """Whose field is meant: the type's own, else each possible type's."""
        possible = self._possible(type_)
        if wish.type is not None and wish.type != type_.name:
            narrow = possible.get(wish.type)
            if narrow is None:
                hint = did_you_mean(wish.type[:_SHOWN], possible)
                why = f"a {type_.name} is never a {wish.type[:_SHOWN]}"
                raise _unmet(wish, path, why, hint)
            possible, type_ = {}, narrow
        if wish.name in fields_of(type_):
            return (type_,)
        owners = [one for one in possible.values() if wish.name in one.fields]
        if not owners:
            every = {
                *fields_of(type_),
                *(n for t in possible.values() for n in t.fields),
            }
            why = f"{type_.name} has no field {wish.name[:_SHOWN]!r}"
            raise _unmet(wish, path, why, did_you_mean(wish.name[:_SHOWN], every))
        forms = {str(one.fields[wish.name].type) for one in owners}
        if len(forms) > 1:
            first, second = owners[0].name, owners[1].name
            why = f"{wish.name!r} differs between {first} and {second}"
            raise _unmet(wish, path, why, f"write {first}:{wish.name}")
        return owners

    def _possible(self, type_: GraphQLNamedType) -> Mapping[str, GraphQLObjectType]:
        if isinstance(type_, GraphQLUnionType | GraphQLInterfaceType):
            found = self.schema.get_possible_types(type_)
            return {one.name: one for one in found}
        return {}

    def _field(
        self, owner: GraphQLNamedType, wish: Wish, path: tuple[str, ...]
    ) -> FieldNode:
        definition = fields_of(owner)[wish.name]
        arguments = self._arguments(definition, wish, path)
        below = get_named_type(definition.type)
        return FieldNode(
            name=NameNode(value=wish.name),
            arguments=arguments,
            selection_set=self.of(below, wish.below, (*path, wish.name)),
        )

    def _arguments(
        self, definition: GraphQLField, wish: Wish, path: tuple[str, ...]
    ) -> tuple[ArgumentNode, ...]:
        given = wish.arguments or {}
        for name in given.keys() - definition.args.keys():
            hint = did_you_mean(name[:_SHOWN], definition.args)
            why = f"{wish.name!r} takes no argument {name[:_SHOWN]!r}"
            raise _unmet(wish, path, why, hint)
        for name, argument in definition.args.items():
            if is_required_argument(argument) and name not in given:
                why = f"{wish.name!r} needs its argument {name!r}"
                hint = f"write {wish.name}({name}: ...)"
                raise _unmet(wish, path, why, hint)
        return tuple(
            argument_node(name, self._variable(definition.args[name].type, value))
            for name, value in _fitting(definition, wish, path)
        )

    def _variable(self, type_: GraphQLInputType, value: JsonValue) -> str:
        number = len(self.variables) + 1
        while f"fields_{number}" in self.taken or f"fields_{number}" in self.variables:
            number += 1
        name = f"fields_{number}"
        self.variables[name] = type_
        self.values[name] = value
        return name


def _fitting(
    definition: GraphQLField, wish: Wish, path: tuple[str, ...]
) -> Iterator[tuple[str, JsonValue]]:
    """The arguments of a wish, each of which fits its type.

    They are judged here, where their place in the text is known, and once more where
    all variables are.
    """
    for name, value in (wish.arguments or {}).items():
        found: list[tuple[GraphQLError, list[str | int]]] = []
        validate_input_value(
            value,
            definition.args[name].type,
            lambda *one: found.append(one),  # noqa: B023
        )
        if found:
            error, at = found[0]
            place = "".join(f"[{k}]" if isinstance(k, int) else f".{k}" for k in at)
            why = f"its argument '{name}{place}' does not fit: {error.message}"
            raise _unmet(wish, path, why[:_LONGEST_TOLD].rstrip("."))
        yield name, value


def argument_node(name: str, variable: str) -> ArgumentNode:
    """An argument that is a variable's value."""
    value = VariableNode(name=NameNode(value=variable))
    return ArgumentNode(name=NameNode(value=name), value=value)


def _fragment(type_: str, nodes: Sequence[SelectionNode]) -> InlineFragmentNode:
    return InlineFragmentNode(
        type_condition=NamedTypeNode(name=NameNode(value=type_)),
        selection_set=SelectionSetNode(selections=tuple(nodes)),
    )


def _unmet(
    wish: Wish, path: tuple[str, ...], why: str, hint: str | None = None
) -> RefusedError:
    """A wish that the schema cannot meet, by its path and its place in the text."""
    shown = ".".join((*path, wish.name))[:_SHOWN]
    tail = f" ({hint})" if hint else ""
    more: dict[str, JsonValue] = {
        "parameter": "fields",
        "field": shown,
        "position": wish.at,
    }
    if hint:
        more["hint"] = hint
    return RefusedError(f"'fields' has {shown!r}: {why}{tail}.", more=more)
