"""A query → the columns of a table that its answers make.

In charge of names and types: objects become dotted names, lists and what may be of
several types stay JSON, as text. The same query always makes the same columns.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLType,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    get_nullable_type,
    is_object_type,
    parse,
)

from gateway.doors.export.binding import Binding, operation_of
from gateway.record import Model

_TYPES = {"Int": "BIGINT", "Float": "DOUBLE", "Boolean": "BOOLEAN"}
_TEXT = "VARCHAR"
_OWN = frozenset({"row", "errors"})


class Column(Model, frozen=True):
    """One column: its name, where its value is in a line of answers, its SQL type."""

    name: str
    path: Sequence[str]
    type: str


class _Walk(Model, frozen=True):
    fragments: dict[str, FragmentDefinitionNode]

    def below(
        self, selected: SelectionSetNode, parent: GraphQLObjectType, path: Sequence[str]
    ) -> Iterator[Column]:
        for node in selected.selections:
            if isinstance(node, FieldNode):
                yield from self._field(node, parent, path)
            elif isinstance(node, InlineFragmentNode):
                yield from self.below(node.selection_set, parent, path)
            elif isinstance(node, FragmentSpreadNode):
                inner = self.fragments[node.name.value].selection_set
                yield from self.below(inner, parent, path)

    def _field(
        self, node: FieldNode, parent: GraphQLObjectType, path: Sequence[str]
    ) -> Iterator[Column]:
        name = node.name.value
        here = (*path, (node.alias or node.name).value)
        field = parent.fields.get(name)
        type_: GraphQLType | None = get_nullable_type(field.type) if field else None
        if node.selection_set is not None and is_object_type(type_):
            yield from self.below(node.selection_set, type_, here)
            return
        sql = _TYPES.get(getattr(type_, "name", ""), _TEXT)
        yield Column(".".join(here), ("data", *here), sql)


def columns_of(
    document: str, name: str | None, schema: GraphQLSchema, binding: Binding
) -> Sequence[Column]:
    """The row's number, its key, what was selected, and what went wrong."""
    operation: OperationDefinitionNode = operation_of(document, name)
    parsed: DocumentNode = parse(document)
    fragments = {
        one.name.value: one
        for one in parsed.definitions
        if isinstance(one, FragmentDefinitionNode)
    }
    root = schema.query_type
    assert root is not None, "the query was found valid"  # noqa: S101
    found = {"row": Column("row", ("row",), "BIGINT")}
    for one in binding.columns:
        named = f"key.{one.column}" if one.column in _OWN else one.column
        sql = _TYPES.get(one.type.rstrip("!"), _TEXT)
        found[named] = Column(named, ("key", one.column), sql)
    keys = frozenset({*found, *_OWN})
    for column in _Walk(fragments).below(operation.selection_set, root, ()):
        named = f"data.{column.name}" if column.name in keys else column.name
        found[named] = Column(named, column.path, column.type)
    found["errors"] = Column("errors", ("errors",), _TEXT)
    return tuple(found.values())
