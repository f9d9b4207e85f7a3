"""GraphQL text → a validated document and the operation it runs.

In charge of parsing, validation and the choice of the operation. What it decides
depends only on the text and the schema, so callers may keep it by their digests.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    Node,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    is_input_type,
    parse,
    type_from_ast,
    validate,
    value_from_ast,
)
from graphql.execution.values import VariableValues, get_variable_values

from gateway.errors import Code, RequestError
from gateway.policy.limits import Excess, LimitError, Limits, counted
from gateway.policy.measures import excesses_of, long_list
from gateway.record import Model
from gateway.request.introspection import asked_again
from gateway.request.patience import validated
from gateway.request.plain import Plain, Switched, without_parts

NO_VARIABLES = VariableValues(sources={}, coerced={})


class Document(Model, frozen=True):
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
    excesses: tuple[Excess, ...] = ()
    """Limits that it is beyond, of those that are told of and not held."""


class InvalidDocumentError(RequestError):
    """The document cannot be run against the schema; ``errors`` say why and where."""

    def __init__(self, errors: list[GraphQLError], code: Code) -> None:
        super().__init__(errors[0].message, code=code)
        self.errors = errors


def read_document(
    text: str,
    schema: GraphQLSchema,
    limits: Limits,
    digest: str,
    within: float = math.inf,
) -> Document:
    """Parse and validate, within the limits, and in so many seconds at most.

    Raises:
        LimitError: it asks for more than a document may: see `policy.measures`.
        InvalidDocumentError: it is no GraphQL (GRAPHQL_PARSE_FAILED), or does not fit
            the schema (GRAPHQL_VALIDATION_FAILED), or asks for the schema itself
            where that is off (INTROSPECTION_DISABLED).
    """
    held = _Held(limits.warn)
    node = _parsed(text, limits, held)
    errors = validated(schema, node, min(within, limits.planning))
    if errors:
        raise InvalidDocumentError(errors, Code.GRAPHQL_VALIDATION_FAILED)
    if not limits.introspection:
        _require_no_introspection(schema, node)
    elif (again := asked_again(text, node)) is not None:
        raise InvalidDocumentError([again], Code.GRAPHQL_VALIDATION_FAILED)
    plain = _plain(node)
    node, written = (node, None) if plain is None else (plain.node, node)
    definitions = node.definitions
    fragments = {
        d.name.value: d for d in definitions if isinstance(d, FragmentDefinitionNode)
    }
    operations = {
        d.name.value if d.name else None: d
        for d in definitions
        if isinstance(d, OperationDefinitionNode)
    }
    if (excess := long_list(node, limits)) is not None:
        held.note(excess)
    for operation in operations.values():
        for excess in excesses_of(operation, fragments, limits):
            held.note(excess, operation)
    return Document(
        node=node,
        fragments=fragments,
        operations=operations,
        digest=digest,
        written=written,
        switched=plain.switched if plain else (),
        excesses=tuple(held.told),
    )


def _require_no_introspection(schema: GraphQLSchema, node: DocumentNode) -> None:
    found = validate(schema, node, [NoSchemaIntrospectionCustomRule])
    if found:
        said = "Introspection is off here ('limits.introspection')."
        first = GraphQLError(said, found[0].nodes)  # of others it is the same
        raise InvalidDocumentError([first], Code.INTROSPECTION_DISABLED)


def _plain(node: DocumentNode) -> Plain | None:
    try:
        return without_parts(node)
    except GraphQLError as error:
        raise InvalidDocumentError([error], Code.GRAPHQL_VALIDATION_FAILED) from error


@dataclass(slots=True)
class _Held:
    """Limits: those in ``warn`` are told of, the others held."""

    warn: frozenset[str]
    told: list[Excess] = field(default_factory=list)

    def note(self, excess: Excess, node: Node | None = None) -> None:
        """Something is beyond a limit.

        Raises:
            LimitError: and the limit is held.
        """
        if excess.limit in self.warn:
            self.told.append(excess)
            return
        where = GraphQLError("", node).locations if node is not None else None
        raise LimitError(excess, tuple((one.line, one.column) for one in where or ()))


def _parsed(text: str, limits: Limits, held: _Held) -> DocumentNode:
    most = None if "tokens" in limits.warn else limits.tokens
    try:
        node = parse(text, allow_empty_selection_sets=False, max_tokens=most)
    except GraphQLError as error:
        if "tokens. Parsing aborted" in error.message:
            raise LimitError(_tokens("more than ", limits.tokens, limits)) from None
        raise InvalidDocumentError([error], Code.GRAPHQL_PARSE_FAILED) from error
    except RecursionError:
        deep = GraphQLError("The document is nested too deeply.")
        raise InvalidDocumentError([deep], Code.GRAPHQL_PARSE_FAILED) from None
    if most is None and (found := _tokens_of(node)) > limits.tokens:
        held.note(_tokens("", found, limits))
    return node


def _tokens(beyond: str, found: int, limits: Limits) -> Excess:
    what = f"has {beyond}{counted(found, 'tokens')}"
    code, most = Code.MAX_TOKENS_LIMIT, limits.tokens
    return Excess("tokens", code, what, found, most, "The document")


def _tokens_of(node: DocumentNode) -> int:
    token = node.loc.start_token if node.loc else None
    count = 0
    while token is not None:
        token, count = token.next, count + 1
    return count - 2  # the document's own beginning and end


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


def defaults_of(
    schema: GraphQLSchema, operation: OperationDefinitionNode
) -> VariableValues:
    """The values of an operation's variables where nobody gives any."""
    values: dict[str, object] = {}
    for one in operation.variable_definitions or ():
        type_ = type_from_ast(schema, one.type)
        if one.default_value is not None and is_input_type(type_):
            name = one.variable.name.value
            values[name] = value_from_ast(one.default_value, type_)
    return VariableValues({}, values)


def mentions(text: str) -> tuple[str, ...]:
    """The names of the root fields that a document that parses selects."""
    return tuple(
        field.name.value
        for definition in parse(text).definitions
        if isinstance(definition, OperationDefinitionNode)
        for field in definition.selection_set.selections
        if isinstance(field, FieldNode)
    )
