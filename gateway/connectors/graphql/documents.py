"""A step's own document at load time: one operation whose variables have values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    NonNullTypeNode,
    OperationDefinitionNode,
    OperationType,
    VariableDefinitionNode,
    parse,
)

from gateway.connectors.base import Section
from gateway.connectors.graphql.target import GraphqlTarget
from gateway.connectors.graphql.upstream import misfits
from gateway.errors import did_you_mean
from gateway.record import Model
from gateway.values import JsonValue


def is_mutation(text: str) -> bool:
    """Whether a document asks for a mutation; what is no document does not."""
    try:
        operations = _operations(parse(text))
    except GraphQLError:
        return False
    return any(one.operation is OperationType.MUTATION for one in operations)


class Asks(Protocol):
    """Options with a document."""

    @property
    def document(self) -> str | None: ...

    @property
    def variables(self) -> Mapping[str, JsonValue]: ...


class DocumentReader(Model, frozen=True):
    """Reads the document of one step. ``schema`` is the upstream's, where known.

    ``listens``: it is to be a subscription, else anything but one.
    """

    section: Section
    schema: GraphQLSchema | None
    listens: bool = False

    def read(self, asked: Asks) -> GraphqlTarget:
        """The target; the best that can be made of it where a problem is told."""
        text = asked.document or ""
        operation = self._operation(text)
        if operation is None:
            return GraphqlTarget("", None)
        if self.schema is not None:
            for error in misfits(self.schema, text):
                self._problem(error, "the upstream would refuse this")
        return GraphqlTarget(
            operation.name.value if operation.name else "",
            _only_root(operation),
            parts=(text,),
            variables=self._variables(operation, asked),
            mutation=operation.operation is OperationType.MUTATION,
            exact=self.section.wants_exact(),
        )

    def _operation(self, text: str) -> OperationDefinitionNode | None:
        """The document's only operation; None and a problem where it has none."""
        try:
            document = parse(text)
        except GraphQLError as error:
            self._problem(error, "this is no GraphQL document")
            return None
        others = [
            one
            for one in document.definitions
            if not isinstance(one, OperationDefinitionNode | FragmentDefinitionNode)
        ]
        found = _operations(document)
        if others or len(found) != 1:
            message = "a document has one operation, and fragments"
            hint = "write query($id: ID!) { customer(id: $id) { name } }"
            self.section.problem(("document",), message, hint=hint)
            return None
        is_one = found[0].operation is OperationType.SUBSCRIPTION
        if is_one is not self.listens:
            message = "a step asks for a query or a mutation, not for a subscription"
            if self.listens:
                message = "what is listened to is a subscription"
            self.section.problem(("document",), message)
            return None
        return found[0]

    def _variables(
        self, operation: OperationDefinitionNode, asked: Asks
    ) -> Mapping[str, object]:
        """A value for each variable: as written, or the argument of its name."""
        section, values = self.section, {}
        declared = {
            one.variable.name.value: one for one in operation.variable_definitions or ()
        }
        for name, value in asked.variables.items():
            values[name] = section.value(("variables", name), value)
            if name not in declared:
                message = f"the document has no variable ${name}"
                hint = did_you_mean(name, declared)
                section.problem(("variables", name), message, hint=hint)
        for name, node in declared.items():
            if name in values:
                continue
            if name in section.argument_names():
                values[name] = section.argument(name, ("variables", name))
            elif _is_needed(node):
                message = f"the variable ${name} has no value"
                hint = f"add variables: {{ {name}: '${{ ... }}' }}"
                section.problem(("document",), message, hint=hint)
        return values

    def _problem(self, error: GraphQLError, what: str) -> None:
        where = ""
        if error.locations:
            at = error.locations[0]
            where = f" (line {at.line}, column {at.column} of it)"
        said = error.message.removeprefix("Syntax Error: ")
        self.section.problem(("document",), f"{what}: {said}{where}")


def _operations(document: DocumentNode) -> list[OperationDefinitionNode]:
    found = document.definitions
    return [one for one in found if isinstance(one, OperationDefinitionNode)]


def _only_root(operation: OperationDefinitionNode) -> str | None:
    """The key of the only field at the root; None where there are several."""
    fields = operation.selection_set.selections
    if len(fields) != 1 or not isinstance(fields[0], FieldNode):
        return None
    alias = fields[0].alias
    return alias.value if alias else fields[0].name.value


def _is_needed(node: VariableDefinitionNode) -> bool:
    return isinstance(node.type, NonNullTypeNode) and node.default_value is None
