"""How a value is read out of the results: the one meaning of `plan.model.Read`.

The engine reads to find parents and to feed expressions; the response reads to build
the answer. Both read here, so they cannot disagree. Never waits: everything a read
needs has settled before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from gateway.errors import Code, InternalError, PartError
from gateway.execution.kinds import as_kind, named_by
from gateway.execution.model import (
    Failed,
    Failure,
    Join,
    Ok,
    ResultStore,
    Skipped,
    SkipReason,
    StepResult,
)
from gateway.expression import ABSENT, EvaluationError
from gateway.plan.model import (
    AnswerOf,
    Composed,
    ConcatOf,
    Denied,
    Evaluate,
    FirstOf,
    Given,
    JoinOf,
    KeyOf,
    Masked,
    PlannedField,
    Read,
    Scope,
    Typed,
    Unavailable,
)
from gateway.profile.model import Concatenation, Fixed
from gateway.record import Record, replace
from gateway.request.model import Bindings
from gateway.values import StepId, canonical
from gateway.wanted import SELECTED

Value: TypeAlias = object
"""A JSON value, or the `Failed` or `Skipped` that stands where there is none."""

COMPOSED: Mapping[str, object] = {}
"""The value of a composite: its fields are read elsewhere, it has no keys itself."""


class Reader(Record, frozen=True):
    """Reads one request's results.

    ``surroundings`` is what every expression may read: ``request`` and ``flags``.
    """

    store: ResultStore
    bindings: Bindings
    surroundings: Mapping[str, object]

    def read(self, read: Read, parent: object) -> Value:  # noqa: PLR0911 - one each
        """The value for one parent object; raw, not yet checked against its type."""
        match read:
            case KeyOf(key):
                return parent.get(key) if isinstance(parent, Mapping) else None
            case AnswerOf(step, key) | JoinOf(step, key):
                return _key(self.answer(step, parent), key)
            case Given(own, otherwise):
                brought = parent.get(own) if isinstance(parent, Mapping) else None
                return self.read(otherwise, parent) if brought is None else brought
            case Composed():
                return COMPOSED
            case Evaluate():
                return self._evaluate(read, parent)
            case FirstOf(steps):
                return self._first(steps)
            case ConcatOf(steps, rule):
                return self._concatenated(read, steps, rule)
            case Unavailable() | Denied() | Masked():
                return _instead(read)
            case Typed():
                return self._typed(read)

    def _typed(self, read: Typed) -> Value:
        """Made once, so that objects keep their identity."""
        if id(read) not in self.store.memo:
            named, kinds = self.read(read.named, None), read.kinds
            if isinstance(named, list):
                found = [as_kind(one, kinds, self.read) for one in named]
                self.store.memo[id(read)] = found
            else:
                return named
        return self.store.memo[id(read)]

    def answer(self, step: StepId, parent: object) -> Value:
        """What a step came to; for an entity step, what it came to for the parent."""
        return _value(self.store[step], parent)

    def scope(self, scope: Scope, parent: object) -> dict[str, object] | Skipped:
        """What an expression's names stand for; skipped where a needed one lacks."""
        names = self.common(scope, parent)
        if scope.own is not None and isinstance(names, dict):
            own = self._self(scope.own, parent)
            if isinstance(own, Skipped):
                return own
            names["self"] = own
        return names

    def common(
        self, scope: Scope, parent: object = None
    ) -> dict[str, object] | Skipped:
        """The same without what is the parent's own."""
        names = {**self.bindings.get(scope.root, {}), **self.surroundings}
        for name, step in scope.steps.items():
            value = self._for_expression(step, parent)
            if isinstance(value, Failed | Skipped):
                if name in scope.needed:
                    return Skipped(SkipReason.DEPENDENCY, because_of=step)
                value = None
            names[name] = value
        if scope.arguments is not None:
            names["args"] = (
                self.bindings.get(scope.arguments, {})
                if isinstance(scope.arguments, tuple)
                else scope.arguments
            )
        if scope.selected:
            bound = self.bindings
            names[SELECTED] = {
                variable: bound.get(path, {}).get(argument)
                for variable, (path, argument) in scope.selected.items()
            }
        return names

    def _for_expression(self, step: StepId, parent: object) -> Value:
        value = self.answer(step, parent)
        if isinstance(value, Skipped) and value.stands_in:
            return value.stands_in.value
        return value

    def _self(
        self, own: Mapping[str, Read], parent: object
    ) -> dict[str, object] | Skipped:
        fields: dict[str, object] = {}
        for name, read in own.items():
            value = self.read(read, parent)
            if isinstance(value, Skipped) and not value.is_failure:
                value = value.stands_in.value if value.stands_in else None
            if isinstance(value, Failed | Skipped | PartError):
                step = read.step if isinstance(read, JoinOf | AnswerOf) else None
                return Skipped(SkipReason.DEPENDENCY, because_of=step)
            fields[name] = value
        return fields

    def _evaluate(self, read: Evaluate, parent: object) -> Value:
        """Computed once for each parent, so that what it gives keeps its identity."""
        key = (id(read), id(parent))
        if key not in self.store.memo:
            scope = self.scope(read.scope, parent)
            self.store.memo[key] = (
                scope
                if isinstance(scope, Skipped)
                else evaluated(read.expression, scope)
            )
        return self.store.memo[key]

    def _first(self, steps: Sequence[StepId]) -> Value:
        """The first answer; else the first failure; else null."""
        values = [self.answer(step, None) for step in steps]
        for value in values:
            if value is not None and not isinstance(value, Failed | Skipped):
                return value
        return _first_failure(values)

    def _concatenated(
        self, read: ConcatOf, steps: Sequence[StepId], rule: Concatenation
    ) -> Value:
        if id(read) not in self.store.memo:
            values = [self.answer(step, None) for step in steps]
            self.store.memo[id(read)] = _concatenate(values, rule.by)
        return self.store.memo[id(read)]


def type_of(value: object, field: PlannedField) -> str | None:
    """The concrete type that an abstract field's value says it has."""
    if not isinstance(value, Mapping):
        return None
    if field.type_by:
        return named_by(value, field.type_by)
    named = value.get("__typename")
    return named if isinstance(named, str) else None


def evaluated(expression: object, scope: Mapping[str, object]) -> Value:
    """An expression's value; a `Failed` where it cannot be evaluated."""
    try:
        value = expression(scope)  # type: ignore[operator]
    except EvaluationError as error:
        return Failed(Failure(Code.EXPRESSION_ERROR, str(error)))
    if value.__class__ is PartError:  # what a source lacks, read as it is
        return Failed(Failure(value.code, value.message, 1, detail=value.detail))
    return None if value is ABSENT else value


_MISFIT = Failed(Failure(Code.INVALID_VALUE, "The source's value does not fit here."))


def _key(value: Value, key: str | None) -> Value:
    if key is None or value is None or isinstance(value, Failed):
        return value
    if isinstance(value, Skipped):
        return part_of(value, key)
    return value.get(key) if isinstance(value, Mapping) else _MISFIT


def part_of(skipped: Skipped, key: str | None) -> Skipped:
    """What stands in at a field that reads a key of the step's answer.

    Of a map that is its key, null where there is none; anything else stands in whole.
    """
    whole = skipped.stands_in
    if key is None or whole is None or not isinstance(whole.value, Mapping):
        return skipped
    return replace(skipped, stands_in=Fixed(whole.value.get(key)))


def _value(result: StepResult | None, parent: object) -> Value:
    match result:
        case Ok(Join() as join):
            return _value(join.of(parent), None)
        case Ok(value):
            return value
        case None:
            raise InternalError("a result was read before it settled")
        case Failed() | Skipped():
            return result


def _first_failure(values: Sequence[Value]) -> Value:
    """The first value that fails or was skipped as a failure; null where none is."""
    return next(
        (
            value
            for value in values
            if isinstance(value, Failed)
            or (isinstance(value, Skipped) and value.is_failure)
        ),
        None,
    )


def _concatenate(values: Sequence[Value], by: str | None) -> Value:
    """Lists in order; a list that failed leaves a hole only if another one is there."""
    lists = [v for v in values if not isinstance(v, Failed | Skipped)]
    if not lists and values:
        return _first_failure(values)
    rows: list[object] = []
    for one in lists:
        rows.extend(one if isinstance(one, list | tuple) else [])
    return _merged(rows, by) if by else rows


def _merged(rows: Sequence[object], by: str) -> list[object]:
    """Rows with an equal key as one, in the place of the first; earlier keys win."""
    merged: dict[bytes, object] = {}
    for number, row in enumerate(rows):
        value = row.get(by) if isinstance(row, Mapping) else None
        key = canonical(str(value)) if value is not None else canonical(number)
        before = merged.get(key)
        merged[key] = {**row, **before} if isinstance(before, Mapping) else row  # type: ignore[dict-item]
    return list(merged.values())


def _instead(read: Unavailable | Denied | Masked) -> Value:
    """What stands where nothing is read; an error names no policy."""
    match read:
        case Unavailable(operation, field):
            return _unavailable(operation, field)
        case Masked(text):
            return text
        case Denied(told=False):
            return None
    message = "You may not see this."
    return Failed(Failure(Code.FORBIDDEN, message, detail=read.because))


def _unavailable(operation: str, field: str | None) -> Failed:
    message = (
        f"Operation '{operation}' has no valid profile at the moment."
        if field is None
        else f"Operation '{operation}' does not give '{field}'."
    )
    return Failed(Failure(Code.PROFILE_UNAVAILABLE, message))
