"""What generated Python may be made of: names of ours, and constants.

Both generators (expressions, projections) are held to it, whatever texts they were
given: a name that is not on the list, an attribute, an import, a `lambda` or a
decorator cannot come of an outside string unless it got out of its constant.
"""

from __future__ import annotations

import ast
import re

from gateway.expression.compiler import _BASE
from gateway.expression.library import GLOBALS, METHODS
from gateway.expression.loops import LOOPS
from gateway.response import reads, rows

_CALLABLE = {
    *_BASE,
    *(loop.__name__ for loop in LOOPS.values()),
    *(
        f"f_{known.form}_{name.replace('.', '_')}"
        for library in (GLOBALS, METHODS)
        for name, known in library.items()
    ),
}
_EXPRESSIONS = re.compile(r"S|B|run|[tevx]\d+|part\d+|(type|number|folded)_\d+")
_PROJECTIONS = re.compile(
    r"reader|results|typed|project|Written|COMPOSED|type_of|id|dict|list|tuple"
    r"|int|float|str|bool|part|got|map|type|zip|len"
    r"|C\d+|o_C\d+|v\d*|leaf(C\d+)?_(C\d+|String|ID|Boolean|Int|Float)"
)
_ATTRIBUTES = {
    *("get", "append", "__class__", "store", "results", "value", "issuperset"),
}
_STATEMENTS = (
    *(ast.Module, ast.FunctionDef, ast.arguments, ast.arg, ast.Return, ast.Assign),
    *(ast.If, ast.For, ast.While, ast.Break, ast.Raise, ast.Try, ast.ExceptHandler),
)
_VALUES = (
    *(ast.Name, ast.Constant, ast.Call, ast.Subscript, ast.Compare, ast.BoolOp),
    *(ast.UnaryOp, ast.IfExp, ast.Tuple, ast.List, ast.Dict, ast.NamedExpr),
    *(ast.expr_context, ast.cmpop, ast.boolop, ast.unaryop),
)
_PLAIN = (str, bytes, int, float, bool, type(None))


def only_ours(tree: ast.Module) -> None:
    """An expression's code: no attribute at all, calls by names of ours.

    Raises:
        AssertionError: it holds anything else.
    """
    for node in ast.walk(tree):
        assert isinstance(node, (*_STATEMENTS, *_VALUES)), ast.dump(node)
        for name in _names(node):
            assert name in _CALLABLE or _EXPRESSIONS.fullmatch(name), name
        _held(node)


def only_projection(source: str) -> None:
    """The same of a projection's source, which reads maps and appends to lists."""
    for node in ast.walk(ast.parse(source)):
        known = (
            *_STATEMENTS,
            *_VALUES,
            ast.Attribute,
            ast.Expr,
            ast.BinOp,
            ast.operator,
            ast.ListComp,
            ast.comprehension,
        )
        assert isinstance(node, known), ast.dump(node)
        if isinstance(node, ast.Attribute):
            assert node.attr in _ATTRIBUTES, node.attr
        for name in _names(node):
            ours = name in (*reads.CALLED, *rows.CALLED) or _PROJECTIONS.fullmatch(name)
            assert ours, name
        _held(node)


def _names(node: ast.AST) -> list[str]:
    match node:
        case ast.Name(id=name) | ast.arg(arg=name):
            return [name]
        case ast.FunctionDef(name=name, decorator_list=[], returns=None):
            return [name]
        case ast.FunctionDef():
            raise AssertionError(ast.dump(node))
        case ast.ExceptHandler(name=str(name)):
            return [name]
    return []


def _held(node: ast.AST) -> None:
    if isinstance(node, ast.Constant):
        assert isinstance(node.value, _PLAIN), node.value
    if isinstance(node, ast.Call):
        assert not node.keywords, ast.dump(node)
        assert not any(isinstance(one, ast.Starred) for one in node.args)
