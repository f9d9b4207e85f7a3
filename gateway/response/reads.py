"""What the compiled projection calls for what is not written into it.

Small functions over results: each gives the value that the reference path would see,
or leaves the compiled path by `Bail`. Must never make anything up for what is missing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from operator import attrgetter
from typing import Any, NoReturn

from graphql import GraphQLLeafType

from gateway.conversion import Conversion
from gateway.errors import PartError
from gateway.execution.model import (
    Failed,
    Join,
    Ok,
    Provenance,
    ResultStore,
    Skipped,
)
from gateway.execution.reading import Reader, part_of
from gateway.plan.model import Evaluate, Read
from gateway.typed import TypedRows
from gateway.values import StepId

ODD = {
    "String": "{v}.__class__ is not str",
    "ID": "{v}.__class__ is not str",
    "Boolean": "{v}.__class__ is not bool",
    "Int": "({v}.__class__ is not int or not -2147483648 <= {v} <= 2147483647)",
    "Float": "({v}.__class__ is not float or {v} - {v} != 0.0)",
}
"""When a leaf does not leave as it is, in Python over the variable ``v``."""


class UnfitError(Exception):
    """The source would be too long, or every answer has errors."""


CALLED = (
    *("Bail", "TypedRows", "answer", "outcomes", "read", "parts", "is_null"),
    *("Join", "Ok"),
)
"""What compiled projections call by its name here."""


class Bail(Exception):  # noqa: N818 - no error: the reference path answers
    """Something is not as usual, so the reference path has to say what it means."""


def bail() -> NoReturn:
    raise Bail


def plain(value: object) -> object:
    """A read value; what stands in where its step was left out."""
    if isinstance(value, Skipped) and not value.is_failure:
        return value.stands_in.value if value.stands_in else None
    if isinstance(value, Failed | Skipped):
        raise Bail
    return value


def answer(result: object, key: str | None) -> object:
    """A step's answer, or a key of it."""
    if not isinstance(result, Ok):
        return plain(part_of(result, key)) if isinstance(result, Skipped) else bail()
    value = result.value
    if value.__class__ is Join:
        raise Bail
    if key is None or value is None:
        return value
    return value.get(key) if isinstance(value, Mapping) else bail()


def answered(came: str, key: str | None) -> str:
    """The code of `answer` for what a step came to, mostly without a call."""
    if key is not None:
        return f"answer({came}, {key!r})"
    part = "(part := got.value).__class__ is not Join"
    own = f"(got := {came}).__class__ is Ok and {part}"
    return f"part if {own} else answer(got, None)"


def joined(came: str, key: str | None) -> str:
    """The code of `answer` for what came of a parent, mostly without a call each."""
    if key is not None:
        return f"answer({came}, {key!r})"
    unusual = f"(got := {came}).__class__ is not Ok or (part := got.value).__class__"
    return f"answer(got, None) if {unusual} is Join else part"


def is_sound(reader: Reader) -> bool:
    """Whether every step came to its own answer, or was left out by a condition.

    Whatever failed or fell back is told of in errors or in the answer's account, and
    the compiled path knows neither.
    """
    store = reader.store
    if store.all_own:
        return True
    return not store.broken and all(map(_is_usual, store.results.values()))


_OK = frozenset({Ok})
_BECAUSE, _PROVENANCE = attrgetter("because"), attrgetter("provenance")
_ELSEWHERE = (Provenance.STALE, Provenance.FALLBACK)
"""Provenances that an answer's account tells of, whatever was the cause."""


def _is_usual(result: object) -> bool:
    if isinstance(result, Ok):
        value = result.value
        if value.__class__ is Join:
            return _are_usual(value.outcomes.values())
        return result.because is None and result.provenance not in _ELSEWHERE
    return isinstance(result, Skipped) and not result.is_failure


def _are_usual(outcomes: Iterable[object]) -> bool:
    """The same of many, which mostly takes a few looks at all of them."""
    each: list[Any] = list(outcomes)
    if _OK.issuperset(map(type, each)) and not any(map(_BECAUSE, each)):
        kinds = list(map(_PROVENANCE, each))
        if not any(map(kinds.__contains__, _ELSEWHERE)):
            return True
    return all(map(_is_usual, each))


def unfold(store: ResultStore) -> None:
    """Rows in forms as values, for the reference path: the same results, read anew."""
    for step, result in store.results.items():
        if isinstance(result, Ok) and isinstance(result.value, TypedRows):
            store.results[step] = result._replace(value=result.value.plain())


class _Always(dict[int, object]):
    """The outcome of every parent of a step that was left out."""

    def __init__(self, outcome: object) -> None:
        super().__init__()
        self._outcome = outcome

    def get(self, _key: int, _default: object = None) -> object:
        return self._outcome


def outcomes(result: object) -> dict[int, object]:
    """What an entity step came to by the identity of its parents."""
    if isinstance(result, Ok) and isinstance(result.value, Join):
        return result.value.outcomes  # type: ignore[return-value]
    if isinstance(result, Skipped) and not result.is_failure:
        return _Always(result)
    raise Bail


def parts(reader: Reader, steps: tuple[StepId, ...]) -> None:
    """All parts of a list that is put together are there, as lists."""
    for step in steps:
        value = plain(reader.answer(step, None))
        if not isinstance(value, list | tuple | None):
            raise Bail


def is_null(reader: Reader, condition: Evaluate) -> bool:
    """Whether the operation's ``null_if`` makes it null."""
    truth = reader.read(condition, None)
    if truth is True:
        return True
    if truth is False or isinstance(truth, Skipped):
        return False
    raise Bail


def read(reader: Reader, how: Read, parent: object) -> object:
    """A value by one of the rarer reads."""
    return plain(reader.read(how, parent))


def leaf_of(
    type_: GraphQLLeafType, convert: Conversion | None
) -> Callable[[object], object]:
    """How a value of the type leaves, where it is not in its usual form already.

    ``convert`` is how its source spells it.
    """
    coerce = type_.coerce_output_value

    def leave(value: object) -> object:
        if value is None:
            raise Bail
        try:
            out = coerce(value if convert is None else convert.read(value))
        except Exception:  # noqa: BLE001 - whatever it is, the reference path says it
            raise Bail from None
        if out is None or isinstance(out, PartError):
            raise Bail
        return out

    return leave
