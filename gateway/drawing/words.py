"""What became of a run, in sentences: for whoever reads an incident's report.

In charge of the words of the completeness contract. It believes nothing: whoever posts
an account may have made it up. Must never make markup.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Annotated, Final, Literal, TypeAlias

import msgspec
from msgspec import Meta

from gateway.drawing.saying import keys_said, many, ms, state_of, why
from gateway.drawing.shown import (
    MOST_STEPS,
    Count,
    Name,
    Names,
    PlanShown,
    UnreadableError,
)
from gateway.drawing.text import whole
from gateway.record import Record, field
from gateway.values import JsonValue

_MOST: Final = 200
"""Sentences; of more it is said how many."""


class EntryShown(Record, frozen=True):
    """One place of an answer, and why it is as it is."""

    path: Names
    reason: Name = ""
    because: Name | None = None
    by: Name | None = None
    null_at: Names | None = None
    count: Count = 1
    rows: Count | None = None
    step: Name | None = None
    source: Name | None = None


Entries: TypeAlias = Annotated[list[EntryShown], Meta(max_length=10_000)]


class AccountShown(Record, frozen=True):
    """How complete one root field is."""

    status: Literal["whole", "partial", "failed"]
    missing: Entries = field(default_factory=list)
    skipped: Entries = field(default_factory=list)
    without: Entries = field(default_factory=list)
    fallback: Entries = field(default_factory=list)
    stale: Entries = field(default_factory=list)
    cut: Entries = field(default_factory=list)


Accounts: TypeAlias = Annotated[dict[Name, AccountShown], Meta(max_length=MOST_STEPS)]


def accounts_shown(completeness: JsonValue) -> Mapping[str, AccountShown]:
    """The accounts of `extensions.completeness`; none where there is none.

    Raises:
        UnreadableError: it is something else.
    """
    if completeness is None:
        return {}
    try:
        return msgspec.convert(completeness, Accounts)
    except msgspec.ValidationError as error:
        raise UnreadableError(f"This is no account of completeness: {error}.") from None


def words_of(plan: PlanShown, accounts: Mapping[str, AccountShown]) -> tuple[str, ...]:
    """Sentences: how complete the answer is, what is missing and why, what ran."""
    found = [*_complete(accounts), *_ran(plan)]
    told = [whole(sentence) for sentence in found[:_MOST]]
    more = len(found) - len(told)
    return (*told, f"And {many(more, 'sentence')} more.") if more else tuple(told)


def _complete(accounts: Mapping[str, AccountShown]) -> Iterator[str]:
    for root, account in accounts.items():
        yield f"{root} is {account.status}."
        for one in account.missing:
            at = "" if one.null_at is None else f"; the null is at {_path(one.null_at)}"
            yield f"{_path(one.path)} is missing{_times(one)}: {_cause(one)}{at}."
        for one in account.without:
            yield f"{_path(one.path)} does without{_times(one)}: {_cause(one)}."
        for one in account.skipped:
            yield f"{_path(one.path)} was not asked for{_times(one)}: {_cause(one)}."
        for one in account.fallback:
            by = f" by {one.by}" if one.by else ""
            yield f"{_path(one.path)} is from a fallback{by}{_times(one)}{_of(one)}."
        for one in account.stale:
            yield f"{_path(one.path)} is from an expired answer{_times(one)}{_of(one)}."
        for one in account.cut:
            rows = "" if one.rows is None else f" after {many(one.rows, 'row')}"
            yield f"{_path(one.path)} was cut{rows}{_times(one)}."


def _path(path: list[str]) -> str:
    return ".".join(path) or "the answer"


def _times(one: EntryShown) -> str:
    return f" {one.count:,} times" if one.count > 1 else ""


def _cause(one: EntryShown) -> str:
    step = f" of {one.step}" if one.step else ""
    source = f" ({one.source})" if one.source else ""
    return f"{why(one.reason)}{step}{source}"


def _of(one: EntryShown) -> str:
    step = f" of {one.step}" if one.step else ""
    return f"{step}, because of {why(one.because)}" if one.because else step


def _ran(plan: PlanShown) -> Iterator[str]:
    ran = [step for step in plan.steps if step.ran]
    if not ran:
        yield "Nothing was called: this is a plan."
        return
    tally = Counter(state_of(step).value for step in ran)
    counts = ", ".join(f"{count} {state}" for state, count in tally.items())
    calls = sum(step.attempts or 0 for step in ran)
    yield f"{many(len(ran), 'step')} ran with {many(calls, 'call')}: {counts}."
    for step in ran:
        if step.status == "failed":
            took = "" if step.elapsed_ms is None else f" after {ms(step.elapsed_ms)}"
            calls_ = many(step.attempts or 0, "call")
            yield f"{step.id} failed{took} and {calls_}: {step.code or 'no code'}."
        elif step.status == "skipped":
            because = f" ({step.because_of})" if step.because_of else ""
            yield f"{step.id} was skipped: {why(step.reason or '')}{because}."
        elif keys_said(step):
            yield f"{step.id} ran for objects: {keys_said(step)}."
    for name, reason in plan.left_out.items():
        yield f"{name} was left out: {why(reason)}."
