"""Fields that a directive names, ``"id branch { city }"``, held against the schema.

In charge of what may stand in such a text, for a key, for what is required and for what
is provided. Must never know which type's fields are external.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import Enum

from graphql import (
    FieldNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    get_named_type,
    is_abstract_type,
    is_list_type,
    is_non_null_type,
    parse,
)

from gateway.errors import did_you_mean
from gateway.profile.model import KeyFields
from gateway.record import Model, Struct, field
from gateway.values import Coordinate

_NESTED = 20
"""How deep fields may stand in each other: beyond it nobody means it."""


class Use(Enum):
    """What the fields are for; a key is made of leaves of single objects."""

    KEY = "key"
    FURTHER = "further"


class FieldSetError(ValueError):
    """The text is no selection of the type's fields."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


class Selected(Struct):
    """The fields as a tree; ``met`` are all of them, ``ways`` the way to each leaf."""

    fields: KeyFields = field(default_factory=dict)
    met: set[Coordinate] = field(default_factory=set)
    ways: list[tuple[Coordinate, ...]] = field(default_factory=list)


def read_field_set(
    text: str, type_: GraphQLNamedType, schema: GraphQLSchema, use: Use
) -> Selected:
    """What a text selects of a type.

    Raises:
        FieldSetError: it does not parse, or the type has no such fields.
    """
    try:
        (node,) = parse(f"{{ {text} }}", no_location=True).definitions
    except GraphQLError as error:
        raise FieldSetError(
            f"{text!r} is no list of fields: {error.message.rstrip('.')}",
            'write them as GraphQL selects them, "id branch { city }"',
        ) from None
    except ValueError:  # a query, and something behind it
        raise FieldSetError(
            f"{text!r} has a brace too many", 'write "id", or "branch { id }"'
        ) from None
    if not isinstance(node, OperationDefinitionNode):
        raise FieldSetError(f"{text!r} is no list of fields", 'write "id"')
    found = Selected()
    reader = _Reader(schema, use, found)
    found.fields = reader.fields(node.selection_set, type_, ())
    return found


class _Reader(Model, frozen=True):
    schema: GraphQLSchema
    use: Use
    found: Selected

    def fields(
        self,
        selected: SelectionSetNode,
        type_: GraphQLNamedType,
        way: tuple[Coordinate, ...],
    ) -> dict[str, KeyFields]:
        if len(way) >= _NESTED:
            raise FieldSetError(
                f"fields stand in each other more than {_NESTED} times", "name fewer"
            )
        fields: dict[str, KeyFields] = {}
        for node, of in self._flat(selected, type_):
            name = node.name.value
            if name == "__typename":
                continue
            if name in fields and self.use is Use.KEY:
                raise FieldSetError(f"{name!r} is named twice", "name it once")
            below = self._field(node, of, way)
            fields[name] = {**fields.get(name, {}), **below}
        if not fields:
            raise FieldSetError("it names no field", "name one")
        return fields

    def _flat(
        self, selected: SelectionSetNode, type_: GraphQLNamedType
    ) -> Iterator[tuple[FieldNode, GraphQLNamedType]]:
        """The fields with the type that each is of; fragments are looked through."""
        for node in selected.selections:
            self._plain(node)
            if isinstance(node, FieldNode):
                yield node, type_
            elif isinstance(node, InlineFragmentNode):
                yield from self._flat(node.selection_set, self._narrowed(node, type_))

    def _plain(self, node: SelectionNode) -> None:
        if isinstance(node, FragmentSpreadNode):
            raise FieldSetError(
                "there are no fragments here", "write '... on Type { }'"
            )
        if node.directives:
            raise FieldSetError("fields have no directives here", "remove them")
        if isinstance(node, FieldNode) and node.alias:
            raise FieldSetError("fields have no aliases here", "name the field only")
        if isinstance(node, InlineFragmentNode) and self.use is Use.KEY:
            raise FieldSetError("a key has no fragments", "name fields of the type")

    def _narrowed(
        self, node: InlineFragmentNode, type_: GraphQLNamedType
    ) -> GraphQLNamedType:
        name = node.type_condition.name.value if node.type_condition else type_.name
        found = self.schema.type_map.get(name)
        if not isinstance(found, GraphQLObjectType | GraphQLInterfaceType):
            raise FieldSetError(
                f"there is no type {name!r} with fields",
                did_you_mean(name, self.schema.type_map) or "name another",
            )
        return found

    def _field(
        self, node: FieldNode, of: GraphQLNamedType, way: tuple[Coordinate, ...]
    ) -> Mapping[str, KeyFields]:
        at = Coordinate(of.name, node.name.value)
        known = (
            of.fields
            if isinstance(of, GraphQLObjectType | GraphQLInterfaceType)
            else {}
        )
        found = known.get(at.field)
        if found is None:
            hint = did_you_mean(at.field, known) or f"add it to {of.name}"
            if isinstance(of, GraphQLUnionType):
                hint = "write '... on Type { field }'"
            raise FieldSetError(f"{of.name} has no field {at.field!r}", hint)
        if node.arguments or found.args:
            raise FieldSetError(f"{at} has arguments", "name fields without arguments")
        named = get_named_type(found.type)
        self._fits(at, found.type, node)
        self.found.met.add(at)
        if node.selection_set is None:
            self.found.ways.append((*way, at))
            return {}
        return self.fields(node.selection_set, named, (*way, at))

    def _fits(self, at: Coordinate, type_: object, node: FieldNode) -> None:
        named = get_named_type(type_)  # type: ignore[call-overload]
        kinds = (GraphQLObjectType, GraphQLInterfaceType, GraphQLUnionType)
        is_object = isinstance(named, kinds)
        if self.use is Use.KEY and (_is_list(type_) or is_abstract_type(named)):
            raise FieldSetError(
                f"{at} is a {type_}, and keys are leaves of single objects",
                "name other fields",
            )
        if is_object and node.selection_set is None:
            first = next(iter(getattr(named, "fields", {})), "__typename")
            raise FieldSetError(
                f"{at} is an object", f'write "{at.field} {{ {first} }}"'
            )
        if not is_object and node.selection_set is not None:
            raise FieldSetError(f"{at} is a {type_}, it has no fields", "name it only")


def _is_list(type_: object) -> bool:
    while is_non_null_type(type_):
        type_ = type_.of_type
    return is_list_type(type_)
