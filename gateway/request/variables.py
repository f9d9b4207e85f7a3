"""Variables, compiled: per request only their values are looked at.

In charge of the usual case, scalars in their usual form; graphql-core decides all
others, and says what is wrong. Must never accept what it would refuse.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from graphql import (
    GraphQLSchema,
    ListTypeNode,
    NamedTypeNode,
    NonNullTypeNode,
    OperationDefinitionNode,
    TypeNode,
    VariableDefinitionNode,
)
from graphql.execution.values import VariableValues

from gateway.record import Model
from gateway.request.document import coerce_variables

_NOT_GIVEN: Final = object()
_USUAL: Mapping[str, type] = {"ID": str, "String": str, "Boolean": bool, "Int": int}
_INT_END = 2**31


class Usual(Model, frozen=True):
    """One variable of a built-in scalar type: its values of this class are fine."""

    name: str
    usual: type
    required: bool
    default: object = _NOT_GIVEN


class Variables(Model, frozen=True):
    """How an operation's variables are read.

    ``usual`` is None where one of them is of a type that wants more than a look.
    """

    schema: GraphQLSchema
    operation: OperationDefinitionNode
    usual: tuple[Usual, ...] | None

    @classmethod
    def of(cls, schema: GraphQLSchema, operation: OperationDefinitionNode) -> Variables:
        found = [_variable(one) for one in operation.variable_definitions or ()]
        usual = tuple(one for one in found if one is not None)
        whole = len(usual) == len(found)
        return cls(schema, operation, usual if whole else None)

    def coerce(self, given: Mapping[str, object]) -> VariableValues:
        """The variables' values.

        Raises:
            InvalidDocumentError: BAD_USER_INPUT, one error for each that is wrong.
        """
        if self.usual is not None:
            values = usual_values(self.usual, given)
            if values is not None:
                return VariableValues({}, values)
        return coerce_variables(self.schema, self.operation, given)


def _variable(node: VariableDefinitionNode) -> Usual | None:
    """None where it has a default or is no scalar that can be judged by its class."""
    type_: TypeNode = node.type
    required = isinstance(type_, NonNullTypeNode)
    if isinstance(type_, NonNullTypeNode):
        type_ = type_.type
    if isinstance(type_, ListTypeNode) or not isinstance(type_, NamedTypeNode):
        return None
    usual = _USUAL.get(type_.name.value)
    if usual is None or node.default_value is not None:
        return None
    return Usual(node.variable.name.value, usual, required)


def usual_values(
    variables: tuple[Usual, ...], given: Mapping[str, object]
) -> dict[str, object] | None:
    """The variables' values; None where one is not of its usual class."""
    values: dict[str, object] = {}
    for one in variables:
        value = given.get(one.name, _NOT_GIVEN)
        if value.__class__ is one.usual and one.usual is not int:  # as most are
            values[one.name] = value
            continue
        if value is _NOT_GIVEN:
            if one.required:
                return None
            continue
        if value is None:
            if one.required:
                return None
        elif value.__class__ is not one.usual or (
            one.usual is int and not -_INT_END <= value < _INT_END  # type: ignore[operator]
        ):
            return None
        values[one.name] = value
    return values
