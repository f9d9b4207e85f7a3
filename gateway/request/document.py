"""GraphQL text → a validated document and the operation it runs.

In charge of parsing, validation and the choice of the operation. What it decides
depends only on the text and the schema, so callers may keep it by their digests.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    parse,
    validate,
)
from graphql.execution.values import VariableValues, get_variable_values

from gateway.errors import Code, RequestError
from gateway.policy.limits import Limits, depth_of, fields_of
from gateway.request.plain import Plain, Switched, without_parts

NO_VARIABLES = VariableValues(sources={}, coerced={})


@dataclass(frozen=True, slots=True)
class Document:
    """A document that is valid for one schema. ``digest`` is its text's.

    ``written`` has the ``@defer`` and ``@stream`` that all else is without; None where
    it has none.
    """

    node: DocumentNode
    fragments: Mapping[str, FragmentDefinitionNode]
    operations: Mapping[str | None, OperationDefinitionNode]
    digest: str
    written: DocumentNode | None = None
    switched: tuple[Switched, ...] = ()
    """What those two read of variables."""


class InvalidDocumentError(RequestError):
    """The document cannot be run against the schema; ``errors`` say why and where."""

    def __init__(self, errors: list[GraphQLError], code: Code) -> None:
        super().__init__(errors[0].message, code=code)
        self.errors = errors


def read_document(
    text: str, schema: GraphQLSchema, limits: Limits, digest: str
) -> Document:
    """Parse and validate, within the limits.

    Raises:
        InvalidDocumentError: the document is too large (MAX_TOKENS_LIMIT), too deep
            (MAX_DEPTH_LIMIT) or too wide (MAX_FIELDS_LIMIT), is no GraphQL
            (GRAPHQL_PARSE_FAILED), or does not fit the schema
            (GRAPHQL_VALIDATION_FAILED).
    """
    node = _parsed(text, limits)
    errors = validate(schema, node)
    if errors:
        raise InvalidDocumentError(errors, Code.GRAPHQL_VALIDATION_FAILED)
    plain = _plain(node)
    node, written = (node, None) if plain is None else (plain.node, node)
    document = Document(
        node=node,
        fragments={
            d.name.value: d
            for d in node.definitions
            if isinstance(d, FragmentDefinitionNode)
        },
        operations={
            d.name.value if d.name else None: d
            for d in node.definitions
            if isinstance(d, OperationDefinitionNode)
        },
        digest=digest,
        written=written,
        switched=plain.switched if plain else (),
    )
    for operation in document.operations.values():
        _check_size(operation, document, limits)
    return document


def _plain(node: DocumentNode) -> Plain | None:
    try:
        return without_parts(node)
    except GraphQLError as error:
        raise InvalidDocumentError([error], Code.GRAPHQL_VALIDATION_FAILED) from error


def _check_size(
    operation: OperationDefinitionNode, document: Document, limits: Limits
) -> None:
    """Hold an operation to the limits before anything goes through its fields."""
    if depth_of(operation, document.fragments) > limits.depth:
        message = f"The operation nests fields more than {limits.depth} levels deep."
        deep = GraphQLError(message, operation)
        raise InvalidDocumentError([deep], Code.MAX_DEPTH_LIMIT)
    if fields_of(operation, document.fragments) > limits.fields:
        message = f"The operation selects more than {limits.fields} fields."
        large = GraphQLError(message, operation)
        raise InvalidDocumentError([large], Code.MAX_FIELDS_LIMIT)


def _parsed(text: str, limits: Limits) -> DocumentNode:
    try:
        return parse(text, allow_empty_selection_sets=False, max_tokens=limits.tokens)
    except GraphQLError as error:
        too_large = "tokens. Parsing aborted" in error.message
        code = Code.MAX_TOKENS_LIMIT if too_large else Code.GRAPHQL_PARSE_FAILED
        raise InvalidDocumentError([error], code) from error
    except RecursionError:
        deep = GraphQLError("The document is nested too deeply.")
        raise InvalidDocumentError([deep], Code.GRAPHQL_PARSE_FAILED) from None


def choose(document: Document, name: str | None) -> OperationDefinitionNode:
    """The operation to run.

    Raises:
        RequestError: OPERATION_RESOLUTION_FAILURE.
    """
    operations = document.operations
    if name is None and len(operations) == 1:
        return next(iter(operations.values()))
    if name is not None and name in operations:
        return operations[name]
    message = (
        f"Unknown operation named {name!r}."
        if name is not None
        else "The document has no operation."
        if not operations
        else "Must provide operation name if query contains multiple operations."
    )
    raise RequestError(message, code=Code.OPERATION_RESOLUTION_FAILURE)


def coerce_variables(
    schema: GraphQLSchema,
    operation: OperationDefinitionNode,
    given: Mapping[str, object],
) -> VariableValues:
    """The operation's variables with their types checked and defaults applied.

    Raises:
        InvalidDocumentError: BAD_USER_INPUT, one error for each variable that is wrong.
    """
    definitions = operation.variable_definitions
    if not definitions:
        return NO_VARIABLES
    values = get_variable_values(schema, definitions, dict(given), max_errors=50)
    if isinstance(values, list):
        raise InvalidDocumentError(values, Code.BAD_USER_INPUT)
    return values


def mentions(text: str) -> tuple[str, ...]:
    """The names of the root fields that a document that parses selects."""
    return tuple(
        field.name.value
        for definition in parse(text).definitions
        if isinstance(definition, OperationDefinitionNode)
        for field in definition.selection_set.selections
        if isinstance(field, FieldNode)
    )
