"""How long one document may be read, and planned: both end when their time is over.

In charge of documents that are small, valid, and slow to prove so: some rules compare
what is selected with all that is selected beside it. The time is the processor's, so
that a busy machine refuses nobody for being busy. Must never change what is valid.
"""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from typing import Any, Self

from graphql import (
    ASTValidationRule,
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    OverlappingFieldsCanBeMergedRule,
    ValidationContext,
    ValidationRule,
    ValuesOfCorrectTypeRule,
    specified_rules,
    validate,
)
from graphql.validation.rules.overlapping_fields_can_be_merged import RuleContext

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
    """What is wrong with a document. Where that is little, names are suggested.

    Raises:
        LimitError: that could not be said in so many ``seconds``.
    """
    with Patience(seconds, "read", "The document", spent) as patience:
        found = validate(schema, node, _rules(patience), hide_suggestions=True)
        if not 0 < len(found) <= _FEW:
            return found
        with suppress(LimitError):  # what is wrong is known
            found = validate(schema, node, _rules(patience), max_errors=_FEW)
        return found


_FEW = 5
"""Errors for which the nearest names are looked for: in a wide schema each takes as
long as all else of a small document."""


class Patience:
    """Time to the end of one validation, or of one planning: ``doing`` says which.

    What Python takes meanwhile to look for garbage, in all memory that there is, is not
    the document's doing, and not counted.
    """

    __slots__ = ("_end", "_said", "_seconds", "_since", "_spent", "_thread")

    def __init__(
        self,
        seconds: float,
        doing: str,
        subject: str = "The operation",
        spent: Spent = time.thread_time,
    ) -> None:
        self._seconds, self._spent = seconds, spent
        self._said = f"takes too long to be {doing}", subject
        self._end = spent() + seconds
        self._since: float | None = None
        self._thread = threading.get_ident()

    def __enter__(self) -> Self:
        gc.callbacks.append(self.collecting)
        return self

    def __exit__(self, *_: object) -> None:
        gc.callbacks.remove(self.collecting)

    def collecting(self, phase: str, _about: Mapping[str, int]) -> None:
        """Python begins to look for garbage, or has done so: in some thread."""
        if threading.get_ident() != self._thread:
            return
        if phase == "start":
            self._since = self._spent()
        elif self._since is not None:
            self._end += self._spent() - self._since

    def check(self) -> None:
        """Go on, or give up.

        Raises:
            LimitError: PLANNING_TIME_LIMIT.
        """
        found = self._spent() - self._end + self._seconds
        if found > self._seconds:
            what, subject = self._said
            excess = Excess(
                "planning",
                Code.PLANNING_TIME_LIMIT,
                what,
                round(found, 3),
                self._seconds,
                subject,
                spelt(self._seconds),
            )
            raise LimitError(excess)


def _rules(patience: Patience) -> Collection[type[ASTValidationRule]]:
    class Watching(ValidationRule):
        """Looks at the clock at each node, between the other rules' work."""

        def enter(self, *_: Any) -> None:
            patience.check()

    class Overlapping(OverlappingFieldsCanBeMergedRule):
        """The one rule that works for long at a single node: it looks there too."""

        def __init__(self, context: ValidationContext) -> None:
            super().__init__(context)
            self.rule_context = _Watched(patience)

    class Values(ValuesOfCorrectTypeRule):
        """Each of its errors quotes the whole value that it is in: it looks there."""

        def report_error(self, error: GraphQLError) -> None:
            patience.check()
            super().report_error(error)

    own: dict[type[ASTValidationRule], type[ASTValidationRule]] = {
        OverlappingFieldsCanBeMergedRule: Overlapping,
        ValuesOfCorrectTypeRule: Values,
    }
    return (Watching, *(own.get(rule, rule) for rule in _ALL))


class _Watched(RuleContext):
    """What the rule may still compare: looks at the clock as it spends that."""

    __slots__ = ("_left", "_patience")

    def __init__(self, patience: Patience) -> None:
        self._left, self._patience = 0, patience
        super().__init__()

    @property
    def remaining_complexity_budget(self) -> int:
        return self._left

    @remaining_complexity_budget.setter
    def remaining_complexity_budget(self, left: int) -> None:
        before, self._left = self._left, left
        if before // _OFTEN != left // _OFTEN:
            self._patience.check()


_OFTEN = 16
"""Comparisons between two looks at the clock; each takes some microseconds."""
_ALL = tuple(specified_rules)
