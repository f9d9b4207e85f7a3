"""A row's columns → the variables of a query, as their types want them.

In charge of which column is which variable, and of values whose files know no types.
What GraphQL itself says of a value is left to it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

import orjson
from graphql import (
    GraphQLError,
    GraphQLList,
    GraphQLNamedType,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    get_operation_ast,
    is_enum_type,
    is_input_type,
    is_list_type,
    is_non_null_type,
    is_scalar_type,
    parse,
    type_from_ast,
)
from graphql import get_nullable_type as nullable

from gateway.doors.export.rows import InputError
from gateway.record import Model
from gateway.values import JsonValue

_TRUTHS = {"true": True, "false": False, "1": True, "0": False}
Convert = Callable[[JsonValue], JsonValue]


class Bound(Model, frozen=True):
    """One variable that a column gives."""

    column: str
    variable: str
    type: str
    required: bool
    convert: Convert
    from_text: Convert


class Binding(Model, frozen=True):
    """All variables of an operation: those of columns, and those that stay the same."""

    columns: Sequence[Bound]
    constant: Mapping[str, JsonValue]

    def variables(
        self, values: Mapping[str, JsonValue], *, text: bool
    ) -> dict[str, JsonValue]:
        """The variables of one row.

        Raises:
            ValueError: a column is missing, or its value is not of the type.
        """
        found = dict(self.constant)
        for one in self.columns:
            value = values.get(one.column)
            if value is None or (text and value == ""):
                if one.required:
                    raise ValueError(_lacking(one, values))
                if one.column in values and not text:
                    found[one.variable] = None
                continue
            try:
                found[one.variable] = (one.from_text if text else one.convert)(value)
            except ValueError:
                raise ValueError(
                    f"column {one.column!r}: {_shown(value)} is no {one.type}"
                ) from None
        return found

    def key(self, values: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
        """What tells a row's answer from others: the columns that it was asked by."""
        return {one.column: values.get(one.column) for one in self.columns}


def binding_of(
    operation: OperationDefinitionNode,
    schema: GraphQLSchema,
    renamed: Mapping[str, str],
    constant: Mapping[str, JsonValue],
) -> Binding:
    """How columns become variables: by their names, or as they are ``renamed``.

    Raises:
        InputError: a name is no variable's, or has two values.
    """
    nodes = {n.variable.name.value: n for n in operation.variable_definitions or ()}
    columns = {variable: column for column, variable in renamed.items()}
    for name in (*renamed.values(), *constant):
        if name not in nodes:
            near = get_close_matches(name, nodes, 1)
            meant = f"did you mean ${near[0]}? " if near else ""
            raise InputError(
                f"the query has no variable ${name}; {meant}"
                f"its variables: {_listed(f'${n}' for n in nodes)}"
            )
    twice = [name for name in columns if name in constant]
    if twice:
        raise InputError(f"${twice[0]} is given by a column and by --var; remove one")
    found = []
    for name, node in nodes.items():
        type_ = type_from_ast(schema, node.type)
        if name in constant or not is_input_type(type_):
            continue
        required = is_non_null_type(type_) and node.default_value is None
        column = columns.get(name, name)
        bare = nullable(type_)
        found.append(
            Bound(column, name, str(type_), required, _as_is(bare), _from_text(bare))
        )
    return Binding(found, constant)


def operation_of(document: str, name: str | None) -> OperationDefinitionNode:
    """The query of a document.

    Raises:
        InputError: there is none, or it does more than read.
    """
    try:
        found = get_operation_ast(parse(document), name)
    except GraphQLError as error:
        raise InputError(error.message) from None
    if found is None:
        raise InputError("the document has no such operation, or several: name one")
    if found.operation is not OperationType.QUERY:
        raise InputError(
            f"a {found.operation.value} is not run for each row: a row may be asked "
            "for twice after an interruption. Use a query"
        )
    return found


def missing(binding: Binding, columns: Sequence[str] | None) -> str | None:
    """What to say where a column is not there that has to be."""
    if columns is None:
        return None
    gone = [
        one for one in binding.columns if one.required and one.column not in columns
    ]
    if not gone:
        return None
    one = gone[0]
    return (
        f"it has no column {one.column!r} for ${one.variable}; "
        f"its columns: {_listed(columns)}"
    )


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names) or "none"


def _lacking(one: Bound, values: Mapping[str, JsonValue]) -> str:
    state = "is empty" if one.column in values else "is missing"
    return f"column {one.column!r} {state}, and ${one.variable} is {one.type}"


def _shown(value: JsonValue) -> str:
    text = orjson.dumps(value).decode()
    return text if len(text) <= 80 else f"{text[:80]}..."  # noqa: PLR2004


def _as_is(type_: GraphQLNamedType | GraphQLList[Any]) -> Convert:
    """Typed values as they are; numbers are fine for an ID."""
    if getattr(type_, "name", "") == "ID":
        return lambda value: str(value) if type(value) is int else value
    if getattr(type_, "name", "") == "Float":
        return lambda value: float(value) if isinstance(value, str) else value
    return lambda value: value


def _from_text(type_: GraphQLNamedType | GraphQLList[Any]) -> Convert:
    """Text as the type has it; lists and input objects are JSON."""
    name = getattr(type_, "name", "")
    if name == "Int":
        return lambda value: int(str(value))
    if name == "Float":
        return lambda value: float(str(value))
    if name == "Boolean":
        return _truth
    if not is_list_type(type_) and (is_scalar_type(type_) or is_enum_type(type_)):
        return lambda value: value
    return lambda value: _json(str(value))


def _truth(value: JsonValue) -> bool:
    known = _TRUTHS.get(str(value).strip().lower())
    if known is None:
        raise ValueError
    return known


def _json(text: str) -> JsonValue:
    found: JsonValue = orjson.loads(text)
    return found
