"""Several GraphQL documents as one, and its response as one for each of them. Pure.

In charge of names that cannot meet: each document's root fields, variables and
fragments get a mark of its own, and lose it in what comes back. The idea is that of
graphql-tools' `batch-execute`. Must never guess whose an error is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from graphql import (
    DefinitionNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    NameNode,
    OperationDefinitionNode,
    OperationType,
    SelectionNode,
    SelectionSetNode,
    VariableDefinitionNode,
    VariableNode,
    Visitor,
    parse,
    print_ast,
    strip_ignored_characters,
    visit,
)

_KEPT = 512
"""Documents, and sets of them, whose reading is remembered."""
_LONGEST = 200
"""Characters of a merged operation's name."""


@lru_cache(_KEPT)
def is_mergeable(text: str) -> bool:
    """Whether it is one query of plain fields at the root, without directives."""
    try:
        found = parse(text, no_location=True).definitions
    except (GraphQLError, RecursionError):
        return False
    others = [one for one in found if not isinstance(one, FragmentDefinitionNode)]
    only = others[0] if len(others) == 1 else None
    return (
        isinstance(only, OperationDefinitionNode)
        and only.operation is OperationType.QUERY
        and not only.directives
        and all(isinstance(o, FieldNode) for o in only.selection_set.selections)
    )


@lru_cache(_KEPT)
def merged(texts: tuple[str, ...]) -> tuple[str, str]:
    """Mergeable documents as one, and the name of its operation."""
    names: list[str] = []
    variables: list[VariableDefinitionNode] = []
    selections: list[SelectionNode] = []
    fragments: list[DefinitionNode] = []
    for number, text in enumerate(texts):
        marked: DocumentNode = visit(
            parse(text, no_location=True), _Marking(_mark(number))
        )
        for one in marked.definitions:
            if isinstance(one, OperationDefinitionNode):
                names += [one.name.value] if one.name else []
                variables += one.variable_definitions or ()
                selections += one.selection_set.selections
            else:
                fragments.append(one)
    name = "_and_".join(names)[:_LONGEST] or "together"
    operation = OperationDefinitionNode(
        operation=OperationType.QUERY,
        name=NameNode(value=name),
        variable_definitions=tuple(variables),
        directives=(),
        selection_set=SelectionSetNode(selections=tuple(selections)),
    )
    whole = DocumentNode(definitions=(operation, *fragments))
    return strip_ignored_characters(print_ast(whole)), name


def merged_body(bodies: Sequence[Mapping[str, object]]) -> dict[str, object]:
    """The body that asks what several mergeable ones ask, each by its own document."""
    query, name = merged(tuple(str(body["query"]) for body in bodies))
    variables: dict[str, object] = {}
    for number, body in enumerate(bodies):
        given, mark = body.get("variables"), _mark(number)
        if isinstance(given, Mapping):
            variables |= {f"{mark}{key}": value for key, value in given.items()}
    return {"query": query, "variables": variables, "operationName": name}


@dataclass(slots=True)
class _Part:
    data: dict[str, object] = field(default_factory=dict)
    errors: list[Mapping[str, object]] = field(default_factory=list)


def parted(body: object, count: int) -> list[dict[str, object] | None]:
    """The response of a merged document as one for each of its documents.

    None for one of which it cannot be told what its own response would be: an error
    names no place, or the data is lost by another's error.
    """
    nothing: list[dict[str, object] | None] = [None] * count
    if not isinstance(body, Mapping):
        return nothing
    data, errors = body.get("data"), body.get("errors") or []
    if not isinstance(errors, list) or not isinstance(data, Mapping | None):
        return nothing
    parts = [_Part() for _ in range(count)]
    for key, value in (data or {}).items():
        owner, name = _owner(key, count)
        if owner is None:
            return nothing
        parts[owner].data[name] = value
    for error in errors:
        path = error.get("path") if isinstance(error, Mapping) else None
        keys = path if isinstance(path, list) else []
        owner, name = _owner(keys[0] if keys else None, count)
        if owner is None:
            return nothing
        parts[owner].errors.append({**error, "path": [name, *keys[1:]]})
    return [_response(part, lost=data is None) for part in parts]


def _response(part: _Part, *, lost: bool) -> dict[str, object] | None:
    if lost:
        return {"data": None, "errors": part.errors} if part.errors else None
    return {"data": part.data, "errors": part.errors}


def _mark(number: int) -> str:
    return f"m{number}_"


def _owner(key: object, count: int) -> tuple[int | None, str]:
    """Whose a root key is, and what it is called there."""
    mark, _, name = key.partition("_") if isinstance(key, str) else ("", "", "")
    number = mark[1:]
    if mark[:1] != "m" or not (number.isascii() and number.isdigit()):
        return None, name
    return (int(number) if int(number) < count else None), name


class _Marking(Visitor):
    """Gives a document's names a mark."""

    def __init__(self, mark: str) -> None:
        super().__init__()
        self._mark = mark

    def leave_variable(self, node: VariableNode, *_: object) -> VariableNode:
        return VariableNode(name=self._marked(node.name))

    def leave_fragment_spread(
        self, node: FragmentSpreadNode, *_: object
    ) -> FragmentSpreadNode:
        return FragmentSpreadNode(
            name=self._marked(node.name), directives=node.directives
        )

    def leave_fragment_definition(
        self, node: FragmentDefinitionNode, *_: object
    ) -> FragmentDefinitionNode:
        return FragmentDefinitionNode(
            name=self._marked(node.name),
            variable_definitions=node.variable_definitions,
            type_condition=node.type_condition,
            directives=node.directives,
            selection_set=node.selection_set,
        )

    def leave_operation_definition(
        self, node: OperationDefinitionNode, *_: object
    ) -> OperationDefinitionNode:
        fields = [
            FieldNode(
                alias=self._marked(one.alias or one.name),
                name=one.name,
                arguments=one.arguments,
                directives=one.directives,
                selection_set=one.selection_set,
            )
            for one in node.selection_set.selections
            if isinstance(one, FieldNode)
        ]
        return OperationDefinitionNode(
            operation=node.operation,
            name=node.name,
            variable_definitions=node.variable_definitions,
            directives=(),
            selection_set=SelectionSetNode(selections=tuple(fields)),
        )

    def _marked(self, name: NameNode) -> NameNode:
        return NameNode(value=f"{self._mark}{name.value}")
