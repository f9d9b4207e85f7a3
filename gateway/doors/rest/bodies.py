"""Values of a JSON body, held to what the description says of them.

In charge of what GraphQL's coercion takes and the description does not: one value for a
list, a number for an id. A consumer who is told "array" finds out here, not when the
generated client of another does. Everything else is said once, by that coercion.
"""

from __future__ import annotations

from collections.abc import Mapping

from graphql import (
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLScalarType,
)

from gateway.doors.rest.problems import RefusedError
from gateway.values import JsonValue

_SHOWN = 100


def check_values(
    values: Mapping[str, JsonValue], types: Mapping[str, GraphQLInputType]
) -> None:
    """Refuse what does not have the form that is described.

    Raises:
        RefusedError: a value is no list, or no text, where one is wanted.
    """
    for name, value in values.items():
        if name in types:
            _check(name, value, types[name])


def _check(path: str, value: JsonValue, type_: GraphQLInputType) -> None:
    if isinstance(type_, GraphQLNonNull):
        type_ = type_.of_type
    match type_:
        case _ if value is None:
            return
        case GraphQLList():
            if not isinstance(value, list):
                raise _unfit(path, "a list is wanted", f"write [{_shown(value)}]")
            for number, item in enumerate(value):
                _check(f"{path}[{number}]", item, type_.of_type)
        case GraphQLInputObjectType() if isinstance(value, dict):
            types = {name: one.type for name, one in type_.fields.items()}
            for name in types.keys() & value.keys():
                _check(f"{path}.{name}", value[name], types[name])
        case GraphQLScalarType(name="ID") if not isinstance(value, str):
            raise _unfit(path, "a text is wanted", f'write "{_shown(value)}"')


def _shown(value: JsonValue) -> str:
    plain = isinstance(value, int) and not isinstance(value, bool)
    return str(value)[:_SHOWN] if plain else "..."


def _unfit(path: str, why: str, hint: str) -> RefusedError:
    shown = path[:_SHOWN]
    message = f"{shown!r} in the body does not fit: {why} ({hint})."
    return RefusedError(message, more={"parameter": shown, "hint": hint})
