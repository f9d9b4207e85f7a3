"""Trees and sets of values as text, one spelling for one meaning.

In charge of what an author reads, and of telling equal parts of expressions: parts with
one spelling read the same. Must never be parsed again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gateway.expression.kinds import Uint
from gateway.expression.sets import Cut, Line, Values
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

_WORDS = {True: "true", False: "false", None: "null"}
_MOST_SHOWN = 3


def spelled(node: Node) -> str:  # noqa: C901, PLR0911, PLR0912 - a case a node
    """A node's text, with brackets wherever they could matter."""
    match node:
        case Literal(value):
            return literal(value)
        case Ident(name) | TypeName(name):
            return name
        case Select(operand, field, optional):
            return spelled(operand) + _field(field, mark="?" if optional else "")
        case Index(operand, Literal(str() as field), optional):
            return spelled(operand) + _field(field, mark="?" if optional else "")
        case Index(operand, key, optional):
            return f"{spelled(operand)}[{'?' if optional else ''}{spelled(key)}]"
        case Has(operand, field):
            return f"has({spelled(operand)}{_field(field)})"
        case Call(name, target, args):
            before = f"{spelled(target)}." if target is not None else ""
            return f"{before}{name}({_listed(map(spelled, args))})"
        case Macro(name, target, var, bodies):
            return f"{spelled(target)}.{name}({_listed([var, *map(spelled, bodies)])})"
        case Unary(op, operand):
            return f"{op}{spelled(operand)}"
        case Binary(op, left, right):
            return f"({spelled(left)} {op} {spelled(right)})"
        case Chain(first, rest):
            tail = "".join(f" {op} {spelled(each)}" for op, each, _ in rest)
            return f"({spelled(first)}{tail})"
        case Logic(op, operands):
            return f"({f' {op} '.join(map(spelled, operands))})"
        case Ternary(condition, yes, no):
            return f"({spelled(condition)} ? {spelled(yes)} : {spelled(no)})"
        case ListOf(items):
            parts = (f"{'?' if maybe else ''}{spelled(item)}" for item, maybe in items)
            return f"[{_listed(parts)}]"
        case MapOf(entries):
            pairs = (
                f"{'?' if maybe else ''}{spelled(key)}: {spelled(value)}"
                for key, value, maybe in entries
            )
            return f"{{{_listed(pairs)}}}"


def literal(value: object) -> str:
    """A constant as an author writes it."""
    if value is None or isinstance(value, bool):
        return _WORDS[value]
    return f"{int(value)}u" if isinstance(value, Uint) else repr(value)


def described(name: str, values: Values) -> str:
    """What it means that something is in a set: `0.5 < score <= 0.8`."""
    parts = [
        *_segments(name, values.numbers, "a number"),
        *_segments(name, values.texts, "text"),
    ]
    parts += sorted(
        f"{name} is {one if one == 'other' else _WORDS[one]}"  # type: ignore[index]
        for one in values.singles
    )
    shown = parts[:_MOST_SHOWN]
    return " or ".join(shown) + (" ..." if len(parts) > len(shown) else "")


def _segments(name: str, line: Line, kind: str) -> Iterator[str]:
    edges: list[Cut | None] = [None] if line.inside else []
    edges += line.cuts
    if len(edges) % 2:
        edges.append(None)
    for low, high in zip(edges[::2], edges[1::2], strict=True):
        yield _segment(name, low, high, kind)


def _segment(name: str, low: Cut | None, high: Cut | None, kind: str) -> str:
    if low and high:
        if low[0] == high[0]:
            return f"{name} == {literal(low[0])}"
        under = "<" if low[1] else "<="
        return f"{literal(low[0])} {under} {name} {_below(high)}"
    if low:
        return f"{name} {'>' if low[1] else '>='} {literal(low[0])}"
    return f"{name} {_below(high)}" if high else f"{name} is {kind}"


def _below(high: Cut) -> str:
    return f"{'<=' if high[1] else '<'} {literal(high[0])}"


def _field(name: str, *, mark: str = "") -> str:
    if name.isascii() and name.isidentifier():
        return f".{mark}{name}"
    return f"[{mark}{name!r}]"


def _listed(parts: Iterable[str]) -> str:
    return ", ".join(parts)
