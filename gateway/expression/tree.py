"""The tree of a parsed expression.

In charge of the nodes and of walking them without recursion. Must never evaluate.
``at`` is the offset in the text that an error of the node points to.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from gateway.record import Model


class Literal(Model, frozen=True):
    value: object
    at: int


class Ident(Model, frozen=True):
    name: str
    at: int


class TypeName(Model, frozen=True):
    """A type written by name, as in `type(x) == int`."""

    name: str
    at: int


class Select(Model, frozen=True):
    operand: Node
    field: str
    optional: bool
    at: int


class Has(Model, frozen=True):
    operand: Node
    field: str
    at: int


class Index(Model, frozen=True):
    operand: Node
    key: Node
    optional: bool
    at: int


class Call(Model, frozen=True):
    """A function of the library; ``target`` is set for the form `target.name(...)`."""

    name: str
    target: Node | None
    args: tuple[Node, ...]
    at: int


class Macro(Model, frozen=True):
    """`target.name(var, body...)`: the bodies see ``var`` bound to each element."""

    name: str
    target: Node
    var: str
    bodies: tuple[Node, ...]
    at: int


class Unary(Model, frozen=True):
    op: str
    operand: Node
    at: int


class Binary(Model, frozen=True):
    """A relation, or one step of arithmetic."""

    op: str
    left: Node
    right: Node
    at: int


class Chain(Model, frozen=True):
    """Arithmetic of one level, from left to right, kept flat: `a + b - c`."""

    first: Node
    rest: tuple[tuple[str, Node, int], ...]
    at: int


class Logic(Model, frozen=True):
    """`a && b && c` or `a || b || c`, kept flat; ``spans`` are the operands' texts."""

    op: str
    operands: tuple[Node, ...]
    spans: tuple[tuple[int, int], ...]
    at: int


class Ternary(Model, frozen=True):
    condition: Node
    yes: Node
    no: Node
    at: int


class ListOf(Model, frozen=True):
    items: tuple[tuple[Node, bool], ...]
    at: int


class MapOf(Model, frozen=True):
    entries: tuple[tuple[Node, Node, bool], ...]
    at: int


Node: TypeAlias = (
    Literal
    | Ident
    | TypeName
    | Select
    | Has
    | Index
    | Call
    | Macro
    | Unary
    | Binary
    | Chain
    | Logic
    | Ternary
    | ListOf
    | MapOf
)


def children(node: Node) -> Iterator[Node]:  # noqa: C901, PLR0912 - a case a node
    """The nodes directly below, from left to right."""
    match node:
        case Select() | Has() | Unary():
            yield node.operand
        case Index():
            yield from (node.operand, node.key)
        case Call():
            if node.target is not None:
                yield node.target
            yield from node.args
        case Macro():
            yield from (node.target, *node.bodies)
        case Binary():
            yield from (node.left, node.right)
        case Chain():
            yield node.first
            yield from (operand for _, operand, _ in node.rest)
        case Logic():
            yield from node.operands
        case Ternary():
            yield from (node.condition, node.yes, node.no)
        case ListOf():
            yield from (item for item, _ in node.items)
        case MapOf():
            for key, value, _ in node.entries:
                yield from (key, value)
        case Literal() | Ident() | TypeName():
            return


def depth_exceeds(root: Node, limit: int) -> Node | None:
    """The first node found deeper than ``limit`` levels, or None."""
    waiting = [(root, 1)]
    while waiting:
        node, depth = waiting.pop()
        if depth > limit:
            return node
        waiting.extend((child, depth + 1) for child in children(node))
    return None
