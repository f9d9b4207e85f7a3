"""A Python function in the making.

In charge of blocks, names, closures and the constants that generated code refers to.
Must never know what a node means.
"""

from __future__ import annotations

import ast
from abc import ABC, abstractmethod
from collections.abc import Mapping

from gateway.expression import codegen as py
from gateway.expression import runtime
from gateway.expression.tree import Node


class Writer(ABC):
    """Writes the functions of one expression.

    ``body`` is the block being written; an expression that needs statements appends
    them and gives back the name that holds its value.
    """

    def __init__(self, names: Mapping[str, object]) -> None:
        self.constants: dict[str, object] = dict(names)
        self.body: list[ast.stmt] = []
        self.variables: dict[str, str] = {}
        self.blocks = 0
        self.loops = 0
        self.budgeted = False
        self._names = 0

    def main(self, root: Node) -> ast.FunctionDef:
        """`def run(S)`: S is the scope, B what is left of the loop budget."""
        result = self.value(root)
        if self.budgeted:
            budget = py.list_of(py.constant(runtime.ITEMS_MAX))
            self.body.insert(0, py.assign("B", budget))
        self.body.append(py.returned(result))
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
        outer = (self.body, self.variables, self.blocks)
        parameters: list[str] = []
        if variable is not None:
            parameters = [self.fresh("v")]
            self.variables = {**self.variables, variable: parameters[0]}
        self.body, self.blocks = [], 0
        result = self.value(node)
        body = [*self.body, py.at(py.returned(result), node.at)]
        self.body, self.variables, self.blocks = outer
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

    @abstractmethod
    def value(self, node: Node) -> ast.expr:
        """The Python expression for the node, placed at its offset."""
