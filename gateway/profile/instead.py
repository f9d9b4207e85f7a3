"""`retry.with` as written → the step as further attempts call it.

In charge of which keys may be changed, and of where a problem in them stands. Must
never decide when another attempt is made.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gateway.errors import Problems
from gateway.profile.calls import CallCompiler, Called
from gateway.profile.document import StepDocument
from gateway.profile.document.changing import rewritten
from gateway.profile.model import Instead
from gateway.profile.scope import ReadsSoFar, Written
from gateway.record import Model, field, replace
from gateway.unfit import Unfit
from gateway.values import SourceSpan

WITH = ("retry", "with")
_OF_THE_REPLY = frozenset({"success_if", "on_status", "paginate"})
"""Keys of a type that say what a reply means, not what is asked."""


class Changed(Written, frozen=True):
    """A step with some of its keys written elsewhere: below its `retry.with`."""

    keys: Mapping[str, object] = field(default_factory=dict)

    def span(self, below: Sequence[str | int] = (), *, key: bool = False) -> SourceSpan:
        place = (*WITH, *below) if self._has(below) else below
        return Written.span(self, place, key=key)

    def _has(self, below: Sequence[str | int]) -> bool:
        """Whether a key, or what it is below of, stands in `retry.with`."""
        value: object = self.keys
        for part in below:
            if not isinstance(value, Mapping):
                return True
            if part not in value:
                return False
            value = value[part]
        return bool(below)


class InsteadCompiler(Model, frozen=True):
    """Compiles what further attempts of one step call in place of its own call.

    ``document`` is the step as it calls, with what its batch makes of it.
    """

    calls: CallCompiler
    document: StepDocument
    written: Written
    reads: ReadsSoFar

    @property
    def _problems(self) -> Problems:
        return self.reads.scope.problems

    def instead(self, keys: Mapping[str, object], source: str) -> Instead | None:
        """The call with `keys` in place of the step's own; None where it is none."""
        changed = self._changed(keys) if self._only_of_the_call(keys) else None
        if changed is None:
            return None
        if not self.calls.step_type.idempotent(changed):
            self._problems.add(
                self.written.span(WITH, key=True),
                "making the call of 'retry.with' twice may not be the same as making "
                "it once",
                hint="write 'idempotent: true' in it where it is the same",
            )
        called = self._called(changed, keys)
        if called.source is None:
            return None
        self._check_names(source, called.source)
        return Instead(
            called.source,
            called.target,
            called.inputs,
            called.endpoint,
            called.sending,
        )

    def _called(self, changed: StepDocument, keys: Mapping[str, object]) -> Called:
        """The call as compiled; what is wrong with its other keys is told already."""
        found = Problems()
        scope = replace(self.reads.scope, problems=found)
        reads = replace(self.reads, scope=scope)  # shares what was read so far
        place = Changed(self.written.file, self.written.trail, keys)
        called = self.calls.call(changed, place, reads)
        self.reads.field_arguments |= reads.field_arguments
        known = set(self._problems.found)
        self._problems.extend(p for p in found.found if p not in known)
        return called

    def _changed(self, keys: Mapping[str, object]) -> StepDocument | None:
        """The step as written with the keys; None and problems where they are bad."""
        own = self.calls.step_type.options.model_fields.keys() - _OF_THE_REPLY
        unfit = Unfit(self.written.file.span, self._problems)
        place = (*self.written.trail, *WITH)
        return rewritten(self.document, own, keys, unfit, place)

    def _only_of_the_call(self, keys: Mapping[str, object]) -> bool:
        own = self.calls.step_type.options.model_fields
        changeable = [name for name in own if name not in _OF_THE_REPLY]
        common = StepDocument.model_fields.keys() - {"source"}
        others = [key for key in keys if key in _OF_THE_REPLY or key in common]
        for key in others:
            self._problems.add(
                self.written.span((*WITH, key), key=True),
                f"{key!r} is no part of the call, so further attempts keep the step's",
                hint=f"the keys here are source, {', '.join(changeable)}",
            )
        return not others

    def _check_names(self, own: str, other: str) -> None:
        """A reply is read in one way, whichever source it is from."""
        sources = self.calls.world.sources
        first, second = sources.get(own), sources.get(other)
        if first and second and first.names is not second.names:
            self._problems.add(
                self.written.span((*WITH, "source")),
                f"sources {own!r} and {other!r} spell names differently",
                hint="give them the same 'names'",
            )
        if first and second and first.conversions != second.conversions:
            self._problems.add(
                self.written.span((*WITH, "source")),
                f"sources {own!r} and {other!r} spell values differently",
                hint="give them the same 'enums' and 'formats'",
            )
