"""Argument values, bound for one request; plans never hold them."""

from __future__ import annotations

from dataclasses import dataclass

from graphql import FieldNode, GraphQLError, GraphQLField
from graphql.execution.values import VariableValues, get_argument_values

from gateway.errors import Code
from gateway.request.document import InvalidDocumentError
from gateway.request.model import Arguments, Bindings, SelectedField, Selection
from gateway.values import Path


@dataclass(frozen=True, slots=True)
class Unbound:
    """A field's arguments as the document has them."""

    definition: GraphQLField
    node: FieldNode

    def bind(self, variables: VariableValues) -> Arguments:
        """Every declared argument; null where it is not given and has no default."""
        given = get_argument_values(self.definition, self.node, variables)
        return {name: given.get(name) for name in self.definition.args}


def bind(selection: Selection, variables: VariableValues) -> Bindings:
    """The arguments of every selected field that takes some, by response path.

    Raises:
        InvalidDocumentError: BAD_USER_INPUT where a variable's value does not do.
    """
    bindings: dict[Path, Arguments] = {}
    try:
        for root in selection.roots:
            _bind_field(root, (root.key,), variables, bindings)
    except GraphQLError as error:
        raise InvalidDocumentError([error], Code.BAD_USER_INPUT) from error
    return bindings


def _bind_field(
    field: SelectedField,
    path: Path,
    variables: VariableValues,
    bindings: dict[Path, Arguments],
) -> None:
    if isinstance(field.arguments, Unbound):
        bindings[path] = field.arguments.bind(variables)
    for concrete, children in field.fields.items():
        place = field.below(path, concrete)
        for child in children:
            _bind_field(child, (*place, child.key), variables, bindings)
