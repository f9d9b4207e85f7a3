"""How long one document may be read: validation ends when its time is over.

In charge of documents that are small, valid, and slow to prove so: some rules compare
what is selected with all that is selected beside it. The time is the processor's, so
that a busy machine refuses nobody for being busy. Must never change what is valid.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Collection
from typing import Any

from graphql import (
    ASTValidationRule,
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    OverlappingFieldsCanBeMergedRule,
    ValidationContext,
    ValidationRule,
    specified_rules,
    validate,
)

from gateway.errors import Code
from gateway.policy.limits import Excess, LimitError
from gateway.units import spelt

Spent = Callable[[], float]
"""Seconds of the processor's time that were spent; comparable only with itself."""


def validated(
    schema: GraphQLSchema,
    node: DocumentNode,
    seconds: float,
    spent: Spent = time.thread_time,
) -> list[GraphQLError]:
    """What is wrong with a document.

    Raises:
        LimitError: that could not be said in so many ``seconds``.
    """
    return validate(schema, node, _rules(_Patience(seconds, spent)))


class _Patience:
    """Time to the end of one validation."""

    __slots__ = ("_collected", "_end", "_seconds", "_spent")

    def __init__(self, seconds: float, spent: Spent) -> None:
        self._seconds, self._spent = seconds, spent
        self._end = spent() + seconds
        self._collected: int | None = _collections()

    def check(self) -> None:
        """Go on, or give up. A look through all memory meanwhile was not its doing."""
        found = self._spent() - self._end + self._seconds
        if found > self._seconds:
            if self._collected not in (None, _collections()):
                self._collected, self._end = None, self._spent() + self._seconds
                return  # once: whatever it is made of, it has its time then
            what = "takes too long to be read"
            excess = Excess(
                "planning",
                Code.PLANNING_TIME_LIMIT,
                what,
                round(found, 3),
                self._seconds,
                "The document",
                spelt(self._seconds),
            )
            raise LimitError(excess)


def _collections() -> int:
    """How often Python has looked for garbage in all memory, which may take long."""
    return int(gc.get_stats()[2]["collections"])


def _rules(patience: _Patience) -> Collection[type[ASTValidationRule]]:
    class Watching(ValidationRule):
        """Looks at the clock at each node, between the other rules' work."""

        def enter(self, *_: Any) -> None:
            patience.check()

    class Overlapping(OverlappingFieldsCanBeMergedRule):
        """The one rule that works for long at a single node: it looks there too."""

        def __init__(self, context: ValidationContext) -> None:
            super().__init__(context)
            self.rule_context.cached_collect_fields_results = _Watched(patience)

    own = (Overlapping if r is OverlappingFieldsCanBeMergedRule else r for r in _ALL)
    return (Watching, *own)


class _Watched(dict[Any, Any]):
    """A memory that looks at the clock whenever it is asked."""

    def __init__(self, patience: _Patience) -> None:
        super().__init__()
        self._patience = patience

    def get(self, key: Any, default: Any = None) -> Any:
        self._patience.check()
        return super().get(key, default)


_ALL = tuple(specified_rules)
