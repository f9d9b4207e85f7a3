"""How much a request may ask for. Decided before any work, from the document alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
)


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one request.

    ``tokens`` of its document, ``depth`` of nested fields, ``errors`` in its answer
    (the rest is counted). ``fields`` are those that it selects, each as often as
    fragments bring it in.
    """

    tokens: int = 10_000
    depth: int = 15
    errors: int = 100
    fields: int = 10_000


DEFAULT_LIMITS = Limits()


def depth_of(
    operation: OperationDefinitionNode, fragments: Mapping[str, FragmentDefinitionNode]
) -> int:
    """Levels of fields in a valid operation. Introspection counts as one level."""

    def level(field: FieldNode, below: int) -> int:
        return 1 if field.name.value.startswith("__") else 1 + below

    return _measured(operation, fragments, level, lambda levels: max(levels, default=0))


def fields_of(
    operation: OperationDefinitionNode, fragments: Mapping[str, FragmentDefinitionNode]
) -> int:
    """How many fields a valid operation selects, fragments written out.

    That is what selecting and planning go through, and fragments that spread others
    double it by every level: half a kilobyte can select millions.
    """
    return _measured(operation, fragments, lambda _, below: 1 + below, sum)


def _measured(
    operation: OperationDefinitionNode,
    fragments: Mapping[str, FragmentDefinitionNode],
    field: Callable[[FieldNode, int], int],
    join: Callable[[Iterator[int]], int],
) -> int:
    """A measure of an operation: of each field with what is below it, joined.

    Each fragment is measured once, so nested spreads cost no more than their text.
    """
    known: dict[str, int] = {}

    def of_fragment(name: str) -> int:
        if name not in known:
            known[name] = of(fragments[name].selection_set)
        return known[name]

    def of_node(node: SelectionNode) -> int:
        if isinstance(node, FieldNode):
            return field(node, of(node.selection_set))
        if isinstance(node, FragmentSpreadNode):
            return of_fragment(node.name.value)
        return of(node.selection_set) if isinstance(node, InlineFragmentNode) else 0

    def of(selected: SelectionSetNode | None) -> int:
        nodes = selected.selections if selected else ()
        return join(of_node(node) for node in nodes)

    return of(operation.selection_set)
