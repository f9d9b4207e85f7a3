"""An operation, its wishes and its arguments → the GraphQL request that they are.

In charge of the document's text, which is the same for the same fields: so that what
the pipeline keeps of a document is found again. Must never write a value into it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLInputType,
    GraphQLNonNull,
    NameNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    VariableDefinitionNode,
    VariableNode,
    get_named_type,
    is_required_argument,
    print_ast,
)
from graphql.language import parse_type

from gateway.cache.bounded import Bounded
from gateway.doors.rest.fields import read_fields
from gateway.doors.rest.offered import Offered
from gateway.doors.rest.problems import RefusedError
from gateway.doors.rest.selecting import Selecting, argument_node
from gateway.generation import Generation
from gateway.request.model import Asking, OperationKind
from gateway.values import JsonValue

_KEPT = 500
_LONGEST_KEPT = 2_000


@dataclass(frozen=True, slots=True)
class Written:
    """A document, the values of its fields' arguments, and what it selects."""

    document: str
    values: Mapping[str, JsonValue]
    selection: SelectionSetNode | None


@dataclass(slots=True)
class Writing:
    """Writes documents, and keeps those without values in them, bounded."""

    _kept: Bounded[tuple[str, str, str], Written] = field(
        default_factory=lambda: Bounded(_KEPT)
    )

    def written(
        self, generation: Generation, offered: Offered, fields: str | None
    ) -> Written:
        """The document of an operation with the wanted fields.

        Raises:
            RefusedError: the fields cannot be read, or are not there.
        """
        text = fields or ""
        if "(" in text or len(text) > _LONGEST_KEPT:
            return _write(generation, offered, fields)
        key = (f"{generation.reading} {offered.kind}", offered.name, text)
        return self._kept.get(key, lambda: _write(generation, offered, fields))


def _write(generation: Generation, offered: Offered, fields: str | None) -> Written:
    wishes = read_fields(fields) if fields is not None else {}
    types = offered.types
    selecting = Selecting(
        generation.schema, generation.limits.depth - 1, frozenset(types)
    )
    selection = selecting.of(get_named_type(offered.field.type), wishes)
    variables = {**_variables(offered), **selecting.variables}
    root = FieldNode(
        name=NameNode(value=offered.name),
        arguments=tuple(argument_node(name, name) for name in types),
        selection_set=selection,
    )
    mutation = offered.kind is OperationKind.MUTATION
    operation = OperationDefinitionNode(
        operation=OperationType.MUTATION if mutation else OperationType.QUERY,
        name=NameNode(value=offered.name),
        variable_definitions=tuple(_definition(n, t) for n, t in variables.items()),
        selection_set=SelectionSetNode(selections=(root,)),
    )
    document = print_ast(DocumentNode(definitions=(operation,)))
    return Written(document, selecting.values, selection)


def _variables(offered: Offered) -> Mapping[str, GraphQLInputType]:
    """The arguments as variables; one with a default may be left out."""
    return {
        name: one.type.of_type
        if isinstance(one.type, GraphQLNonNull) and not is_required_argument(one)
        else one.type
        for name, one in offered.field.args.items()
    }


def _definition(name: str, type_: GraphQLInputType) -> VariableDefinitionNode:
    return VariableDefinitionNode(
        variable=VariableNode(name=NameNode(value=name)), type=parse_type(str(type_))
    )


def asking_of(
    offered: Offered, written: Written, arguments: Mapping[str, JsonValue]
) -> Asking:
    """The request.

    Raises:
        RefusedError: an argument is missing.
    """
    for name, one in offered.field.args.items():
        if is_required_argument(one) and name not in arguments:
            raise missing(name)
    return Asking(
        written.document,
        offered.name,
        {**arguments, **written.values},
        read_only=offered.kind is OperationKind.QUERY,
    )


def missing(name: str) -> RefusedError:
    """The refusal of a request without a parameter that it needs."""
    return RefusedError(f"The parameter {name!r} is missing.", more={"parameter": name})
