"""What an operation gives → JSON Schema of its selection, for code that reads results.

In charge of promising no more than is kept: whatever may be null may be null, and a
field of which only some types are asked is never required.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    get_named_type,
    is_composite_type,
)

from gateway.doors.agents.input_schema import JsonSchema, described, leaf
from gateway.values import JsonValue

_ERRORS: JsonSchema = {
    "type": "array",
    "description": "What is missing, and why; only where something is.",
    "items": {"type": "object"},
}


@dataclass(frozen=True, slots=True)
class OutputSchemas:
    """Schemas of results in one GraphQL schema."""

    schema: GraphQLSchema

    def of(self, document: DocumentNode) -> JsonSchema | None:
        """The result of the document's one operation; None where it cannot be said."""
        fragments: dict[str, FragmentDefinitionNode] = {}
        operation: OperationDefinitionNode | None = None
        for one in document.definitions:
            if isinstance(one, FragmentDefinitionNode):
                fragments[one.name.value] = one
            elif isinstance(one, OperationDefinitionNode):
                operation = one
        if operation is None:
            return None
        root = self.schema.get_root_type(operation.operation)
        if root is None:
            return None
        reader = _Reader(self.schema, fragments)
        properties = reader.properties(root, [operation.selection_set])
        return {"type": "object", "properties": {"errors": _ERRORS, **properties}}


@dataclass(frozen=True, slots=True)
class _Reader:
    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]

    def properties(
        self, type_: GraphQLNamedType, sets: list[SelectionSetNode]
    ) -> JsonSchema:
        """The fields that are selected of an object, by their keys in the result."""
        fields: dict[str, list[tuple[GraphQLNamedType, FieldNode]]] = {}
        for one in sets:
            for owner, node in self._fields(type_, one):
                key = (node.alias or node.name).value
                fields.setdefault(key, []).append((owner, node))
        return {key: self._field(nodes) for key, nodes in fields.items()}

    def _fields(
        self, type_: GraphQLNamedType, selected: SelectionSetNode
    ) -> Iterator[tuple[GraphQLNamedType, FieldNode]]:
        for node in selected.selections:
            if isinstance(node, FieldNode):
                yield type_, node
                continue
            condition, below = type_, None
            if isinstance(node, InlineFragmentNode):
                named, below = node.type_condition, node.selection_set
            elif isinstance(node, FragmentSpreadNode):
                fragment = self.fragments.get(node.name.value)
                if fragment is None:
                    continue
                named, below = fragment.type_condition, fragment.selection_set
            if named is not None:
                condition = self.schema.type_map[named.name.value]
            if below is not None:
                yield from self._fields(condition, below)

    def _field(self, nodes: list[tuple[GraphQLNamedType, FieldNode]]) -> JsonSchema:
        """One key of the result; several types may give it, each in its own form."""
        forms: list[JsonSchema] = []
        sets = [node.selection_set for _, node in nodes if node.selection_set]
        for owner, node in nodes:
            found = _type_of(owner, node.name.value)
            form: JsonSchema = {"type": "string"}
            if found:
                form = described(self._value(found[0], sets), found[1])
            if form not in forms:
                forms.append(form)
        return forms[0] if len(forms) == 1 else {"anyOf": forms}

    def _value(
        self, type_: GraphQLOutputType, sets: list[SelectionSetNode]
    ) -> JsonSchema:
        if isinstance(type_, GraphQLNonNull):
            return self._present(type_.of_type, sets)
        return _or_null(self._present(type_, sets))

    def _present(
        self, type_: GraphQLOutputType, sets: list[SelectionSetNode]
    ) -> JsonSchema:
        if isinstance(type_, GraphQLList):
            return {"type": "array", "items": self._value(type_.of_type, sets)}
        if is_composite_type(type_):
            return {"type": "object", "properties": self.properties(type_, sets)}
        return leaf(get_named_type(type_))


def _type_of(
    owner: GraphQLNamedType, name: str
) -> tuple[GraphQLOutputType, str | None] | None:
    """A field's type and description; None for a meta field, which is a text."""
    if isinstance(owner, GraphQLObjectType | GraphQLInterfaceType):
        found = owner.fields.get(name)
        if found is not None:
            return found.type, found.description
    return None


def _or_null(form: JsonSchema) -> JsonSchema:
    """The same, or null."""
    made = dict(form)
    kinds = made.get("type")
    if kinds is None:
        return made
    values: JsonValue = made.get("enum")
    if isinstance(values, list):
        made["enum"] = [*values, None]
    made["type"] = [kinds, "null"]
    return made
