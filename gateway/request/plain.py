"""A document as one answer has it: without ``@defer`` and ``@stream``."""

from __future__ import annotations

from graphql import DirectiveNode, DocumentNode
from graphql.language import REMOVE, Visitor, visit

LATER = ("defer", "stream")


class _Plain(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.found = False

    def enter_directive(self, node: DirectiveNode, *_: object) -> object:
        if node.name.value not in LATER:
            return None
        self.found = True
        return REMOVE


def without_parts(node: DocumentNode) -> DocumentNode | None:
    """The same document without them; None where it has none."""
    visitor = _Plain()
    plain: DocumentNode = visit(node, visitor)
    return plain if visitor.found else None
