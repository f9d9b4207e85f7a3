"""Results → the answer: by the compiled path where all is as usual, else by reference.

One semantics at two speeds. Says which of them answered, so that somebody can see
when a hot operation leaves the fast one.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum

from gateway.response.model import Answer, Showing
from gateway.response.projection import Projection
from gateway.response.reads import Bail, is_sound, unfold
from gateway.response.reference import ErrorView, Finished, accounts_of, refer
from gateway.response.shortened import is_cut


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


Complain = Callable[[Exception], None]
"""Whom to tell that the compiled path raised what it must not."""


def build_answer(
    finished: Finished,
    seen: ErrorView,
    projection: Projection | None,
    complain: Complain,
) -> tuple[Answer, Way]:
    """The answer to a request whose plan has run, and how it was made.

    Whatever the compiled path raises, the reference path answers: a bug of ours in it
    costs time, and is complained of; it never costs an answer.
    """
    if projection is None or not is_sound(finished.reader):
        return _referred(finished, seen), Way.REFERENCE
    try:
        data = projection.project(finished.reader)
    except Bail:
        return _referred(finished, seen), Way.BAILED
    except Exception as error:  # noqa: BLE001 - no answer may be lost by being fast
        complain(error)
        return _referred(finished, seen), Way.BAILED
    if not _is_told(finished, seen):
        return Answer(data), Way.COMPILED  # what is whole and usual is not told of
    accounts = accounts_of(finished, data, (), seen)
    extensions = {"completeness": accounts} if accounts else {}
    return Answer(data, extensions=extensions), Way.COMPILED


def _referred(finished: Finished, seen: ErrorView) -> Answer:
    unfold(finished.reader.store)
    return refer(finished, seen)


def _is_told(finished: Finished, seen: ErrorView) -> bool:
    """Whether an answer in which nothing failed accounts for itself."""
    if seen.completeness is Showing.PARTIAL:
        return is_cut(finished.plan, finished.reader.store)
    return seen.completeness is Showing.ON
