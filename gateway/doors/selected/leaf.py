"""A scalar or an enum → JSON Schema, with what people wrote of it.

In charge of saying what form a value has in JSON; of a scalar that nobody knows
nothing is said.
"""

from __future__ import annotations

from collections.abc import Mapping

from graphql import GraphQLEnumType, GraphQLNamedType

from gateway.values import JsonValue

JsonSchema = dict[str, JsonValue]
_PLAIN: Mapping[str, Mapping[str, JsonValue]] = {
    "ID": {"type": "string"},
    "String": {"type": "string"},
    "Int": {"type": "integer"},
    "Float": {"type": "number"},
    "Boolean": {"type": "boolean"},
    "Date": {"type": "string", "format": "date"},
    "DateTime": {"type": "string", "format": "date-time"},
    "Decimal": {"type": "string", "description": "A decimal number as text: 12.50."},
}
"""Scalars whose values have one form in JSON; of any other no form is known."""


def leaf(type_: GraphQLNamedType) -> JsonSchema:
    """The schema of a scalar or an enum, null not among it."""
    if isinstance(type_, GraphQLEnumType):
        return {"type": "string", "enum": list(type_.values)}
    known = _PLAIN.get(type_.name)
    if known is None:
        said = f"A {type_.name}. {type_.description or ''}".strip()
        return {"description": said}
    return dict(known)


def described(
    entry: JsonSchema, description: str | None, default: JsonValue = None
) -> JsonSchema:
    """The same with what people wrote of it."""
    made = dict(entry)
    if description:
        own = made.get("description")
        made["description"] = f"{description} {own}" if own else description
    if default is not None:
        made["default"] = default
    return made
