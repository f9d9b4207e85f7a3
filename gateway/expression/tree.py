"""The tree of a parsed expression.

In charge of the nodes and of walking them without recursion. Must never evaluate.
``at`` is the offset in the text that an error of the node points to.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Literal:
    value: object
    at: int


@dataclass(frozen=True, slots=True)
class Ident:
    name: str
    at: int


@dataclass(frozen=True, slots=True)
class TypeName:
    """A type written by name, as in `type(x) == int`."""

    name: str
    at: int


@dataclass(frozen=True, slots=True)
class Select:
    operand: Node
    field: str
    optional: bool
    at: int


@dataclass(frozen=True, slots=True)
class Has:
    operand: Node
    field: str
    at: int


@dataclass(frozen=True, slots=True)
class Index:
    operand: Node
    key: Node
    optional: bool
    at: int


@dataclass(frozen=True, slots=True)
class Call:
    """A function of the library; ``target`` is set for the form `target.name(...)`."""

    name: str
    target: Node | None
    args: tuple[Node, ...]
    at: int


@dataclass(frozen=True, slots=True)
class Macro:
    """`target.name(var, body...)`: the bodies see ``var`` bound to each element."""

    name: str
    target: Node
    var: str
    bodies: tuple[Node, ...]
    at: int


@dataclass(frozen=True, slots=True)
class Unary:
    op: str
    operand: Node
    at: int


@dataclass(frozen=True, slots=True)
class Binary:
    """A relation, or one step of arithmetic."""

    op: str
    left: Node
    right: Node
    at: int


@dataclass(frozen=True, slots=True)
class Chain:
    """Arithmetic of one level, from left to right, kept flat: `a + b - c`."""

    first: Node
    rest: tuple[tuple[str, Node, int], ...]
    at: int


@dataclass(frozen=True, slots=True)
class Logic:
    """`a && b && c` or `a || b || c`, kept flat; ``spans`` are the operands' texts."""

    op: str
    operands: tuple[Node, ...]
    spans: tuple[tuple[int, int], ...]
    at: int


@dataclass(frozen=True, slots=True)
class Ternary:
    condition: Node
    yes: Node
    no: Node
    at: int


@dataclass(frozen=True, slots=True)
class ListOf:
    items: tuple[tuple[Node, bool], ...]
    at: int


@dataclass(frozen=True, slots=True)
class MapOf:
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
