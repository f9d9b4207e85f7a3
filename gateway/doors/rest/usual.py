"""What is selected where nobody says what: the leaves of a type and of what it has.

In charge of the rule that the documentation gives: leaves first, level by level; no
field that needs an argument, none that is deprecated, no type within itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from graphql import (
    FieldNode,
    GraphQLField,
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
    get_named_type,
    is_abstract_type,
    is_leaf_type,
    is_required_argument,
)

LEVELS = 4
"""How deep the usual selection goes below the value that it is of."""
MOST_FIELDS = 300
"""A level that would select more than this in all is left out, and those below it."""


@dataclass(slots=True)
class Usual:
    """A value's usual fields: leaves, and objects with usual fields of their own.

    ``apart`` are those that only some possible types have, by the type.
    """

    type: GraphQLNamedType
    above: frozenset[str]
    leaves: list[str] = field(default_factory=list)
    objects: dict[str, Usual] = field(default_factory=dict)
    apart: dict[str, Usual] = field(default_factory=dict)

    @property
    def empty(self) -> bool:
        return not self.leaves and all(
            one.empty for one in (*self.objects.values(), *self.apart.values())
        )

    def nodes(self, but: frozenset[str] = frozenset()) -> list[SelectionNode]:
        """As a document has them, without some names; meta fields are not here."""
        made: list[SelectionNode] = [_node(n) for n in self.leaves if n not in but]
        for name, below in self.objects.items():
            if name not in but and not below.empty:
                made.append(_node(name, below.set()))
        for type_, below in self.apart.items():
            inner = below.nodes(but)
            if inner:
                condition = NamedTypeNode(name=NameNode(value=type_))
                chosen = SelectionSetNode(selections=tuple(inner))
                made.append(
                    InlineFragmentNode(type_condition=condition, selection_set=chosen)
                )
        return made

    def set(self) -> SelectionSetNode:
        """The same as a selection set, which says the type where there are several."""
        nodes = self.nodes()
        if is_abstract_type(self.type):
            nodes.insert(0, _node("__typename"))
        return SelectionSetNode(selections=tuple(nodes))

    def names(self) -> Iterator[tuple[str, ...]]:
        """Every path of it, objects as well as leaves."""
        for name in self.leaves:
            yield (name,)
        for name, below in self.objects.items():
            if not below.empty:
                yield (name,)
                yield from ((name, *path) for path in below.names())
        for one in self.apart.values():
            yield from one.names()


def usual_fields(schema: GraphQLSchema, type_: GraphQLNamedType, levels: int) -> Usual:
    """The usual fields of a value of the type, at most `levels` deep."""
    root = Usual(type_, frozenset())
    level, size = [root], 0
    for depth in range(min(levels, LEVELS)):
        opened: list[Usual] = []
        for one in level:
            opened += _open(schema, one, last=depth + 1 == min(levels, LEVELS))
        size += sum(len(one.leaves) + len(one.objects) for one in opened)
        if size > MOST_FIELDS and depth:
            for one in opened:
                one.leaves.clear()
                one.objects.clear()
            break
        level = [below for one in opened for below in one.objects.values()]
    return root


def _open(schema: GraphQLSchema, one: Usual, *, last: bool) -> list[Usual]:
    """Give it its leaves and objects; gives itself, and its possible types' parts."""
    own = fields_of(one.type)
    _take(one, own, last=last)
    made = [one]
    if not isinstance(one.type, GraphQLInterfaceType | GraphQLUnionType):
        return made
    types = [t for t in schema.get_possible_types(one.type) if t.name not in one.above]
    forms: dict[str, set[str]] = {}
    for type_ in types:
        for name, definition in type_.fields.items():
            forms.setdefault(name, set()).add(str(definition.type))
    for type_ in types:
        part = one.apart[type_.name] = Usual(type_, one.above | {one.type.name})
        # One that differs between types cannot be asked of both.
        alike = {n: d for n, d in type_.fields.items() if len(forms[n]) == 1}
        _take(part, {n: d for n, d in alike.items() if n not in own}, last=last)
        made.append(part)
    return made


def _take(one: Usual, fields: Mapping[str, GraphQLField], *, last: bool) -> None:
    for name, definition in fields.items():
        if _asks(definition):
            continue
        below = get_named_type(definition.type)
        if is_leaf_type(below):
            one.leaves.append(name)
        elif not last and below.name not in one.above | {one.type.name}:
            one.objects[name] = Usual(below, one.above | {one.type.name})


def _asks(definition: GraphQLField) -> bool:
    """Whether it wants an argument, or wants to be left alone."""
    if definition.deprecation_reason is not None:
        return True
    return any(is_required_argument(one) for one in definition.args.values())


def _node(name: str, below: SelectionSetNode | None = None) -> FieldNode:
    return FieldNode(name=NameNode(value=name), arguments=(), selection_set=below)


def fields_of(type_: GraphQLNamedType) -> Mapping[str, GraphQLField]:
    """A type's own fields; none of a union, a scalar or an enum."""
    if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
        fields: Mapping[str, GraphQLField] = type_.fields
        return fields
    return {}
