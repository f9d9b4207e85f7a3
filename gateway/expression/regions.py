"""Where a condition is true, as far as the constants in it tell.

In charge of reading `score > 0.8 && kind in ['A', 'B']` as a box: a set of values for
each thing it reads. What is no comparison with constants counts as a thing that is true
or false itself. Must never evaluate, and never claim more than holds for every value.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, TypeAlias

from gateway.expression import sets
from gateway.expression.sets import ANYTHING, BOTH, TRUE, Values
from gateway.expression.spelling import spelled
from gateway.expression.tree import Binary, ListOf, Literal, Logic, Node, Unary
from gateway.record import Model

Box: TypeAlias = Mapping[str, Values]
"""The values that each thing read may have; what is not named may have any."""

MOST_BOXES: Final = 64
"""Beyond this many, a condition or a remainder is no longer looked into."""
_ORDERED: Final = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
"""Comparisons of order, each with what it is read from right to left."""
_NUMBERS: Final = Values(numbers=ANYTHING.numbers)
_TEXTS: Final = Values(texts=ANYTHING.texts)


class Region(Model, frozen=True):
    """A condition is true in any of its ``boxes`` and nowhere else.

    ``asks`` are the values outside which it cannot be evaluated, where one thing read
    decides that: who finds it false knows them to be met.
    """

    boxes: tuple[Box, ...]
    asks: Box


def region(tree: Node) -> Region:
    """The region of a condition's tree."""
    boxes = _boxes(tree, wanted=True)
    if boxes is None:
        boxes = [{spelled(tree): TRUE}]
    return Region(tuple(boxes), _asks(tree) or {})


def meet(one: Box, other: Box) -> Box | None:
    """What is in both; None where nothing is."""
    made = dict(one)
    for name, values in other.items():
        both = made.get(name, ANYTHING) & values
        if both.empty:
            return None
        made[name] = both
    return made


def without(boxes: Iterable[Box], others: Iterable[Box]) -> Sequence[Box] | None:
    """What of some boxes is in none of the others; None where it is in too many."""
    left = list(boxes)
    for other in others:
        left = [piece for box in left for piece in _cut(box, other)]
        if len(left) > MOST_BOXES:
            return None
    return left


def _cut(box: Box, other: Box) -> list[Box]:
    """A box without another, in pieces."""
    pieces: list[Box] = []
    rest = dict(box)
    for name, values in other.items():
        before = rest.get(name, ANYTHING)
        inside, outside = before & values, before - values
        if inside.empty:
            return [box]
        if not outside.empty:
            pieces.append({**rest, name: outside})
        rest[name] = inside
    return pieces


def _boxes(node: Node, *, wanted: bool) -> list[Box] | None:
    """Where a node is true (or false); None where that takes too many boxes."""
    match node:
        case Unary("!", operand):
            return _boxes(operand, wanted=not wanted)
        case Logic(op, operands):
            parts = [_boxes(each, wanted=wanted) for each in operands]
            made = [part for part in parts if part is not None]
            if len(made) < len(parts):
                return None
            return _all(made) if (op == "&&") is wanted else _any(made)
        case Literal(bool() as value):
            return [{}] if value is wanted else []
        case _:
            name, values = _comparison(node) or (spelled(node), TRUE)
            kept = values if wanted else _negated(node, values)
            return [{name: kept}] if not kept.empty else []


def _all(parts: Iterable[Sequence[Box]]) -> list[Box] | None:
    made: list[Box] = [{}]
    for part in parts:
        met = (meet(one, other) for one in made for other in part)
        made = [box for box in met if box is not None]
        if len(made) > MOST_BOXES:
            return None
    return made


def _any(parts: Iterable[Sequence[Box]]) -> list[Box] | None:
    made = [box for part in parts for box in part]
    return made if len(made) <= MOST_BOXES else None


def _negated(node: Node, values: Values) -> Values:
    """The values of which a comparison is false, and not an error."""
    asked = _asks(node)
    return (next(iter(asked.values())) if asked else ANYTHING) - values


def _comparison(node: Node) -> tuple[str, Values] | None:
    """What is compared with constants, and the values of which that is true."""
    if not isinstance(node, Binary):
        return None
    op, left, right = node.op, node.left, node.right
    if op == "in":
        values = _listed(right)
        return (spelled(left), values) if values is not None else None
    if isinstance(left, Literal):
        op, left, right = _ORDERED.get(op, op), right, left
    if isinstance(left, Literal) or not isinstance(right, Literal):
        return None
    found = _related(op, right.value)
    return (spelled(left), found) if found is not None else None


def _related(op: str, bound: object) -> Values | None:
    if op in _ORDERED:
        return sets.compared(op, bound)
    same = sets.constant(bound) if op in {"==", "!="} else None
    return ANYTHING - same if same is not None and op == "!=" else same


def _listed(node: Node) -> Values | None:
    """The constants of a list that is written out."""
    if not isinstance(node, ListOf):
        return None
    items = [item for item, maybe in node.items if not maybe]
    known = [item.value for item in items if isinstance(item, Literal)]
    return sets.among(known) if len(known) == len(node.items) else None


def _asks(node: Node) -> Box | None:
    """The values without which a node is an error; None where it is more than that."""
    match node:
        case Unary("!", operand):
            return _asks(operand)
        case Logic(_, operands):
            first, *rest = (_asks(each) for each in operands)
            return first if all(each == first for each in rest) else None
        case Literal():
            return None
        case _:
            return _asked(node)


def _asked(node: Node) -> Box | None:
    """Order is for values of one kind; what is no comparison is true or false."""
    compared = _comparison(node)
    if compared is None:
        return {spelled(node): BOTH}
    if isinstance(node, Binary) and node.op in _ORDERED:
        values = compared[1]
        return {compared[0]: _NUMBERS if values.texts.empty else _TEXTS}
    return None
