"""A document as one answer has it: without ``@defer`` and ``@stream``.

In charge, too, of what those two say that no answer can be made of, whichever way it
would have been sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from graphql import (
    DirectiveNode,
    DocumentNode,
    GraphQLError,
    IntValueNode,
    VariableNode,
)
from graphql.language import REMOVE, Visitor, visit

from gateway.errors import Code, RequestError

LATER = ("defer", "stream")


class Switched(NamedTuple):
    """An argument of one of them that is a variable."""

    directive: str
    argument: str
    variable: str


class Plain(NamedTuple):
    """A document without them, and the variables that they read."""

    node: DocumentNode
    switched: tuple[Switched, ...]


class _Plain(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.found = False
        self.switched: list[Switched] = []

    def enter_directive(self, node: DirectiveNode, *_: object) -> object:
        if node.name.value not in LATER:
            return None
        self.found = True
        for argument in node.arguments or ():
            name, value = argument.name.value, argument.value
            if isinstance(value, VariableNode):
                read = Switched(node.name.value, name, value.name.value)
                self.switched.append(read)
            elif isinstance(value, IntValueNode) and int(value.value) < 0:
                raise GraphQLError(_negative(name, value.value), value)
        return REMOVE


def without_parts(node: DocumentNode) -> Plain | None:
    """The same document without them; None where it has none.

    Raises:
        GraphQLError: a stream is to begin with less than nothing.
    """
    visitor = _Plain()
    plain: DocumentNode = visit(node, visitor)
    return Plain(plain, tuple(visitor.switched)) if visitor.found else None


def check_switched(switched: Iterable[Switched], values: Mapping[str, object]) -> None:
    """Hold the variables that the directives read to what these need.

    Raises:
        RequestError: BAD_USER_INPUT. One is null, as a variable with a default may be
            given as, or a stream is to begin with less than nothing.
    """
    for directive, argument, name in switched:
        value = values.get(name, False)
        if value is None:
            raise RequestError(
                f"Variable '${name}' is null, but '{argument}' of '@{directive}' must "
                "not be.",
                code=Code.BAD_USER_INPUT,
            )
        if isinstance(value, int) and value < 0:
            raise RequestError(
                _negative(argument, f"{value}, by variable '${name}'"),
                code=Code.BAD_USER_INPUT,
            )


def _negative(argument: str, value: str) -> str:
    return f"'{argument}' of '@stream' must be 0 or more, but is {value}."
