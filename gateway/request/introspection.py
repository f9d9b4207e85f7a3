"""What a document may ask of the schema's own description: everything, once.

In charge of short documents not having all types described thirty times over, which no
limit on what is selected sees: how much comes of it is the schema's size. Pure.
"""

from __future__ import annotations

import re

from graphql import (
    DocumentNode,
    ExecutableDefinitionNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    SelectionNode,
)

from gateway.request.used import INTROSPECTION

_ASKED = re.compile(r"__schema|__type\b")
_AGAIN = (
    "What describes the schema is given once: '{}' selects something of it under"
    " another name. Leave the alias out."
)


def asks_for_schema(text: str) -> bool:
    """Whether a document's text has `__schema` or `__type` in it."""
    return _ASKED.search(text) is not None


def asked_again(text: str, document: DocumentNode) -> GraphQLError | None:
    """The first place at which parts of the schema would be described once more.

    That is where `__schema` has two names, or a field below it or `__type` that
    selects something has one that is not its own: all others merge into one.
    """
    return _Walk(document).found() if asks_for_schema(text) else None


class _Walk:
    """One look at every field; at those of fragments, below the schema and not."""

    def __init__(self, document: DocumentNode) -> None:
        self.left: list[tuple[SelectionNode, bool]] = []
        self.fragments: dict[str, FragmentDefinitionNode] = {}
        self.followed: set[str] = set()
        self.names: set[str] = set()
        for one in document.definitions:
            if isinstance(one, FragmentDefinitionNode):
                self.fragments[one.name.value] = one
            if isinstance(one, ExecutableDefinitionNode):
                self.left += ((node, False) for node in one.selection_set.selections)

    def found(self) -> GraphQLError | None:
        while self.left:
            node, below = self.left.pop()
            if isinstance(node, FragmentSpreadNode):
                self._follow(node.name.value, below=below)
                continue
            if isinstance(node, FieldNode):
                if self._is_again(node, below=below):
                    return GraphQLError(_AGAIN.format(node.name.value), node)
                below = below or node.name.value in INTROSPECTION
            if isinstance(node, FieldNode | InlineFragmentNode) and node.selection_set:
                self.left += ((one, below) for one in node.selection_set.selections)
        return None

    def _follow(self, name: str, *, below: bool) -> None:
        if below and name not in self.followed:
            self.followed.add(name)
            found = self.fragments[name].selection_set.selections
            self.left += ((node, True) for node in found)

    def _is_again(self, node: FieldNode, *, below: bool) -> bool:
        name = node.name.value
        key = node.alias.value if node.alias else name
        if below:
            return bool(node.selection_set) and key != name
        if name == "__schema":
            self.names.add(key)
        return len(self.names) > 1
