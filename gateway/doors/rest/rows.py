"""Rows as text: CSV of RFC 4180, and a line of JSON for each.

In charge of columns, and of spelling values without changing them. Must never be
handed rows with lists in them, of which no table can be made.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence

import orjson
from graphql import (
    FieldNode,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    InlineFragmentNode,
    SelectionSetNode,
    get_named_type,
    get_nullable_type,
    is_list_type,
)

from gateway.values import JsonValue

Columns = tuple[tuple[str, ...], ...]
VALUE: Columns = ((),)
"""The columns of a list of plain values: one, without a path."""


def is_rows(type_: GraphQLOutputType) -> bool:
    """Whether values of the type are lists of what is no list."""
    plain = get_nullable_type(type_)
    return is_list_type(plain) and not is_list_type(get_nullable_type(plain.of_type))


def columns_of(
    schema: GraphQLSchema, type_: GraphQLOutputType, selected: SelectionSetNode | None
) -> Columns | None:
    """The columns of a table of the rows; None where rows hold lists."""
    if selected is None:
        return VALUE
    try:
        return tuple(dict.fromkeys(_paths(schema, get_named_type(type_), selected)))
    except _ListError:
        return None


class _ListError(Exception):
    """A row would hold a list."""


def _paths(
    schema: GraphQLSchema, type_: GraphQLNamedType, selected: SelectionSetNode
) -> Iterator[tuple[str, ...]]:
    for node in selected.selections:
        if isinstance(node, InlineFragmentNode) and node.type_condition is not None:
            part = schema.type_map[node.type_condition.name.value]
            yield from _paths(schema, part, node.selection_set)
        if not isinstance(node, FieldNode):
            continue
        name = node.name.value
        of = _type(type_, name)
        if of is not None and is_list_type(get_nullable_type(of)):
            raise _ListError
        if node.selection_set is None or of is None:
            yield (name,)
        else:
            below = _paths(schema, get_named_type(of), node.selection_set)
            yield from ((name, *path) for path in below)


def _type(type_: GraphQLNamedType, name: str) -> GraphQLOutputType | None:
    if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
        found = type_.fields.get(name)
        return found.type if found else None
    return None


def as_lines(rows: Sequence[JsonValue]) -> bytes:
    """One line of JSON for each row."""
    return b"".join(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in rows)


def as_csv(rows: Sequence[JsonValue], columns: Columns) -> bytes:
    """A header of dotted names, and a line for each row. Null is nothing."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([".".join(path) or "value" for path in columns])
    for row in rows:
        writer.writerow([_cell(row, path) for path in columns])
    return out.getvalue().encode("utf-8", "replace")


def _cell(row: JsonValue, path: tuple[str, ...]) -> str:
    value = row
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    if value is None:
        return ""
    return value if isinstance(value, str) else orjson.dumps(value).decode()
