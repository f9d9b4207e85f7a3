"""What graphql-core says of parts → payloads, with our errors and our account.

In charge of which part a result belongs to, of errors in the words of ours, and of what
is told with the last payload. Holds what was told, to account for all of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

from graphql import ExecutionResult, GraphQLError
from graphql.execution.types import (
    IncrementalDeferResult,
    IncrementalStreamResult,
    InitialIncrementalExecutionResult,
    PendingResult,
    SubsequentIncrementalExecutionResult,
)

from gateway.errors import Code
from gateway.response.complete import Reported
from gateway.response.incremental.document import Arranged
from gateway.response.incremental.merging import merged
from gateway.response.incremental.model import Completed, Patch, Payload, Pending
from gateway.response.model import Answer, FieldError, Showing, Verdict
from gateway.response.reference import (
    ErrorView,
    Finished,
    accounts_of,
    lost_rows,
    naming_of,
    reported,
    verdict_of,
)
from gateway.values import JsonValue

_Data = Mapping[str, JsonValue]


@dataclass(slots=True)
class Telling:
    """One answer in parts, as far as it was told."""

    finished: Finished
    seen: ErrorView
    document: Arranged
    data: _Data | None = None
    entries: list[Reported] = field(default_factory=list)
    open: dict[str, Pending] = field(default_factory=dict)
    _counts: dict[str, int] = field(default_factory=dict)
    _omitted: int = 0

    @property
    def verdict(self) -> Verdict:
        """How much of all that was asked for was told."""
        return verdict_of(self.data, tuple(one.error for one in self.entries))

    def first(
        self, result: ExecutionResult | InitialIncrementalExecutionResult
    ) -> Payload:
        """The first payload; the only one where nothing is left for later."""
        self.data = result.data
        errors = self._errors([*(result.errors or ()), *self._lost(result.data)])
        answer = Answer(result.data, errors, verdict=verdict_of(result.data, errors))
        if isinstance(result, ExecutionResult):
            return Payload(answer, extensions=self.account())
        pending = tuple(self._announced(one) for one in result.pending)
        return Payload(
            answer, pending, has_next=True, extensions=self._coming_by_itself()
        )

    def next(self, result: SubsequentIncrementalExecutionResult) -> Payload:
        """A further payload."""
        pending = tuple(self._announced(one) for one in result.pending or ())
        patches = tuple(self._patch(one) for one in result.incremental or ())
        completed = tuple(
            self._over(one.id, one.errors) for one in result.completed or ()
        )
        return Payload(
            None,
            pending,
            patches,
            completed,
            result.has_next,
            {} if result.has_next else self.account(),
        )

    def broken_off(self, error: FieldError) -> Payload:
        """The last payload where we have failed: whatever was announced is lost."""
        lost = tuple(Completed(one, (error,)) for one in self.open.values())
        self.entries.append(Reported(error))
        return Payload(completed=lost)

    def account(self) -> Mapping[str, JsonValue]:
        """What the last payload says of all of them."""
        accounts = accounts_of(self.finished, self.data, self.entries, self.seen)
        return {
            **({"errors_omitted": self._omitted} if self._omitted else {}),
            **({"completeness": accounts} if accounts else {}),
        }

    def _coming_by_itself(self) -> Mapping[str, JsonValue]:
        """What comes later though nobody asked for it to, with the first payload."""
        if self.seen.completeness is Showing.OFF:
            return {}
        named = naming_of(self.finished, self.seen)
        found: dict[str, dict[str, dict[str, JsonValue]]] = {}
        for late in self.document.late:
            for step in sorted(late.steps):
                entry: dict[str, JsonValue] = {"path": list(late.path), **named(step)}
                found.setdefault(late.path[0], {})[repr(entry)] = entry
        accounts: dict[str, JsonValue] = {
            key: {"status": "deferred", "deferred": list(entries.values())}
            for key, entries in found.items()
        }
        return {"completeness": accounts} if accounts else {}

    # -- parts ------------------------------------------------------------------------

    def _announced(self, result: PendingResult) -> Pending:
        part = self.document.parts[result.label or ""]
        pending = Pending(result.id, tuple(result.path), part.label, part.streams)
        self.open[result.id] = pending
        self._counts[result.id] = part.initial
        return pending

    def _patch(self, result: IncrementalDeferResult | IncrementalStreamResult) -> Patch:
        pending, sub_path = self.open[result.id], tuple(result.sub_path or ())
        place = (*pending.path, *sub_path)
        if isinstance(result, IncrementalStreamResult):
            items, at = (
                cast("Sequence[JsonValue]", result.items),
                self._counts[pending.id],
            )
            self._counts[pending.id] += len(items)
            self.data = merged(self.data, place, items)
            errors = self._errors(result.errors or ())
            return Patch(pending, None, items, at, sub_path, errors)
        self.data = merged(self.data, place, result.data)
        lost = () if place else self._lost(result.data)
        errors = self._errors([*(result.errors or ()), *lost])
        return Patch(pending, result.data, None, 0, sub_path, errors)

    def _over(self, id_: str, errors: Iterable[GraphQLError] | None) -> Completed:
        return Completed(
            self.open.pop(id_), self._errors(errors or ()), self._counts[id_]
        )

    # -- errors -----------------------------------------------------------------------

    def _lost(self, data: _Data | None) -> Iterable[GraphQLError]:
        return lost_rows(self.finished.plan, self.finished.reader, data)

    def _errors(self, found: Iterable[GraphQLError]) -> tuple[FieldError, ...]:
        entries = [reported(error, self.finished, self.seen) for error in found]
        left = max(0, self.seen.limit - len(self.entries))
        self.entries += entries
        self._omitted += max(0, len(entries) - left)
        return tuple(one.error for one in entries[:left])


BROKEN_OFF = FieldError("Internal error.", Code.INTERNAL_SERVER_ERROR)
