"""What a representation carries besides its key: the fields that are required.

In charge of letting in what ``@requires`` names and nothing else, each value held to
its type. What is not sent is missing, as any value can be. Must never let a value in
that the schema has no place for.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from graphql import (
    GraphQLError,
    GraphQLInterfaceType,
    GraphQLLeafType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_abstract_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
)

from gateway.profile.model import KeyFields
from gateway.record import Model


class UnfitError(ValueError):
    """A value of a representation is not of its type."""


class Field(Model, frozen=True):
    """One field: how many lists it stands in, and what each item is."""

    lists: int
    of: GraphQLLeafType | Brought


Brought: TypeAlias = Mapping[str, Field]
"""Fields that may come with an object."""


def brought(
    schema: GraphQLSchema, type_: GraphQLNamedType, fields: KeyFields
) -> Brought:
    """The reader of what may be sent along with an object of a type."""
    found: dict[str, Field] = {}
    for name, below in fields.items():
        of = _type_of(schema, type_, name)
        named, lists = get_named_type(of), _lists(of)  # type: ignore[call-overload]
        if is_leaf_type(named):
            found[name] = Field(lists, named)
        else:
            found[name] = Field(lists, brought(schema, named, below))
    return found


def _type_of(schema: GraphQLSchema, type_: GraphQLNamedType, name: str) -> object:
    """A field's type; of an abstract type it may be a field of one of its types."""
    kinds = [type_]
    if is_abstract_type(type_):
        kinds += schema.get_possible_types(type_)
    for kind in kinds:
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
            found = kind.fields.get(name)
            if found is not None:
                return found.type
    raise KeyError(name)  # it was checked when the directive was read


def _lists(type_: object) -> int:
    lists = 0
    while is_list_type(type_) or is_non_null_type(type_):
        lists += is_list_type(type_)
        type_ = type_.of_type
    return lists


def read_brought(
    reader: Brought, given: Mapping[str, object], at: str = ""
) -> dict[str, object]:
    """The fields that are there.

    Raises:
        UnfitError: one of them is not of its type.
    """
    return {
        name: _read(field, field.lists, given[name], f"{at}{name}")
        for name, field in reader.items()
        if name in given
    }


def _read(field: Field, lists: int, value: object, at: str) -> object:
    if value is None:
        return None
    if lists:
        if not isinstance(value, list):
            raise UnfitError(f"{at!r} is no list")
        return [_read(field, lists - 1, item, at) for item in value]
    if not isinstance(field.of, Mapping):
        return leaf(at, field.of, value)
    if not isinstance(value, Mapping):
        raise UnfitError(f"{at!r} is no object")
    below = read_brought(field.of, value, f"{at}.")
    kind = value.get("__typename")
    return {"__typename": kind, **below} if isinstance(kind, str) else below


def leaf(name: str, type_: GraphQLLeafType, value: object) -> object:
    """A value as an argument of its type would come in.

    Raises:
        UnfitError: it is not of the type.
    """
    try:
        return type_.coerce_input_value(value)  # type: ignore[arg-type]
    except GraphQLError:
        raise UnfitError(f"{name!r} is no {type_.name}") from None
