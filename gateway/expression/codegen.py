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
_N = TypeVar("_N", bound=ast.expr | ast.stmt)


def at(node: _N, offset: int) -> _N:
    """The node, placed at an offset."""
    node.lineno = node.end_lineno = offset + 1
    node.col_offset = node.end_col_offset = 0
    return node


def name(identifier: str) -> ast.Name:
    return ast.Name(identifier, ast.Load())


def constant(value: float | str | bytes | None) -> ast.Constant:
    return ast.Constant(value)


def call(function: str, *args: ast.expr) -> ast.Call:
    return ast.Call(name(function), list(args), [])


def subscript(value: ast.expr, key: ast.expr) -> ast.Subscript:
    return ast.Subscript(value, key, ast.Load())


def assign(target: str, value: ast.expr) -> ast.stmt:
    return ast.Assign([ast.Name(target, ast.Store())], value)


def compare(left: ast.expr, op: ast.cmpop, right: ast.expr) -> ast.Compare:
    return ast.Compare(left, [op], [right])


def is_constant(value: ast.expr, wanted: None | bool) -> ast.Compare:  # noqa: FBT001
    return compare(value, ast.Is(), ast.Constant(wanted))


def is_not_constant(value: ast.expr, wanted: None | bool) -> ast.Compare:  # noqa: FBT001
    return compare(value, ast.IsNot(), ast.Constant(wanted))


def negated(value: ast.expr) -> ast.expr:
    return ast.UnaryOp(ast.Not(), value)


def when(
    test: ast.expr, body: list[ast.stmt], orelse: list[ast.stmt] | None = None
) -> ast.stmt:
    return ast.If(test, body, orelse or [])


def raised(value: ast.expr) -> ast.stmt:
    return ast.Raise(value, None)


def tuple_of(*items: ast.expr) -> ast.expr:
    return ast.Tuple(list(items), ast.Load())


def list_of(*items: ast.expr) -> ast.expr:
    return ast.List(list(items), ast.Load())


def function(
    identifier: str, parameters: list[str], body: list[ast.stmt]
) -> ast.FunctionDef:
    """``def identifier(parameters): body``."""
    made = ast.parse(f"def {identifier}({', '.join(parameters)}): pass").body[0]
    if not isinstance(made, ast.FunctionDef):  # pragma: no cover - ast.parse's promise
        raise TypeError(made)
    made.body = body
    return made


def code(functions: list[ast.FunctionDef]) -> CodeType:
    """The functions, compiled as one module."""
    module = ast.Module(list(functions), [])
    return compile(ast.fix_missing_locations(module), FILENAME, "exec")
