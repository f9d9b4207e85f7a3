"""Arguments, compiled: per request only the values of variables are looked at.

In charge of the usual case, scalars in their usual form; graphql-core's own functions
decide all others, and say what is wrong. Must never accept what they would refuse.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from graphql import (
    ArgumentNode,
    FieldNode,
    GraphQLError,
    GraphQLField,
    ValueNode,
    VariableNode,
    is_non_null_type,
    is_required_argument,
)
from graphql.execution.values import VariableValues, get_argument_values
from graphql.language import Visitor, visit

from gateway.errors import Code
from gateway.record import Model
from gateway.request.arguments import Unbound
from gateway.request.document import (
    NO_VARIABLES,
    InvalidDocumentError,
)
from gateway.request.model import Arguments, Bindings, SelectedField, Selection
from gateway.request.variables import Usual, usual_values
from gateway.values import Path

_NOT_GIVEN: Final = object()


class _Taken(Model, frozen=True):
    """An argument that is a variable's value, or its own default where there is none.

    ``strict``: null will not do.
    """

    name: str
    variable: str
    default: object
    strict: bool


class _Bound(Model, frozen=True):
    """A field's arguments: constants, and those that are variables.

    ``exactly`` is graphql-core's reading, for what is not as usual.
    """

    path: Path
    constant: Arguments
    taken: tuple[_Taken, ...]
    exactly: Unbound

    def bind(self, variables: VariableValues) -> Arguments:
        values, coerced = dict(self.constant), variables.coerced
        for one in self.taken:
            value = coerced.get(one.variable, _NOT_GIVEN)
            if value is None or value is _NOT_GIVEN:
                value = one.default if value is _NOT_GIVEN else None
                if value is _NOT_GIVEN or (value is None and one.strict):
                    return self.exactly.bind(variables)
            values[one.name] = value
        return values


class _Reading(Model, frozen=True):
    """A field whose arguments only graphql-core reads."""

    path: Path
    exactly: Unbound

    def bind(self, variables: VariableValues) -> Arguments:
        return self.exactly.bind(variables)


class Binder(Model, frozen=True):
    """All arguments of a selection, ready to be filled with variables."""

    selection: Selection
    _fields: tuple[_Bound | _Reading, ...]

    @classmethod
    def of(cls, selection: Selection) -> Binder:
        found: list[_Bound | _Reading] = []
        for root in selection.roots:
            _collect(root, (root.key,), found)
        return cls(selection, tuple(found))

    def bind(self, variables: VariableValues) -> Bindings:
        """The arguments of every selected field that takes some, by response path.

        Raises:
            InvalidDocumentError: BAD_USER_INPUT where a variable's value does not do.
        """
        try:
            return {field.path: field.bind(variables) for field in self._fields}
        except GraphQLError as error:
            raise InvalidDocumentError([error], Code.BAD_USER_INPUT) from error

    def at_once(
        self, usual: tuple[Usual, ...], given: Mapping[str, object]
    ) -> tuple[dict[str, object], Bindings] | None:
        """The variables' values and the arguments, where all of them are as usual."""
        values = usual_values(usual, given)
        if values is None:
            return None
        bindings: dict[Path, Arguments] = {}
        for field in self._fields:
            if field.__class__ is not _Bound:
                return None
            arguments = {**field.constant}
            for one in field.taken:
                value = values.get(one.variable)
                if value is None:
                    return None  # null, or its default: which of them `bind` says
                arguments[one.name] = value
            bindings[field.path] = arguments
        return values, bindings

    def constants(self) -> Bindings:
        """The arguments that no variable has a part in, by response path."""
        return {f.path: f.constant for f in self._fields if isinstance(f, _Bound)}

    def as_far_as(self, variables: VariableValues) -> Bindings:
        """The arguments that these variables tell, where others are not known yet."""
        known: dict[Path, Arguments] = {}
        for one in self._fields:
            try:
                known[one.path] = one.bind(variables)
            except GraphQLError:
                constant = one.constant if isinstance(one, _Bound) else {}
                known[one.path] = constant
        return known

    def taken(self) -> Mapping[Path, frozenset[str]]:
        """The arguments that a variable has, or may have, a part in, by path."""
        return {
            field.path: frozenset(one.name for one in field.taken)
            if isinstance(field, _Bound)
            else frozenset(field.exactly.definition.args)
            for field in self._fields
        }


def _collect(field: SelectedField, path: Path, found: list[_Bound | _Reading]) -> None:
    if isinstance(field.arguments, Unbound):
        found.append(_bound(path, field.arguments))
    for concrete, children in field.fields.items():
        place = field.below(path, concrete)
        for child in children:
            _collect(child, (*place, child.key), found)


def _bound(path: Path, unbound: Unbound) -> _Bound | _Reading:
    """A field's arguments with all that is known now; errors are for each request."""
    definition, node = unbound.definition, unbound.node
    values = {arg.name.value: arg.value for arg in node.arguments or ()}
    variables = {n: v for n, v in values.items() if isinstance(v, VariableNode)}
    if any(_holds_variable(v) for n, v in values.items() if n not in variables):
        return _Reading(path, unbound)
    known = {
        name: argument
        for name, argument in definition.args.items()
        if name not in variables or not is_required_argument(argument)
    }
    rest = [arg for arg in node.arguments or () if arg.name.value not in variables]
    try:
        given = get_argument_values(
            GraphQLField(definition.type, known), _with(node, rest), NO_VARIABLES
        )
    except GraphQLError:
        return _Reading(path, unbound)
    taken = (
        _Taken(
            name,
            value.name.value,
            given.get(name) if name in known else _NOT_GIVEN,
            is_non_null_type(definition.args[name].type),
        )
        for name, value in variables.items()
    )
    constant = {name: given.get(name) for name in definition.args}
    return _Bound(path, constant, tuple(taken), unbound)


def _with(node: FieldNode, arguments: list[ArgumentNode]) -> FieldNode:
    """The field node with these arguments only."""
    return FieldNode(name=node.name, arguments=tuple(arguments), loc=node.loc)


class _Finder(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.found = False

    def enter_variable(self, *_: object) -> None:
        self.found = True


def _holds_variable(value: ValueNode) -> bool:
    finder = _Finder()
    visit(value, finder)
    return finder.found
