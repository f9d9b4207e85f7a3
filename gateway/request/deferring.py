"""What of a document may come later: its ``@defer`` and ``@stream``.

The specification's "field collection with defer usages", for every concrete type at
once. Must never decide what is planned: a plan is made of the whole selection, and
what is said here only tells which payload a field belongs to.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from graphql import (
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    StringValueNode,
    VariableNode,
    get_named_type,
    is_abstract_type,
    is_object_type,
)

from gateway.request.document import Document
from gateway.request.model import Chain, Deferral, Part, Used

_Found = Iterator[tuple[FieldNode, Chain]]


def deferral_of(
    schema: GraphQLSchema,
    document: Document,
    name: str | None,
    values: Mapping[str, object],
) -> Deferral:
    """Which fields of an operation may come later, and in which part.

    ``values`` are those of its variables, coerced and fit for its directives.
    """
    node = document.written or document.node
    operation = _operation(node, name)
    reader = _Reader(schema, _fragments(node), values)
    root = schema.get_root_type(operation.operation)
    assert root is not None, "validation knows the root types"  # noqa: S101
    fields = reader.fields(root, [(operation.selection_set, ())])
    return Deferral(node, fields, tuple(reader.parts.values()))


def _operation(node: DocumentNode, name: str | None) -> OperationDefinitionNode:
    """The operation to run, which is known to be there."""
    return next(
        d
        for d in node.definitions
        if isinstance(d, OperationDefinitionNode)
        and (name is None or (d.name is not None and d.name.value == name))
    )


def _fragments(node: DocumentNode) -> Mapping[str, FragmentDefinitionNode]:
    return {
        d.name.value: d
        for d in node.definitions
        if isinstance(d, FragmentDefinitionNode)
    }


@dataclass(slots=True)
class _Reader:
    """Collects fields with the parts that select them; ``parts`` by their directive."""

    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]
    values: Mapping[str, object]
    parts: dict[int, Part] = field(default_factory=dict)

    def fields(
        self, parent: GraphQLObjectType, sets: Iterable[tuple[SelectionSetNode, Chain]]
    ) -> Mapping[str, Used]:
        grouped: dict[str, list[tuple[FieldNode, Chain]]] = {}
        seen: set[tuple[str, Chain]] = set()
        for selected, chain in sets:
            for node, of in self._collect(parent, selected, chain, seen):
                key = node.alias.value if node.alias else node.name.value
                grouped.setdefault(key, []).append((node, of))
        return {
            key: self._field(parent, found)
            for key, found in grouped.items()
            if not found[0][0].name.value.startswith("__")
        }

    def _field(
        self, parent: GraphQLObjectType, found: list[tuple[FieldNode, Chain]]
    ) -> Used:
        named = get_named_type(parent.fields[found[0][0].name.value].type)
        sets = [
            (node.selection_set, self._streamed(node, chain))
            for node, chain in found
            if node.selection_set
        ]
        return Used(
            frozenset(chain for _, chain in found),
            tuple(node for node, _ in found),
            {one.name: self.fields(one, sets) for one in self._concrete(named)}
            if sets
            else {},
        )

    def _streamed(self, node: FieldNode, chain: Chain) -> Chain:
        """The part that the items of a streamed list are."""
        directive = _named(node.directives, "stream")
        return chain if directive is None else self._within(chain, directive)

    def _concrete(self, named: object) -> Iterator[GraphQLObjectType]:
        if is_object_type(named):
            yield named
        elif is_abstract_type(named):
            yield from self.schema.get_possible_types(named)

    def _collect(
        self,
        parent: GraphQLObjectType,
        selected: SelectionSetNode,
        chain: Chain,
        seen: set[tuple[str, Chain]],
    ) -> _Found:
        for node in selected.selections:
            if not self._included(node.directives):
                continue
            if isinstance(node, FieldNode):
                yield node, chain
                continue
            directive = _named(node.directives, "defer")
            inner = chain if directive is None else self._within(chain, directive)
            if isinstance(node, InlineFragmentNode):
                on, below = node.type_condition, node.selection_set
            elif isinstance(node, FragmentSpreadNode):
                if (node.name.value, inner) in seen:
                    continue
                seen.add((node.name.value, inner))
                fragment = self.fragments[node.name.value]
                on, below = fragment.type_condition, fragment.selection_set
            if on is None or self._applies(parent, on.name.value):
                yield from self._collect(parent, below, inner, seen)

    def _within(self, chain: Chain, directive: DirectiveNode) -> Chain:
        """The parts that what a directive stands at is in."""
        if not self._value(directive, "if", True):
            return chain
        part = self.parts.get(id(directive))
        if part is None:
            label, count = _argument(directive, "label"), 0
            streams = directive.name.value == "stream"
            if streams:
                count = int(str(self._value(directive, "initialCount", 0)))
            text = label.value if isinstance(label, StringValueNode) else None
            part = Part(len(self.parts), text, streams, directive, count)
            self.parts[id(directive)] = part
        return (*chain, part.number)

    def _included(self, directives: Iterable[DirectiveNode] | None) -> bool:
        return all(
            bool(self._value(one, "if", True)) is (one.name.value == "include")
            for one in directives or ()
            if one.name.value in ("skip", "include")
        )

    def _value(self, directive: DirectiveNode, name: str, default: object) -> object:
        node = _argument(directive, name)
        if isinstance(node, VariableNode):
            return self.values.get(node.name.value, default)
        if isinstance(node, IntValueNode):
            return int(node.value)
        return default if node is None else getattr(node, "value", default)

    def _applies(self, parent: GraphQLObjectType, condition: str) -> bool:
        named = self.schema.type_map[condition]
        if named is parent:
            return True
        return is_abstract_type(named) and self.schema.is_sub_type(named, parent)


def _named(
    directives: Iterable[DirectiveNode] | None, name: str
) -> DirectiveNode | None:
    return next((one for one in directives or () if one.name.value == name), None)


def _argument(directive: DirectiveNode, name: str) -> object:
    found = (a.value for a in directive.arguments or () if a.name.value == name)
    return next(found, None)
