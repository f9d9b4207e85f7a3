"""What field readers walk: one object of the answer and how its fields are read.

The engine is done when a view is made; walking never waits. The idea is hiku's Proxy.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gateway.conversion import Conversion
from gateway.errors import Code, PartError
from gateway.execution.model import Failed, Failure, Ok, Skipped, SkipReason
from gateway.execution.reading import Reader, type_of
from gateway.plan.model import (
    AnswerOf,
    ConcatOf,
    Denied,
    FirstOf,
    Given,
    JoinOf,
    PlannedField,
    PlannedRoot,
    Read,
)
from gateway.record import Model
from gateway.values import StepId


class FieldFailedError(Exception):
    """A field has no value because its step has none. ``step`` is the one at fault."""

    def __init__(self, failure: Failure, step: StepId | None) -> None:
        super().__init__(failure.message)
        self.failure = failure
        self.step = step


class View(Model, frozen=True):
    """One object: the raw value, and the planned field whose value it is."""

    raw: Mapping[str, object]
    field: PlannedField
    reader: Reader

    def get(self, concrete: str, key: str) -> object:
        """The value of a selected field.

        Raises:
            FieldFailedError: there is none; the error says why.
        """
        planned = self.field.fields[concrete][key]
        return _seen(self.reader.read(planned.read, self.raw), planned, self.reader)

    def concrete_type(self, possible: frozenset[str]) -> str | None:
        """The name of the object's type where the field's type is abstract."""
        if len(possible) == 1:
            return next(iter(possible))
        return type_of(self.raw, self.field)


def root_value(root: PlannedRoot, reader: Reader) -> object:
    """The value of a root field.

    Raises:
        FieldFailedError: a required step broke it, or its own step failed.
    """
    broken = reader.store.broken.get(root.field.key)
    if broken is not None:
        raise _because(reader.store[broken], broken)
    if root.null_if is not None:
        truth = reader.read(root.null_if, None)
        if isinstance(truth, Failed):
            raise _because(truth, None)
        if truth is True:
            return None
        if not isinstance(truth, bool | Skipped):
            raise FieldFailedError(_NO_TRUTH, None)
    return _seen(reader.read(root.field.read, None), root.field, reader)


def lost_parts(root: PlannedRoot, reader: Reader) -> Iterator[FieldFailedError]:
    """Why a list put together from several lacks the rows of some of them."""
    read = root.field.read
    if not isinstance(read, ConcatOf):
        return
    for denied in read.without:
        value = reader.read(denied, None)
        if isinstance(value, Failed):
            yield FieldFailedError(value.failure, denied.step)
    for step in read.steps:
        result = reader.store.get(step)
        if isinstance(result, Failed) or (
            isinstance(result, Skipped) and result.is_failure
        ):
            yield _because(result, step)
        elif isinstance(result, Ok) and not isinstance(
            result.value, list | tuple | None
        ):
            yield FieldFailedError(_MISFIT, step)


def _seen(value: object, field: PlannedField, reader: Reader) -> object:
    if isinstance(value, Skipped) and not value.is_failure:
        value = value.stands_in.value if value.stands_in else None
    if isinstance(value, Failed | Skipped):
        raise _because(value, _at_fault(field.read, reader))
    if not field.fields:
        if field.convert is None:
            return value
        return _spelled(value, field.convert, field.type.wrappers.count("["))
    return _wrapped(value, field, reader, lists=field.type.wrappers.count("["))


def _spelled(value: object, convert: Conversion, lists: int) -> object:
    """Leaves in the schema's spelling; what has not the type's form stays raw."""
    if not lists:
        return convert.read(value)
    if not isinstance(value, list | tuple):
        return value
    return [_spelled(item, convert, lists - 1) for item in value]


def _at_fault(read: Read, reader: Reader) -> StepId | None:
    """The step whose result a read without a value showed."""
    match read:
        case AnswerOf(step) | JoinOf(step) | Given(_, JoinOf(step)):
            return step
        case Denied(step=step):
            return step
        case FirstOf(steps) | ConcatOf(steps):
            failed = (s for s in steps if isinstance(reader.store.get(s), Failed))
            return next(failed, None)
        case _:
            return None


def _wrapped(value: object, field: PlannedField, reader: Reader, lists: int) -> object:
    """Objects as views; what has not the type's form is an error at its own place.

    It is handed on, not raised, so that one bad item costs no other; and nobody walks
    into it.
    """
    if value is None:
        return None
    if lists and isinstance(value, list | tuple):
        return [_wrapped(item, field, reader, lists - 1) for item in value]
    if not lists and isinstance(value, Mapping):
        return View(value, field, reader)
    if isinstance(value, Failed):
        return FieldFailedError(value.failure, None)
    if isinstance(value, PartError):
        return value  # no object of ours walks into it, and graphql-core raises it
    return FieldFailedError(_MISFIT, None)


def _because(result: object, step: StepId | None) -> FieldFailedError:
    """The error of a result that is no answer; of the first cause, where it has one."""
    if isinstance(result, Failed):
        return FieldFailedError(result.failure, step)
    if isinstance(result, Skipped):
        return _skipped(result, step)
    failed = [o for o in _outcomes(result) if isinstance(o, Failed)]
    failure = failed[0].failure if failed else _NO_ANSWER
    return FieldFailedError(failure, step)


_MISFIT = Failure(Code.INVALID_VALUE, "The source's value does not fit here.")
_NO_TRUTH = Failure(Code.EXPRESSION_ERROR, "'null_if' is neither true nor false.")
_NO_ANSWER = Failure(Code.DEPENDENCY_FAILED, "A required source did not answer.")


def _skipped(result: Skipped, step: StepId | None) -> FieldFailedError:
    if result.reason is SkipReason.INPUT:
        message = "Not asked: a value needed for the call is missing or not usable."
        return FieldFailedError(Failure(Code.STEP_INPUT, message), step)
    if result.reason is SkipReason.BUDGET:
        message = "Not asked: there was less time left than it usually takes."
        return FieldFailedError(Failure(Code.STEP_BUDGET, message), step)
    if result.reason is SkipReason.HELD:
        message = "Not asked: its operators hold this part back at the moment."
        return FieldFailedError(Failure(Code.STEP_HELD, message), step)
    message = "Not asked: a source that this depends on did not answer."
    failure = Failure(
        Code.DEPENDENCY_FAILED,
        message,
        detail=f"because of step {result.because_of}" if result.because_of else None,
    )
    return FieldFailedError(failure, step or result.because_of)


def _outcomes(result: object) -> list[object]:
    join = getattr(result, "value", None)
    return list(getattr(join, "outcomes", {}).values())
