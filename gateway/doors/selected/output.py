"""What an operation gives → JSON Schema of its selection, for code that reads results.

In charge of promising no more than is kept: whatever may be null may be null, and only
what is there in every answer is required: nothing of some types, nor under a condition.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

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
    GraphQLUnionType,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    get_named_type,
    is_composite_type,
)

from gateway.doors.selected.leaf import JsonSchema, described, leaf
from gateway.record import Model, field
from gateway.values import JsonValue


class OutputSchemas(Model, frozen=True):
    """Schemas of what documents select of one GraphQL schema."""

    schema: GraphQLSchema

    def of(self, document: DocumentNode) -> JsonSchema | None:
        """``data`` of the document's one operation; None where it cannot be said."""
        return self._of(document, _Reader(self.schema))

    def of_choice(self, document: DocumentNode) -> JsonSchema | None:
        """The same where a caller may select less of it: no field is required."""
        return self._of(document, _Reader(self.schema, always=False))

    def _of(self, document: DocumentNode, reader: _Reader) -> JsonSchema | None:
        operation: OperationDefinitionNode | None = None
        for one in document.definitions:
            if isinstance(one, FragmentDefinitionNode):
                reader.fragments[one.name.value] = one
            elif isinstance(one, OperationDefinitionNode):
                operation = one
        if operation is None:
            return None
        root = self.schema.get_root_type(operation.operation)
        if root is None:
            return None
        return reader.selected(root, [operation.selection_set])


class _Found(NamedTuple):
    """A field that is selected of a type; ``sure``: in every answer."""

    owner: GraphQLNamedType
    node: FieldNode
    sure: bool


class _Reader(Model, frozen=True):
    schema: GraphQLSchema
    fragments: dict[str, FragmentDefinitionNode] = field(default_factory=dict)
    always: bool = True

    def selected(
        self, type_: GraphQLNamedType, sets: list[SelectionSetNode]
    ) -> JsonSchema:
        """An object with what is selected of it, by its keys in the result."""
        fields: dict[str, list[_Found]] = {}
        for one in sets:
            for found in self._fields(type_, one, sure=self.always):
                key = (found.node.alias or found.node.name).value
                fields.setdefault(key, []).append(found)
        made: JsonSchema = {
            "type": "object",
            "properties": {key: self._field(nodes) for key, nodes in fields.items()},
        }
        sure: list[JsonValue] = [
            key for key, nodes in fields.items() if any(one.sure for one in nodes)
        ]
        return {**made, "required": sure} if sure else made

    def _fields(
        self, type_: GraphQLNamedType, selected: SelectionSetNode, *, sure: bool
    ) -> Iterator[_Found]:
        for node in selected.selections:
            always = sure and not node.directives
            if isinstance(node, FieldNode):
                yield _Found(type_, node, always)
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
                always = always and self._is_each(type_, condition)
                yield from self._fields(condition, below, sure=always)

    def _is_each(self, type_: GraphQLNamedType, condition: GraphQLNamedType) -> bool:
        """Whether every value of a type fulfils a condition on its type."""
        return self._possible(type_) <= self._possible(condition)

    def _possible(self, type_: GraphQLNamedType) -> set[str]:
        if isinstance(type_, GraphQLInterfaceType | GraphQLUnionType):
            return {one.name for one in self.schema.get_possible_types(type_)}
        return {type_.name}

    def _field(self, nodes: list[_Found]) -> JsonSchema:
        """One key of the result; several types may give it, each in its own form."""
        forms: list[JsonSchema] = []
        sets = [one.node.selection_set for one in nodes if one.node.selection_set]
        for owner, node, _ in nodes:
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
            return self.selected(type_, sets)
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
