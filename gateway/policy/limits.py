"""How much a request may ask for. Decided before any work, from the document alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
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
    """Levels of fields in a valid operation. Introspection counts as one level.

    Each fragment is measured once, so nested spreads cost no more than their text.
    """
    known: dict[str, int] = {}

    def of_fragment(name: str) -> int:
        if name not in known:
            known[name] = of(fragments[name].selection_set)
        return known[name]

    def of(selected: SelectionSetNode | None) -> int:
        deepest = 0
        for node in selected.selections if selected else ():
            if isinstance(node, FieldNode):
                hidden = node.name.value.startswith("__")
                below = 1 if hidden else 1 + of(node.selection_set)
            elif isinstance(node, InlineFragmentNode):
                below = of(node.selection_set)
            elif isinstance(node, FragmentSpreadNode):
                below = of_fragment(node.name.value)
            else:
                below = 0
            deepest = max(deepest, below)
        return deepest

    return of(operation.selection_set)


def fields_of(
    operation: OperationDefinitionNode, fragments: Mapping[str, FragmentDefinitionNode]
) -> int:
    """How many fields a valid operation selects, fragments written out.

    That is what selecting and planning go through, and fragments that spread others
    double it by every level: half a kilobyte can select millions. Each fragment is
    counted once.
    """
    known: dict[str, int] = {}

    def of_fragment(name: str) -> int:
        if name not in known:
            known[name] = of(fragments[name].selection_set)
        return known[name]

    def of(selected: SelectionSetNode | None) -> int:
        count = 0
        for node in selected.selections if selected else ():
            if isinstance(node, FieldNode):
                count += 1 + of(node.selection_set)
            elif isinstance(node, InlineFragmentNode):
                count += of(node.selection_set)
            elif isinstance(node, FragmentSpreadNode):
                count += of_fragment(node.name.value)
        return count

    return of(operation.selection_set)
