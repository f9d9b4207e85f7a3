"""Small words for writing Python: nodes of `ast` that remember an offset.

In charge of one trick: a generated node's line number is its offset in the expression
plus one, so a traceback tells where in the text an operation failed, at no cost while
all goes well. Must never see text of an author but as a constant.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from types import CodeType

FILENAME: Final = "<expression>"
_N = TypeVar("_N", bound=ast.expr | ast.stmt | ast.excepthandler | ast.arg)


def at(node: _N, offset: int) -> _N:
    """The node, placed at an offset. Every node needs a place; most can be anywhere."""
    node.lineno = node.end_lineno = offset + 1
    node.col_offset = node.end_col_offset = 0
    return node


def name(identifier: str) -> ast.expr:
    return at(ast.Name(identifier, ast.Load()), 0)


def constant(value: float | str | bytes | None) -> ast.expr:
    return at(ast.Constant(value), 0)


def call(function: str, *args: ast.expr) -> ast.expr:
    return at(ast.Call(name(function), list(args), []), 0)


def subscript(value: ast.expr, key: ast.expr) -> ast.expr:
    return at(ast.Subscript(value, key, ast.Load()), 0)


def assign(target: str, value: ast.expr) -> ast.stmt:
    return at(ast.Assign([at(ast.Name(target, ast.Store()), 0)], value), 0)


def compare(left: ast.expr, op: ast.cmpop, right: ast.expr) -> ast.expr:
    return at(ast.Compare(left, [op], [right]), 0)


def is_(left: ast.expr, *, wanted: bool | None) -> ast.expr:
    return compare(left, ast.Is(), constant(wanted))


def is_not(left: ast.expr, *, wanted: bool | None) -> ast.expr:
    return compare(left, ast.IsNot(), constant(wanted))


def negated(value: ast.expr) -> ast.expr:
    return at(ast.UnaryOp(ast.Not(), value), 0)


def both(*tests: ast.expr) -> ast.expr:
    return at(ast.BoolOp(ast.And(), list(tests)), 0)


def tuple_of(*items: ast.expr) -> ast.expr:
    return at(ast.Tuple(list(items), ast.Load()), 0)


def list_of(*items: ast.expr) -> ast.expr:
    return at(ast.List(list(items), ast.Load()), 0)


def dict_of(keys: list[ast.expr], values: list[ast.expr]) -> ast.expr:
    return at(ast.Dict([*keys], values), 0)


def when(
    test: ast.expr, body: list[ast.stmt], orelse: list[ast.stmt] | None = None
) -> ast.stmt:
    return at(ast.If(test, body, orelse or []), 0)


def raised(value: ast.expr) -> ast.stmt:
    return at(ast.Raise(value, None), 0)


def returned(value: ast.expr) -> ast.stmt:
    return at(ast.Return(value), 0)


def leave() -> ast.stmt:
    return at(ast.Break(), 0)


def block(body: list[ast.stmt]) -> ast.stmt:
    """Statements that `leave` leaves early; they must end with one."""
    return at(ast.While(constant(value=True), body, []), 0)


def attempt(body: list[ast.stmt], catch: str, kept: str, target: str) -> ast.stmt:
    """``try: body`` / ``except catch as kept: target = kept``."""
    keep = [assign(target, name(kept))]
    handler = at(ast.ExceptHandler(name(catch), kept, keep), 0)
    return at(ast.Try(body, [handler], [], []), 0)


def function(
    identifier: str, parameters: list[str], body: list[ast.stmt]
) -> ast.FunctionDef:
    """``def identifier(parameters): body``."""
    names = [at(ast.arg(parameter), 0) for parameter in parameters]
    arguments = ast.arguments(
        posonlyargs=[], args=names, kwonlyargs=[], kw_defaults=[], defaults=[]
    )
    made = ast.FunctionDef(
        name=identifier, args=arguments, body=body, decorator_list=[]
    )
    return at(made, 0)


def code(functions: list[ast.FunctionDef]) -> CodeType:
    """The functions, compiled as one module."""
    return compile(ast.Module([*functions], []), FILENAME, "exec")
