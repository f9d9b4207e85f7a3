"""What an operation takes → JSON Schema, which is how agents learn of it.

In charge of the schemas of arguments and variables. A schema is help, not the check:
values are judged by GraphQL's coercion, as they are everywhere else.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from graphql import (
    GraphQLArgument,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    is_required_input_field,
    value_from_ast_untyped,
)
from graphql.utilities.get_default_value_ast import get_default_value_ast

from gateway.doors.selected.leaf import JsonSchema, described, leaf
from gateway.values import JsonValue


@dataclass(slots=True)
class InputSchemas:
    """Schemas of one tool's input; named types are written once, in ``defs``."""

    schema: GraphQLSchema
    defs: JsonSchema = field(default_factory=dict)

    def of(self, type_: GraphQLInputType) -> JsonSchema:
        """The schema of a value. Null is left out: what is null is not given."""
        if isinstance(type_, GraphQLNonNull):
            return self.of(type_.of_type)
        if isinstance(type_, GraphQLList):
            return {"type": "array", "items": self.of(type_.of_type)}
        if isinstance(type_, GraphQLInputObjectType):
            self._define(type_)
            return {"$ref": f"#/$defs/{type_.name}"}
        return leaf(type_)

    def _define(self, type_: GraphQLInputObjectType) -> None:
        if type_.name in self.defs:
            return
        self.defs[type_.name] = None  # known, so that it may hold itself
        properties: JsonSchema = {}
        required: list[str] = []
        for name, one in type_.fields.items():
            entry = self.of(one.type)
            properties[name] = described(entry, one.description, default_of(one))
            if is_required_input_field(one):
                required.append(name)
        made: JsonSchema = {
            "type": "object",
            "properties": properties,
            "additionalProperties": False,
        }
        if required:
            made["required"] = required
        if type_.is_one_of:
            made |= {"minProperties": 1, "maxProperties": 1}
        self.defs[type_.name] = described(made, type_.description)

    def whole(self, properties: JsonSchema, required: list[str]) -> JsonSchema:
        """The schema of all arguments of a tool."""
        made: JsonSchema = {
            "type": "object",
            "properties": properties,
            "additionalProperties": False,
        }
        if required:
            made["required"] = required
        if self.defs:
            made["$defs"] = self.defs
        return made


def default_of(one: GraphQLArgument | GraphQLInputField) -> JsonValue:
    """The value where none is given; None where there is none, and where it is null."""
    node = get_default_value_ast(one)
    return None if node is None else value_from_ast_untyped(node)
