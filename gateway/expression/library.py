"""The catalogue of functions that an expression can call.

In charge of names, arities and forms. Must never know how a function works: the modules
in ``functions/`` enter theirs with `function`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final, TypeVar

from gateway.record import Model

Implementation = Callable[..., object]
_F = TypeVar("_F", bound=Implementation)


class Function(Model, frozen=True):
    """One name; ``arities`` counts arguments, without the target of `target.f()`."""

    name: str
    call: Implementation
    arities: frozenset[int] | None
    form: str
    lazy: bool


GLOBALS: Final[dict[str, Function]] = {}
"""By the name as written before the bracket: `size`, `math.greatest`."""
METHODS: Final[dict[str, Function]] = {}
"""By the name after the dot: `text.contains(part)`."""


def function(
    *names: str,
    args: Iterable[int] | int | None = 1,
    form: str = "global",
    lazy: bool = False,
) -> Callable[[_F], _F]:
    """Enter a function under its names; ``form`` is `global` or `method`.

    ``args`` is how many arguments it takes, or each number it can take; None = any.
    A ``lazy`` one is given functions in place of its arguments, to call where needed.
    """
    counts = [args] if isinstance(args, int) else args
    arities = None if counts is None else frozenset(counts)
    table = METHODS if form == "method" else GLOBALS

    def enter(implementation: _F) -> _F:
        for name in names:
            table[name] = Function(name, implementation, arities, form, lazy)
        return implementation

    return enter


def namespaces() -> frozenset[str]:
    """The words before the dot of the library's own names: `math`, `optional`."""
    return frozenset(name.partition(".")[0] for name in GLOBALS if "." in name)
