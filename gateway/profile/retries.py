"""`retry` as written → when a step's failed call is made again.

In charge of which calls may be repeated at all: only those where asking twice is the
same as asking once. Must never decide anything about one call.
"""

from __future__ import annotations

from typing import Any

from gateway.connectors.base import StepType
from gateway.profile.document import StepDefaults, StepDocument
from gateway.profile.instead import WITH, InsteadCompiler
from gateway.profile.model import Retry
from gateway.profile.scope import ReadsSoFar, Written
from gateway.record import Model

_USUAL = frozenset({"timeout", "connect", "reset", "5xx"})
_RESPONSE = frozenset({"response"})


class RetryCompiler(Model, frozen=True):
    """Compiles the `retry` of one step, its own or its file's."""

    document: StepDocument
    written: Written
    defaults: StepDefaults | None
    reads: ReadsSoFar
    further: InsteadCompiler
    known_again: bool = False
    """Whether its source knows a repeated call again, as those of mutations say."""

    def retry(self, step_type: StepType[Any], source: str | None) -> Retry | None:
        """None where no call is made again; the step's own says so with a warning."""
        own = self.document.retry
        asked = own or (self.defaults.retry if self.defaults else None)
        if asked is None:
            return None
        place = self.written if own else Written(self.written.file, ("defaults",))
        if asked.with_ is not None and not own:
            self.reads.scope.problems.add(
                place.span(WITH, key=True),
                "'with' changes the call of one step, and 'defaults' are for many",
                hint="write it in the steps that it is for",
            )
        condition = None
        if asked.if_ is not None:
            below = ("retry", "if")
            condition = self.reads.scope.expression(asked.if_, place, below)
            if condition:
                self.reads.add(condition, place.span(below), also=_RESPONSE)
                self.reads.no_parent(condition, place.span(below))
        if not self._repeatable(step_type):
            return None
        listed = "errors" in asked.model_fields_set
        classes = frozenset(asked.errors) if listed else _USUAL
        changes = asked.with_ if own else None
        instead = self.further.instead(changes, source) if changes and source else None
        return Retry(asked.attempts, classes, condition, instead)

    def _repeatable(self, step_type: StepType[Any]) -> bool:
        """Defaults are silent about steps that they do not fit."""
        if step_type.sources and step_type.idempotent(self.document):
            return True
        if step_type.sources and self.known_again:
            return True
        if self.document.retry is None:
            return False
        if not step_type.sources:
            message = f"'retry' has no effect: {self.document.type!r} calls nothing"
            self._warn(("retry",), message, hint="remove it")
            return False
        self._warn(
            ("retry",),
            "'retry' has no effect: making this call twice may not be the same as "
            "making it once",
            hint="write 'idempotent: true' where it is the same",
        )
        return False

    def _warn(
        self, below: tuple[str, ...], message: str, *, hint: str | None = None
    ) -> None:
        span = self.written.span(below, key=True)
        self.reads.scope.problems.warn(span, message, hint=hint)
