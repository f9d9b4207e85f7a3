"""What decides between values: `&&`, `||` and `a ? b : c`, as Python statements.

In charge of CEL's forgiveness: an error does not count where another operand decides.
Must never evaluate an operand that cannot matter any more.
"""

from __future__ import annotations

import ast
from typing import Final

from gateway.expression import codegen as py
from gateway.expression.tree import (
    Binary,
    Call,
    Has,
    Literal,
    Logic,
    Macro,
    Node,
    Ternary,
    Unary,
)
from gateway.expression.writer import Writer

_BLOCKS_MAX: Final = 6
"""CPython allows 20 blocks within each other; deeper code moves to a closure."""
_BOOLEAN_CALLS: Final = frozenset(
    {"contains", "startsWith", "endsWith", "matches", "bool", "hasValue"}
)


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


class LogicWriter(Writer):
    """Writes conditions; what the operands are is left to `value`."""

    def logic(self, node: Logic) -> ast.expr:
        """One block left early: the first operand that decides breaks out of it.

        A fault is kept while an operand that decides may still come.
        """
        if self.blocks >= _BLOCKS_MAX:
            return py.call(self.closure(node))
        result, fault = self.fresh("t"), self.fresh("e")
        decides = node.op == "||"
        outer, self.body = self.body, []
        self.blocks += 1
        self.body.append(py.assign(result, py.constant(decides)))
        self.body.append(py.assign(fault, py.constant(None)))
        for operand in node.operands:
            self._forgiving(operand, fault, decides=decides)
        kept = py.is_not(py.name(fault), wanted=None)
        self.body.append(py.when(kept, [py.raised(py.name(fault))]))
        self.body.append(py.assign(result, py.constant(not decides)))
        self.body.append(py.leave())
        self.blocks -= 1
        block, self.body = self.body, outer
        self.body.append(py.at(py.block(block), node.at))
        return py.name(result)

    def _forgiving(self, node: Node, fault: str, *, decides: bool) -> None:
        """One operand: break where it decides, keep its fault where it has one."""
        held = self.fresh("t")
        read = self.value_in(node, held)
        tests: list[ast.stmt] = [
            py.when(py.is_(py.name(held), wanted=decides), [py.leave()])
        ]
        if not is_boolean(node):
            wrong = py.at(py.call("no_bool", py.name(held)), node.at)
            tests.append(
                py.at(
                    py.when(
                        py.is_not(py.name(held), wanted=not decides),
                        [py.at(py.raised(wrong), node.at)],
                    ),
                    node.at,
                )
            )
        self.body.append(py.attempt([*read, *tests], "SOFT", self.fresh("x"), fault))

    def ternary(self, node: Ternary) -> ast.expr:
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


def _no_bool_test(local: str) -> ast.expr:
    """The test that a name holds no bool."""
    return py.both(
        py.is_not(py.name(local), wanted=True), py.is_not(py.name(local), wanted=False)
    )
