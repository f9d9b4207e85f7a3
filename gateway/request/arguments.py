"""A field's arguments as the document has them; plans never hold their values."""

from __future__ import annotations

from graphql import FieldNode, GraphQLField
from graphql.execution.values import VariableValues, get_argument_values

from gateway.record import Model
from gateway.request.model import Arguments


class Unbound(Model, frozen=True):
    """A field's arguments as the document has them."""

    definition: GraphQLField
    node: FieldNode

    def bind(self, variables: VariableValues) -> Arguments:
        """Every declared argument; null where it is not given and has no default."""
        given = get_argument_values(self.definition, self.node, variables)
        return {name: given.get(name) for name in self.definition.args}
