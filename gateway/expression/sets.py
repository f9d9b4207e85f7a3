"""Sets of values: what a condition lets one thing that it reads be.

In charge of set algebra over everything an expression can read, exactly: numbers and
texts in their order, truth values and null one by one, all else as a whole. Must never
know an expression.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable
from typing import Any, Final, TypeAlias

from gateway.record import Model

Cut: TypeAlias = "tuple[Any, int]"
"""A place between values: just before a value (0), or just after it (1)."""
_Op: TypeAlias = Callable[[bool, bool], bool]


class Line(Model, frozen=True):
    """A set of values that have an order.

    Below the first cut values are in the set where ``inside``; each cut, from the
    smallest on, turns that around.
    """

    inside: bool = False
    cuts: tuple[Cut, ...] = ()

    def combined(self, other: Line, op: _Op) -> Line:
        """The values of which `op` of being in this and in the other is true."""
        here, there = self.inside, other.inside
        now = first = op(here, there)
        cuts: list[Cut] = []
        own, others = set(self.cuts), set(other.cuts)
        for cut in sorted(own | others):
            here ^= cut in own
            there ^= cut in others
            if op(here, there) is not now:
                now = not now
                cuts.append(cut)
        return Line(first, tuple(cuts))

    @property
    def empty(self) -> bool:
        return not self.inside and not self.cuts


_NOTHING: Final = Line()
_ALL: Final = Line(inside=True)
_SINGLE: Final = frozenset({True, False, None, "other"})
"""Values without an order, and all lists, maps, times and the like as one."""


class Values(Model, frozen=True):
    """A set of values of any kind."""

    numbers: Line = _NOTHING
    texts: Line = _NOTHING
    singles: frozenset[object] = frozenset()

    def __and__(self, other: Values) -> Values:
        return self._combined(other, operator.and_)

    def __or__(self, other: Values) -> Values:
        return self._combined(other, operator.or_)

    def __sub__(self, other: Values) -> Values:
        return self._combined(other, operator.gt)

    def _combined(self, other: Values, op: _Op) -> Values:
        return Values(
            self.numbers.combined(other.numbers, op),
            self.texts.combined(other.texts, op),
            frozenset(
                one for one in _SINGLE if op(one in self.singles, one in other.singles)
            ),
        )

    @property
    def empty(self) -> bool:
        return self.numbers.empty and self.texts.empty and not self.singles


NOTHING: Final = Values()
ANYTHING: Final = Values(_ALL, _ALL, _SINGLE)
TRUE: Final = Values(singles=frozenset({True}))
BOTH: Final = Values(singles=frozenset({True, False}))


def constant(value: object) -> Values | None:
    """The set of one value; None where it is none of numbers, texts, truths, null."""
    if value is None or isinstance(value, bool):
        return Values(singles=frozenset({value}))
    point = Line(cuts=((value, 0), (value, 1)))
    return _of_kind(value, point)


def among(values: Iterable[object]) -> Values | None:
    """The set of some values; None where one of them has no set."""
    made = NOTHING
    for value in values:
        one = constant(value)
        if one is None:
            return None
        made |= one
    return made


def compared(op: str, bound: object) -> Values | None:
    """The values that are `op` (``<``, ``<=``, ``>``, ``>=``) a bound, else None."""
    after = int(op in {"<=", ">"})
    return _of_kind(bound, Line(op in {"<", "<="}, ((bound, after),)))


def _of_kind(value: object, line: Line) -> Values | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int) or (isinstance(value, float) and value == value):  # noqa: PLR0124
        return Values(numbers=line)
    return Values(texts=line) if isinstance(value, str) else None
