"""The macros: calls whose arguments are not values but a name and expressions over it.

In charge of their shapes. Must never evaluate: the compiler writes their loops.
"""

from __future__ import annotations

from typing import Final

from gateway.expression.errors import ExpressionSyntaxError
from gateway.expression.tree import Has, Ident, Macro, Node, Select

BODIES: Final = {
    "all": (1,),
    "exists": (1,),
    "exists_one": (1,),
    "map": (1, 2),
    "filter": (1,),
    "optMap": (1,),
    "optFlatMap": (1,),
    "sortBy": (1,),
}
"""Macros of the form `target.name(var, body...)` and how many bodies they take."""

_EXAMPLES: Final = {
    "map": "list.map(x, x.id), or with a condition list.map(x, x.open, x.id)",
    "optMap": "account.?name.optMap(n, n.upperAscii())",
    "optFlatMap": "account.?owner.optFlatMap(o, o.?name)",
    "sortBy": "list.sortBy(x, x.id)",
}


def macro(name: str, target: Node, args: tuple[Node, ...], at: int) -> Macro:
    """The macro of these arguments.

    Raises:
        ExpressionSyntaxError: the arguments are not a name and its bodies.
    """
    example = _EXAMPLES.get(name, f"list.{name}(x, x.open)")
    if len(args) - 1 not in BODIES[name]:
        raise ExpressionSyntaxError(
            f"{name}() takes a name and an expression over it",
            offset=at,
            hint=f"write {example}",
        )
    var = args[0]
    if not isinstance(var, Ident):
        raise ExpressionSyntaxError(
            f"the first argument of {name}() is the name of the element",
            offset=var.at,
            hint=f"write {example}",
        )
    return Macro(name, target, var.name, args[1:], at)


def has(args: tuple[Node, ...], at: int) -> Has:
    """`has(a.b)`.

    Raises:
        ExpressionSyntaxError: the argument is no selection.
    """
    if len(args) == 1 and isinstance(args[0], Select) and not args[0].optional:
        return Has(args[0].operand, args[0].field, args[0].at)
    raise ExpressionSyntaxError(
        "has() takes one selection", offset=at, hint="write has(account.status)"
    )
