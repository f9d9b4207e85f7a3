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
from gateway.expression.kinds import TYPES
from gateway.expression.library import GLOBALS, METHODS
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
_BLOCKS_MAX: Final = 6
"""CPython allows 20 blocks within each other; deeper code moves to a function of its own."""
_LOOPS_MAX: Final = 8

_ARITHMETIC: Final = {
    "+": "add",
    "-": "subtract",
    "*": "multiply",
    "/": "divide",
    "%": "modulo",
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
_BOOLEAN_CALLS: Final = frozenset(
    {"contains", "startsWith", "endsWith", "matches", "bool", "hasValue"}
)


def compile_tree(root: Node) -> Run:
    """The function that evaluates the tree over a scope.

    It raises one of `SOFT`; the line of the traceback in the generated code is the
    offset plus one.
    """
    writer = _Writer()
    code = py.code([writer.main(root)])
    scope = writer.constants
    exec(code, scope)  # noqa: S102 - made of our own nodes, never of an author's text
    run = scope["run"]
    if not callable(run):  # pragma: no cover - defined above
        raise TypeError(run)
    return run


def is_boolean(node: Node) -> bool:
    """Whether the node can give nothing but a bool (or fail)."""
    match node:
        case Literal():
            return isinstance(node.value, bool)
        case Binary() | Logic() | Has():
            return True
        case Unary():
            return node.op == "!"
        case Call():
            return node.name in _BOOLEAN_CALLS
        case Macro():
            return node.name in {"all", "exists", "exists_one"}
        case _:
            return False


class _Writer:
    """Writes the functions of one expression.

    ``body`` is the block being written; an expression that needs statements appends
    them and gives back the name that holds its value.
    """

    def __init__(self) -> None:
        self.constants: dict[str, object] = dict(_BASE)
        self.body: list[ast.stmt] = []
        self._variables: dict[str, str] = {}
        self._blocks = 0
        self._loops = 0
        self._names = 0

    def main(self, root: Node) -> ast.FunctionDef:
        """`def run(S)`: S is the scope, B what is left of the loop budget."""
        result = self.value(root)
        if "B" in _reads(ast.Module([*self.body, ast.Expr(result)], [])):
            budget = py.list_of(py.constant(runtime.ITEMS_MAX))
            self.body.insert(0, py.assign("B", budget))
        self.body.append(ast.Return(result))
        return py.at(py.function("run", ["S"], self.body), 0)

    def fresh(self, stem: str) -> str:
        self._names += 1
        return f"{stem}{self._names}"

    def constant(self, stem: str, value: object) -> ast.expr:
        identifier = self.fresh(f"{stem}_")
        self.constants[identifier] = value
        return py.name(identifier)

    def closure(self, node: Node, variable: str | None = None) -> str:
        """Write a function within the one being written; gives back its name."""
        outer = (self.body, self._variables, self._blocks)
        parameters: list[str] = []
        if variable is not None:
            parameters = [self.fresh("v")]
            self._variables = {**self._variables, variable: parameters[0]}
        self.body, self._blocks = [], 0
        result = self.value(node)
        body = [*self.body, py.at(ast.Return(result), node.at)]
        self.body, self._variables, self._blocks = outer
        identifier = self.fresh("part")
        self.body.append(py.at(py.function(identifier, parameters, body), node.at))
        return identifier

    def value_in(self, node: Node, target: str) -> list[ast.stmt]:
        """A block that assigns the node's value to ``target``."""
        outer, self.body = self.body, []
        result = self.value(node)
        block = [*self.body, py.at(py.assign(target, result), node.at)]
        self.body = outer
        return block

    # -- one method a node ------------------------------------------------------

    def value(self, node: Node) -> ast.expr:
        """The Python expression for the node, placed at its offset."""
        return py.at(self._value(node), node.at)

    def _value(self, node: Node) -> ast.expr:  # noqa: PLR0911 - one case a node
        match node:
            case Literal() | TypeName() | Ident():
                return self._leaf(node)
            case Select() | Has() | Index():
                return self._selection(node)
            case Call():
                return self._call(node)
            case Macro():
                return self._macro(node)
            case Unary() | Binary():
                return self._operator(node)
            case Chain():
                return self._chain(node)
            case Logic():
                if self._blocks >= _BLOCKS_MAX:
                    return py.call(self.closure(node))
                return self._logic(node)
            case Ternary():
                return self._ternary(node)
            case ListOf():
                return self._list(node)
            case MapOf():
                return self._map(node)

    def _leaf(self, node: Literal | TypeName | Ident) -> ast.expr:
        if isinstance(node, TypeName):
            return self.constant("type", TYPES[node.name])
        if isinstance(node, Ident):
            local = self._variables.get(node.name)
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
        known = (GLOBALS if node.target is None else METHODS)[node.name]
        identifier = f"f_{known.form}_{node.name.replace('.', '_')}"
        self.constants[identifier] = known.call
        if known.lazy and node.target is not None:
            target = self.value(node.target)
            later = (py.name(self.closure(arg)) for arg in node.args)
            return py.call(identifier, target, *later)
        args = node.args if node.target is None else (node.target, *node.args)
        return py.call(identifier, *(self.value(arg) for arg in args))

    def _operator(self, node: Unary | Binary) -> ast.expr:
        if isinstance(node, Unary):
            operand = self.value(node.operand)
            if node.op == "!" and is_boolean(node.operand):
                return py.negated(operand)
            return py.call("not_" if node.op == "!" else "negate", operand)
        left, right = self.value(node.left), self.value(node.right)
        match node.op:
            case "==" | "!=":
                return self._equality(node, left, right)
            case "<":
                return py.call("less", left, right)
            case "<=":
                return py.call("less_or_equal", left, right)
            case ">":
                return py.call("less", right, left)
            case ">=":
                return py.call("less_or_equal", right, left)
            case _:
                return py.call("member", left, right)

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
            if count % 20 == 0:  # keeps Python's own tree shallow
                held = self.fresh("t")
                self.body.append(py.at(py.assign(held, result), offset))
                result = py.name(held)
        return result

    def _logic(self, node: Logic) -> ast.expr:
        """One block left early: the first operand that decides breaks out of it.

        A fault is kept while an operand that decides may still come.
        """
        result, fault = self.fresh("t"), self.fresh("e")
        decides = node.op == "||"
        outer, self.body = self.body, []
        self._blocks += 1
        self.body.append(py.assign(result, py.constant(decides)))
        self.body.append(py.assign(fault, py.constant(None)))
        for operand in node.operands:
            self._forgiving(operand, fault, decides=decides)
        kept = py.is_not_constant(py.name(fault), None)
        self.body.append(py.when(kept, [py.raised(py.name(fault))]))
        self.body.append(py.assign(result, py.constant(not decides)))
        self.body.append(ast.Break())
        self._blocks -= 1
        block, self.body = self.body, outer
        self.body.append(py.at(ast.While(py.constant(value=True), block, []), node.at))
        return py.name(result)

    def _forgiving(self, node: Node, fault: str, *, decides: bool) -> None:
        """One operand: break where it decides, keep its fault where it has one."""
        held = self.fresh("t")
        read = self.value_in(node, held)
        tests: list[ast.stmt] = [
            py.when(py.is_constant(py.name(held), decides), [ast.Break()])
        ]
        if not is_boolean(node):
            wrong = py.at(py.call("no_bool", py.name(held)), node.at)
            tests.append(
                py.at(
                    py.when(
                        py.is_not_constant(py.name(held), not decides),
                        [py.at(py.raised(wrong), node.at)],
                    ),
                    node.at,
                )
            )
        kept = self.fresh("x")
        catch = ast.ExceptHandler(
            py.name("SOFT"), kept, [py.assign(fault, py.name(kept))]
        )
        self.body.append(py.at(ast.Try([*read, *tests], [catch], [], []), node.at))

    def _ternary(self, node: Ternary) -> ast.expr:
        condition = self.fresh("t")
        self.body.extend(self.value_in(node.condition, condition))
        if not is_boolean(node.condition):
            wrong = py.at(py.call("no_bool", py.name(condition)), node.at)
            test = _no_bool_test(condition)
            self.body.append(
                py.at(py.when(test, [py.at(py.raised(wrong), node.at)]), node.at)
            )
        result = self.fresh("t")
        yes, no = self.value_in(node.yes, result), self.value_in(node.no, result)
        self.body.append(py.at(py.when(py.name(condition), yes, no), node.at))
        return py.name(result)

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
            return ast.Dict([key for key, _, _ in entries], [v for _, v, _ in entries])
        rows = (py.tuple_of(k, v, py.constant(flag)) for k, v, flag in entries)
        return py.call("make_map", py.tuple_of(*rows))

    def _macro(self, node: Macro) -> ast.expr:
        if self._loops >= _LOOPS_MAX:
            raise ExpressionSyntaxError(
                f"more than {_LOOPS_MAX} macros within each other", offset=node.at
            )
        target = self.value(node.target)
        self._loops += 1
        parts = [py.name(self.closure(body, node.var)) for body in node.bodies]
        self._loops -= 1
        loop = LOOPS[node.name, len(node.bodies)]
        self.constants[loop.__name__] = loop
        return py.call(loop.__name__, target, *parts, py.name("B"))


def _no_bool_test(local: str) -> ast.expr:
    """The test that a name holds no bool."""
    return ast.BoolOp(
        ast.And(),
        [
            py.is_not_constant(py.name(local), wanted=True),
            py.is_not_constant(py.name(local), wanted=False),
        ],
    )


def _reads(tree: ast.AST) -> set[str]:
    return {part.id for part in ast.walk(tree) if isinstance(part, ast.Name)}
