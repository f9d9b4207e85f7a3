"""Calls as parsed: is there such a function, and does it take so many arguments?

In charge of finding names in the library at load time. Must never call a function.
"""

from __future__ import annotations

from gateway.expression import hints
from gateway.expression.errors import ExpressionSyntaxError
from gateway.expression.kinds import TYPES
from gateway.expression.library import GLOBALS, METHODS, Function, namespaces
from gateway.expression.macros import BODIES, macro
from gateway.expression.patterns import PatternError, compiled
from gateway.expression.tree import (
    Binary,
    Call,
    Ident,
    ListOf,
    Literal,
    Node,
    Select,
    TypeName,
)


def call(name: str, args: tuple[Node, ...], at: int) -> Call:
    """`name(args)`.

    Raises:
        ExpressionSyntaxError: there is no such function, or not with so many arguments.
    """
    known = GLOBALS.get(name)
    if known is None or "." in name:
        raise ExpressionSyntaxError(
            f"there is no function {name}()",
            offset=at,
            hint=hints.for_function(name, method=False),
        )
    return _checked(known, Call(name, None, args, at))


def method(name: str, target: Node, args: tuple[Node, ...], at: int) -> Node:
    """`target.name(args)`: a macro, a function of a namespace, or a method.

    Raises:
        ExpressionSyntaxError: there is no such function, or not with such arguments.
    """
    if isinstance(target, Ident) and target.name in namespaces():
        full = f"{target.name}.{name}"
        if full in GLOBALS:
            return _checked(GLOBALS[full], Call(full, None, args, target.at))
        if name not in METHODS and name not in BODIES:
            raise ExpressionSyntaxError(
                f"there is no function {full}()",
                offset=target.at,
                hint=hints.for_function(full, method=False),
            )
    if name in BODIES:
        return macro(name, target, args, at)
    known = METHODS.get(name)
    if known is None:
        raise ExpressionSyntaxError(
            f"there is no function {name}() of a value",
            offset=at,
            hint=hints.for_function(name, method=True),
        )
    return _checked(known, Call(name, target, args, at))


def _checked(known: Function, made: Call) -> Call:
    if known.arities is not None and len(made.args) not in known.arities:
        takes = " or ".join(map(str, sorted(known.arities)))
        noun = "argument" if takes == "1" else "arguments"
        raise ExpressionSyntaxError(
            f"{known.name}() takes {takes} {noun}, not {len(made.args)}",
            offset=made.at,
        )
    if made.name == "matches":
        _check_pattern(made.args[-1])
    return made


def _check_pattern(node: Node) -> None:
    """A pattern that is written out is checked, and compiled, at load."""
    if isinstance(node, Literal) and isinstance(node.value, str):
        try:
            compiled(node.value)
        except PatternError as error:
            raise ExpressionSyntaxError(
                f"bad pattern: {error}", offset=node.at
            ) from None


def relation(op: str, left: Node, right: Node, at: int) -> Binary:
    """A relation; beside `type(x)` the name of a type means that type.

    Everywhere else `type`, `list` or `int` is a name of the scope like any other, so
    that an argument may be called `type` (our own rule: CEL reserves these).
    """
    if op in {"==", "!=", "in"}:
        if _asks_type(left):
            right = _as_type(right)
        elif _asks_type(right):
            left = _as_type(left)
    return Binary(op, left, right, at)


def _asks_type(node: Node) -> bool:
    return isinstance(node, Call) and node.name == "type"


def _as_type(node: Node) -> Node:
    if isinstance(node, ListOf):
        items = tuple((_as_type(item), optional) for item, optional in node.items)
        return ListOf(items, node.at)
    name = _dotted(node)
    return TypeName(name, node.at) if name in TYPES else node


def _dotted(node: Node) -> str:
    if isinstance(node, Ident):
        return node.name
    if isinstance(node, Select) and not node.optional:
        return f"{_dotted(node.operand)}.{node.field}"
    return ""
