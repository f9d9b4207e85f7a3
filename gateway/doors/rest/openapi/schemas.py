"""GraphQL types → JSON Schemas as OpenAPI 3.1 has them.

In charge of promising no more than is kept: a field is there where it was asked for,
so none is required, and what may be null may be null.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLUnionType,
    is_required_input_field,
)

from gateway.values import JsonValue

Schema = dict[str, JsonValue]
_INT = 2**31
_PLAIN: Mapping[str, Mapping[str, JsonValue]] = {
    "ID": {"type": "string"},
    "String": {"type": "string"},
    "Int": {"type": "integer", "minimum": -_INT, "maximum": _INT - 1},
    "Float": {"type": "number"},
    "Boolean": {"type": "boolean"},
    "Date": {"type": "string", "format": "date"},
    "DateTime": {"type": "string", "format": "date-time"},
    "Decimal": {"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?$"},
}
"""Scalars with one form in JSON; of any other no form is known."""


@dataclass(slots=True)
class Schemas:
    """Schemas of one document: named types stand once among its components."""

    schema: GraphQLSchema
    components: Schema = field(default_factory=dict)

    def output(self, type_: GraphQLOutputType) -> Schema:
        """A value that is given; null where its type allows it."""
        if isinstance(type_, GraphQLNonNull):
            return self.present(type_.of_type)
        return _or_null(self.present(type_))

    def present(self, type_: GraphQLOutputType) -> Schema:
        """The same, where it is not null."""
        if isinstance(type_, GraphQLNonNull):
            return self.present(type_.of_type)
        if isinstance(type_, GraphQLList):
            return {"type": "array", "items": self.output(type_.of_type)}
        if isinstance(type_, GraphQLScalarType):
            return scalar(type_)
        return self._named(type_)

    def input(self, type_: GraphQLInputType, *, nullable: bool = False) -> Schema:
        """A value that is taken; with ``nullable`` null too, where its type allows."""
        if isinstance(type_, GraphQLNonNull):
            return self.input(type_.of_type)
        made: Schema
        if isinstance(type_, GraphQLList):
            items = self.input(type_.of_type, nullable=nullable)
            made = {"type": "array", "items": items}
        elif isinstance(type_, GraphQLScalarType):
            made = scalar(type_)
            if type_.name == "ID" and not nullable:
                made["minLength"] = 1  # an empty one names nothing
        else:
            made = self._named(type_)
        return _or_null(made) if nullable else made

    def _named(self, type_: GraphQLNamedType) -> Schema:
        if type_.name not in self.components:
            self.components[type_.name] = {}  # known, so that it may hold itself
            self.components[type_.name] = described(self._made(type_), type_)
        return {"$ref": f"#/components/schemas/{type_.name}"}

    def _made(self, type_: GraphQLNamedType) -> Schema:
        match type_:
            case GraphQLEnumType():
                return {"type": "string", "enum": list(type_.values)}
            case GraphQLObjectType():
                fields = {
                    name: described(self.output(one.type), one)
                    for name, one in type_.fields.items()
                }
                said: Schema = {"__typename": {"const": type_.name}}
                return _object({**said, **fields}, ())
            case GraphQLInterfaceType() | GraphQLUnionType():
                return self._several(type_)
            case GraphQLInputObjectType():
                return self._input_object(type_)
            case _:
                return {}

    def _several(self, type_: GraphQLInterfaceType | GraphQLUnionType) -> Schema:
        """One of the possible types; each says its name wherever several may come."""
        possible = self.schema.get_possible_types(type_)
        refs = {one.name: self._named(one) for one in possible}
        mapping: Schema = {name: ref["$ref"] for name, ref in refs.items()}
        return {
            "type": "object",
            "required": ["__typename"],
            "oneOf": list(refs.values()),
            "discriminator": {"propertyName": "__typename", "mapping": mapping},
        }

    def _input_object(self, type_: GraphQLInputObjectType) -> Schema:
        fields = {
            name: described(self.input(one.type, nullable=True), one)
            for name, one in type_.fields.items()
        }
        required = [
            n for n, one in type_.fields.items() if is_required_input_field(one)
        ]
        made = _object(dict(fields), required)
        if type_.is_one_of:
            made |= {"minProperties": 1, "maxProperties": 1}
        return made


def scalar(type_: GraphQLScalarType) -> Schema:
    """The form of a scalar's values."""
    made: Schema = dict(_PLAIN.get(type_.name, {}))
    if type_.name not in _PLAIN and type_.description:
        made["description"] = type_.description
    return made


def described(made: Schema, of: object) -> Schema:
    """The schema with what its type, field or argument says of itself."""
    if said := getattr(of, "description", None):
        made = {**made, "description": said}
    if getattr(of, "deprecation_reason", None) is not None:
        made = {**made, "deprecated": True}
    return made


def _object(properties: Schema, required: list[str] | tuple[str, ...]) -> Schema:
    made: Schema = {"type": "object", "properties": properties}
    if required:
        made["required"] = list(required)
    return {**made, "additionalProperties": False}


def _or_null(made: Schema) -> Schema:
    kind = made.get("type")
    if isinstance(kind, str):
        return {**made, "type": [kind, "null"]}
    return {"anyOf": [made, {"type": "null"}]} if made else made
