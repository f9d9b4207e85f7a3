"""Results → the answer: by the compiled path where all is as usual, else by reference.

One semantics at two speeds. Says which of them answered, so that somebody can see
when a hot operation leaves the fast one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum
from typing import TypeAlias

from gateway.execution.reading import Reader
from gateway.plan.model import Plan
from gateway.response.model import Answer, Showing
from gateway.response.projection import Projection
from gateway.response.reads import Bail, is_sound, unfold
from gateway.response.reference import ErrorView, Finished, accounts_of, refer
from gateway.response.shortened import is_cut
from gateway.values import JsonValue


class Way(Enum):
    """How an answer was made.

    COMPILED: by the operation's own code. BAILED: that met a value that is not as
    usual and left off, and graphql-core answered. REFERENCE: graphql-core answered, as
    there is no such code, or as something failed that it has to tell.
    """

    __hash__ = object.__hash__  # an enum's own is a call of Python's for every count
    COMPILED = "compiled"
    BAILED = "bailed"
    REFERENCE = "reference"


_PARTIAL, _ON = Showing.PARTIAL, Showing.ON  # looking one up is a call on Python 3.11
Projected: TypeAlias = Mapping[str, JsonValue] | Exception | None
Complain = Callable[[Exception], None]
"""Whom to tell that the compiled path raised what it must not."""


def build_answer(
    finished: Finished,
    seen: ErrorView,
    projected: Projected,
    complain: Complain,
) -> tuple[Answer, Way]:
    """The answer to a request whose plan has run, and how it was made.

    Whatever the compiled path raises, the reference path answers: a bug of ours in it
    costs time, and is complained of; it never costs an answer.
    """
    if projected is None:
        return _referred(finished, seen), Way.REFERENCE
    if isinstance(projected, Exception):
        if not isinstance(projected, Bail):
            complain(projected)
        return _referred(finished, seen), Way.BAILED
    data = projected
    if not is_told(seen.completeness, finished.plan, finished.reader):
        return Answer(data), Way.COMPILED  # what is whole and usual is not told of
    accounts = accounts_of(finished, data, (), seen)
    extensions = {"completeness": accounts} if accounts else {}
    return Answer(data, extensions=extensions), Way.COMPILED


def _referred(finished: Finished, seen: ErrorView) -> Answer:
    unfold(finished.reader.store)
    return refer(finished, seen)


def projected(projection: Projection | None, reader: Reader) -> Projected:
    """What the operation's own code makes of the results, or why it makes nothing.

    None where there is none, or where something has failed.
    """
    if projection is None or not is_sound(reader):
        return None
    try:
        return projection.project(reader)
    except Exception as error:  # noqa: BLE001 - no answer may be lost by being fast
        return error


def is_told(showing: Showing, plan: Plan, reader: Reader) -> bool:
    """Whether an answer in which nothing failed accounts for itself."""
    if showing is _PARTIAL:
        return is_cut(plan, reader.store)
    return showing is _ON
