"""Tree to Python: one function of the scope, compiled when a profile loads.

In charge of evaluation order and of CEL's rule that `&&`, `||`, `all` and `exists`
forgive an error that the other operands outvote. What an operation means is in
`runtime`, `arithmetic` and ``functions/``. Must never put text of an author into code
but as a constant.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import Final

from gateway.expression import arithmetic, runtime
from gateway.expression import codegen as py
from gateway.expression.errors import ExpressionSyntaxError
from gateway.expression.kinds import TYPES, Fault
from gateway.expression.library import GLOBALS, METHODS
from gateway.expression.logic import LogicWriter, is_boolean
from gateway.expression.loops import LOOPS, SOFT
from gateway.expression.tree import (
    Binary,
    Call,
    Chain,
    Has,
    Ident,
    Index,
    ListOf,
    Literal,
    Logic,
    Macro,
    MapOf,
    Node,
    Select,
    Ternary,
    TypeName,
    Unary,
)

Run = Callable[[Mapping[str, object]], object]
_LOOPS_MAX: Final = 8

_ARITHMETIC: Final = {
    "+": "add",
    "-": "subtract",
    "*": "multiply",
    "/": "divide",
    "%": "modulo",
}
_RELATIONS: Final = {
    "<": "less",
    ">": "less",
    "<=": "less_or_equal",
    ">=": "less_or_equal",
    "in": "member",
}
_BASE: Final[dict[str, object]] = {
    "SOFT": SOFT,
    **{name: getattr(arithmetic, name) for name in _ARITHMETIC.values()},
    "negate": arithmetic.negate,
    **{
        name: getattr(runtime, name)
        for name in [
            "equal",
            "less",
            "less_or_equal",
            "member",
            "index",
            "optional_index",
            "optional_select",
            "has",
            "not_",
            "no_bool",
            "make_list",
            "make_map",
        ]
    },
}


def compile_tree(root: Node) -> Run:
    """The function that evaluates the tree over a scope.

    It raises one of `SOFT`; the line of the traceback in the generated code is the
    offset plus one.
    """
    writer = _Compiler(_BASE)
    try:
        code = py.code([writer.main(root)])
    except RecursionError:  # the caller's own stack was nearly full
        raise ExpressionSyntaxError(
            "the expression is nested too deeply", offset=root.at
        ) from None
    scope = writer.constants
    exec(code, scope)  # noqa: S102 - made of our own nodes, never of an author's text
    run = scope["run"]
    if not callable(run):  # pragma: no cover - defined above
        raise TypeError(run)
    return run


class _Compiler(LogicWriter):
    """One method a node; the base writes what decides between values."""

    def value(self, node: Node) -> ast.expr:
        """The Python expression for the node, placed at its offset."""
        return py.at(self._value(node), node.at)

    def _value(self, node: Node) -> ast.expr:  # noqa: C901, PLR0911 - a case a node
        match node:
            case Literal() | TypeName() | Ident():
                return self._leaf(node)
            case Select() | Has() | Index():
                return self._selection(node)
            case Call():
                return self._call(node)
            case Macro():
                return self._macro(node)
            case Unary():
                return self._unary(node)
            case Binary():
                return self._relation(node)
            case Chain():
                return self._chain(node)
            case Logic():
                return self.logic(node)
            case Ternary():
                return self.ternary(node)
            case ListOf():
                return self._list(node)
            case MapOf():
                return self._map(node)

    def _leaf(self, node: Literal | TypeName | Ident) -> ast.expr:
        if isinstance(node, TypeName):
            return self.constant("type", TYPES[node.name])
        if isinstance(node, Ident):
            local = self.variables.get(node.name)
            if local is not None:
                return py.name(local)
            return py.subscript(py.name("S"), py.constant(node.name))
        value = node.value
        if value is None or type(value) in {bool, str, bytes, int}:
            return py.constant(value)  # type: ignore[arg-type]
        return self.constant("number", value)

    def _selection(self, node: Select | Has | Index) -> ast.expr:
        operand = self._named(self.value(node.operand))
        if isinstance(node, Index):
            called = "optional_index" if node.optional else "index"
            return py.call(called, operand, self.value(node.key))
        field = py.constant(node.field)
        if isinstance(node, Has):
            return py.call("has", operand, field)
        if node.optional:
            return py.call("optional_select", operand, field)
        return py.subscript(operand, field)

    def _named(self, value: ast.expr) -> ast.expr:
        """The value, under a name where Python would warn of `1['a']`."""
        if not isinstance(value, ast.Constant | ast.List | ast.Dict):
            return value
        held = self.fresh("t")
        self.body.append(py.at(py.assign(held, value), value.lineno - 1))
        return py.name(held)

    def _call(self, node: Call) -> ast.expr:
        folded = _folded(node)
        if folded is not None:
            return self.constant("folded", folded)
        known = (GLOBALS if node.target is None else METHODS)[node.name]
        identifier = f"f_{known.form}_{node.name.replace('.', '_')}"
        self.constants[identifier] = known.call
        if known.lazy and node.target is not None:
            target = self.value(node.target)
            later = (py.name(self.closure(arg)) for arg in node.args)
            return py.call(identifier, target, *later)
        args = node.args if node.target is None else (node.target, *node.args)
        return py.call(identifier, *(self.value(arg) for arg in args))

    def _unary(self, node: Unary) -> ast.expr:
        operand = self.value(node.operand)
        if node.op == "!" and is_boolean(node.operand):
            return py.negated(operand)
        return py.call("not_" if node.op == "!" else "negate", operand)

    def _relation(self, node: Binary) -> ast.expr:
        left, right = self.value(node.left), self.value(node.right)
        if node.op in {"==", "!="}:
            return self._equality(node, left, right)
        if node.op.startswith(">"):
            left, right = right, left
        return py.call(_RELATIONS[node.op], left, right)

    def _equality(self, node: Binary, left: ast.expr, right: ast.expr) -> ast.expr:
        """Text and null equal nothing but their own kind: Python's own test will do."""
        same = node.op == "=="
        both = isinstance(node.left, Literal) and isinstance(node.right, Literal)
        for side in () if both else (node.left, node.right):
            if isinstance(side, Literal):
                if isinstance(side.value, str):
                    return py.compare(left, ast.Eq() if same else ast.NotEq(), right)
                if side.value is None or isinstance(side.value, bool):
                    return py.compare(left, ast.Is() if same else ast.IsNot(), right)
        test = py.at(py.call("equal", left, right), node.at)
        return test if same else py.negated(test)

    def _chain(self, node: Chain) -> ast.expr:
        result = self.value(node.first)
        for count, (op, operand, offset) in enumerate(node.rest, 1):
            step = py.call(_ARITHMETIC[op], result, self.value(operand))
            result = py.at(step, offset)
            if count % 8 == 0 or count == len(node.rest) > 2:  # noqa: PLR2004
                # keeps Python's own tree shallow
                held = self.fresh("t")
                self.body.append(py.at(py.assign(held, result), offset))
                result = py.name(held)
        return result

    def _list(self, node: ListOf) -> ast.expr:
        items = [(self.value(item), optional) for item, optional in node.items]
        if not any(optional for _, optional in items):
            return py.list_of(*(item for item, _ in items))
        pairs = (py.tuple_of(item, py.constant(flag)) for item, flag in items)
        return py.call("make_list", py.tuple_of(*pairs))

    def _map(self, node: MapOf) -> ast.expr:
        plain = [key.value for key, _, _ in node.entries if isinstance(key, Literal)]
        entries = [
            (self.value(key), self.value(item), optional)
            for key, item, optional in node.entries
        ]
        texts = all(isinstance(key, str) for key in plain)
        if (
            texts
            and len(set(plain)) == len(entries)
            and not any(optional for _, _, optional in entries)
        ):
            return py.dict_of(
                [key for key, _, _ in entries], [v for _, v, _ in entries]
            )
        rows = (py.tuple_of(k, v, py.constant(flag)) for k, v, flag in entries)
        return py.call("make_map", py.tuple_of(*rows))

    def _macro(self, node: Macro) -> ast.expr:
        if self.loops >= _LOOPS_MAX:
            raise ExpressionSyntaxError(
                f"more than {_LOOPS_MAX} macros within each other", offset=node.at
            )
        target = self.value(node.target)
        self.budgeted = True
        self.loops += 1
        parts = [py.name(self.closure(body, node.var)) for body in node.bodies]
        self.loops -= 1
        loop = LOOPS[node.name, len(node.bodies)]
        self.constants[loop.__name__] = loop
        return py.call(loop.__name__, target, *parts, py.name("B"))


def _folded(node: Call) -> object:
    """A timestamp or duration that is written out, read once; None for the rest."""
    if node.name in {"timestamp", "duration"} and isinstance(node.args[0], Literal):
        try:
            return GLOBALS[node.name].call(node.args[0].value)
        except Fault:  # an error when it is evaluated, and only then
            return None
    return None
