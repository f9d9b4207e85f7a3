"""What an expression reads of its scope.

In charge of the selection paths on free names: the loader checks them, the planner
takes dependencies from them. Must never count a macro's variable as a name.
"""

from __future__ import annotations

from collections.abc import Iterator

from gateway.expression.tree import (
    Has,
    Ident,
    Index,
    Literal,
    Macro,
    Node,
    Select,
    children,
)
from gateway.record import Model


class Reference(Model, frozen=True):
    """One path that is read: `account.status` is root `account`, path `("status",)`.

    ``optional`` where the first step from the root is `.?` or `[?`: the reader copes
    with a root that has no value. ``offset`` is where the root stands in the text.
    """

    root: str
    path: tuple[str, ...]
    optional: bool
    offset: int


def references(root: Node) -> tuple[Reference, ...]:
    """Every path read, in the order of the text, each path and spelling once."""
    found = sorted(_walk(root, frozenset()), key=lambda reference: reference.offset)
    seen: dict[tuple[str, tuple[str, ...], bool], Reference] = {}
    for reference in found:
        key = (reference.root, reference.path, reference.optional)
        seen.setdefault(key, reference)
    return tuple(seen.values())


def _walk(node: Node, bound: frozenset[str]) -> Iterator[Reference]:
    path: list[str] = []
    optional = False
    inner = node
    while (step := _step(inner)) is not None:
        inner, field, optional = step
        path.append(field)
    if isinstance(inner, Ident):
        if inner.name not in bound:
            steps = tuple(reversed(path))
            yield Reference(inner.name, steps, optional, inner.at)
        return
    if path:
        yield from _walk(inner, bound)
    elif isinstance(node, Macro):
        yield from _walk(node.target, bound)
        for body in node.bodies:
            yield from _walk(body, bound | {node.var})
    else:
        for child in children(node):
            yield from _walk(child, bound)


def _step(node: Node) -> tuple[Node, str, bool] | None:
    """The selection that a node is: on what, which field, optional or not."""
    if isinstance(node, Select):
        return node.operand, node.field, node.optional
    if isinstance(node, Has):
        return node.operand, node.field, False
    if isinstance(node, Index) and isinstance(node.key, Literal):
        key = node.key.value
        if isinstance(key, str):
            return node.operand, key, node.optional
    return None
