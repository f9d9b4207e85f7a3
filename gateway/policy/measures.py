"""A valid document, measured: what of it is beyond the limits. From it alone, pure.

In charge of going through what is written, not through what fragments make of it: each
fragment is measured once, so that nested spreads cost no more than their text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    ListValueNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
)
from graphql.language import Visitor, visit

from gateway.errors import Code
from gateway.policy.limits import Excess, Limits, counted

Fragments = Mapping[str, FragmentDefinitionNode]


def excesses_of(
    operation: OperationDefinitionNode, fragments: Fragments, limits: Limits
) -> Iterator[Excess]:
    """Every limit that a valid operation is beyond, the gravest first."""
    depth = depth_of(operation, fragments)
    if depth > limits.depth:
        what = f"nests fields {counted(depth, 'levels')} deep"
        yield Excess("depth", Code.MAX_DEPTH_LIMIT, what, depth, limits.depth)
    fields = fields_of(operation, fragments)
    if fields > limits.fields:
        what = f"selects {counted(fields, 'fields')}"
        yield Excess("fields", Code.MAX_FIELDS_LIMIT, what, fields, limits.fields)
    roots = roots_of(operation, fragments)
    if roots > limits.roots:
        what = f"selects {counted(roots, 'root fields')}"
        yield Excess("roots", Code.MAX_ROOT_FIELDS_LIMIT, what, roots, limits.roots)
    aliases = aliases_of(operation, fragments)
    if aliases > limits.aliases:
        what = f"has {counted(aliases, 'aliases')}"
        yield Excess("aliases", Code.MAX_ALIASES_LIMIT, what, aliases, limits.aliases)
    written, most = directives_of(operation, fragments), limits.directives
    if written > most:
        what = f"has {counted(written, 'directives')}"
        yield Excess("directives", Code.MAX_DIRECTIVES_LIMIT, what, written, most)


def long_list(node: DocumentNode, limits: Limits) -> Excess | None:
    """Whether a list that the document itself writes has too many items."""
    finder = _Lists()
    visit(node, finder)
    if finder.most <= limits.list:
        return None
    return too_long(finder.most, limits.list, "The document")


def too_long(found: int, most: int, subject: str) -> Excess:
    what = f"has a list of {counted(found, 'items')}"
    return Excess("list", Code.MAX_LIST_LIMIT, what, found, most, subject)


def depth_of(operation: OperationDefinitionNode, fragments: Fragments) -> int:
    """Levels of fields in a valid operation. Introspection counts as one level."""

    def level(node: SelectionNode, below: int) -> int:
        if not isinstance(node, FieldNode):
            return below
        return 1 if node.name.value.startswith("__") else 1 + below

    return _measured(operation, fragments, level, lambda levels: max(levels, default=0))


def fields_of(operation: OperationDefinitionNode, fragments: Fragments) -> int:
    """How many fields a valid operation selects, fragments written out.

    That is what selecting and planning go through, and fragments that spread others
    double it by every level: half a kilobyte can select millions.
    """
    return _sum(operation, fragments, lambda node: int(isinstance(node, FieldNode)))


def aliases_of(operation: OperationDefinitionNode, fragments: Fragments) -> int:
    """How many aliases a valid operation has, fragments written out."""
    return _sum(
        operation,
        fragments,
        lambda node: int(isinstance(node, FieldNode) and node.alias is not None),
    )


def directives_of(operation: OperationDefinitionNode, fragments: Fragments) -> int:
    """How many directives a valid operation has, fragments written out."""
    defined = operation.variable_definitions or ()
    own = len(operation.directives or ())
    own += sum(len(variable.directives or ()) for variable in defined)
    return own + _sum(operation, fragments, _directives)


def _directives(node: SelectionNode) -> int:
    return len(getattr(node, "directives", None) or ())


def roots_of(operation: OperationDefinitionNode, fragments: Fragments) -> int:
    """How many root fields a valid operation has: the keys of its answer's data."""
    keys: set[str] = set()
    seen: set[str] = set()
    waiting = [operation.selection_set]
    while waiting:
        for node in waiting.pop().selections:
            if isinstance(node, FieldNode):
                keys.add((node.alias or node.name).value)
            elif isinstance(node, InlineFragmentNode):
                waiting.append(node.selection_set)
            elif isinstance(node, FragmentSpreadNode) and node.name.value not in seen:
                seen.add(node.name.value)
                waiting.append(fragments[node.name.value].selection_set)
    return len(keys)


class _Lists(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.most = 0

    def enter_list_value(self, node: ListValueNode, *_: object) -> None:
        self.most = max(self.most, len(node.values))


def _sum(
    operation: OperationDefinitionNode,
    fragments: Fragments,
    own: Callable[[SelectionNode], int],
) -> int:
    return _measured(operation, fragments, lambda node, below: own(node) + below, sum)


def _measured(
    operation: OperationDefinitionNode,
    fragments: Fragments,
    of_one: Callable[[SelectionNode, int], int],
    join: Callable[[Iterable[int]], int],
) -> int:
    """A measure of an operation: of each node with what is below it, joined."""
    known: dict[str, int] = {}

    def below(node: SelectionNode) -> int:
        if not isinstance(node, FragmentSpreadNode):
            return of(getattr(node, "selection_set", None))
        name = node.name.value
        if name not in known:
            known[name] = of(fragments[name].selection_set)
        return known[name]

    def of(selected: SelectionSetNode | None) -> int:
        nodes = selected.selections if selected else ()
        return join(of_one(node, below(node)) for node in nodes)

    return of(operation.selection_set)
