"""The account an answer gives of itself agrees with its errors, whatever came."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from graphql import build_schema
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import Code
from gateway.execution.model import (
    Failed,
    Failure,
    Ok,
    ResultStore,
    Skipped,
    SkipReason,
    StepResult,
    Timing,
    is_failure,
)
from gateway.execution.reading import Reader
from gateway.plan.planner import make_plan
from gateway.policy.limits import Limits
from gateway.request.document import read_document
from gateway.request.model import Asking
from gateway.request.selection import select
from gateway.response.model import Answer, Showing
from gateway.response.reference import ErrorView, Finished
from gateway.schema.shapes import shapes_of
from tests.kit import ROOT, audience, profile, step
from tests.response.ways import both_ways

SCHEMA = build_schema(
    """
    type Query { customer: Customer }
    type Customer { account: Account, accounts: [Account], name: String, score: Int! }
    type Account { id: ID!, name: String }
    """
)
FIELDS = {
    "account": "account { id name }",
    "accounts": "accounts { id }",
    "name": "name",
    "score": "score",
}
STEPS = tuple(step(name) for name in FIELDS)
ROWS = st.lists(st.sampled_from([{"id": 1}, {}, "odd", None]), max_size=5)
VALUES = st.one_of(ROWS, st.sampled_from([None, 1, "text", {"id": 1}, {"name": "x"}]))
CODES = (Code.UPSTREAM_STATUS, Code.UPSTREAM_TIMEOUT)
RESULTS = st.one_of(
    VALUES.map(Ok),
    st.sampled_from([Failed(Failure(code, code.value)) for code in CODES]),
    st.sampled_from([Skipped(reason) for reason in SkipReason]),
)
CAME = st.fixed_dictionaries(dict.fromkeys(FIELDS, RESULTS))
WANTED = st.lists(st.sampled_from(sorted(FIELDS)), min_size=1, unique=True)


def answered(
    came: Mapping[str, StepResult], wanted: list[str], seen: ErrorView
) -> Answer:
    """The answer to a selection of fields whose steps came to these results."""
    text = f"{{ customer {{ {' '.join(FIELDS[name] for name in wanted)} }} }}"
    document = read_document(text, SCHEMA, Limits(planning=30.0), text)
    selection = select(SCHEMA, document, document.operations[None], {})
    plan = make_plan(selection, audience(profile(*STEPS)), shapes_of(SCHEMA, "x"), {})
    store = ResultStore()
    for one in plan.steps:
        store.settle(one.id, came[one.id.step], Timing(0.0, 1.0, 1))
    reader = Reader(store, {}, {})
    finished = Finished(SCHEMA, document, Asking(text), plan, reader)
    return both_ways(finished, selection, seen)[0]


def account(answer: Answer) -> Mapping[str, object]:
    told = answer.extensions["completeness"]
    assert isinstance(told, Mapping)
    mine = told[ROOT]
    assert isinstance(mine, Mapping)
    return mine


def missing(answer: Answer) -> Counter[tuple[tuple[str, ...], str]]:
    """What is missing by path and reason, each as often as it is counted."""
    found: Counter[tuple[tuple[str, ...], str]] = Counter()
    entries = account(answer)["missing"]
    assert isinstance(entries, list)
    for entry in entries:
        found[(tuple(entry["path"]), entry["reason"])] += entry["count"]
    return found


@given(CAME, WANTED)
def test_errors_and_what_is_missing_are_the_same(
    came: Mapping[str, StepResult], wanted: list[str]
) -> None:
    """Every error has its entry, and every entry its errors."""
    answer = answered(came, wanted, ErrorView(completeness=Showing.ON))
    errors = Counter(
        (tuple(k for k in e.path or () if isinstance(k, str)), str(e.code))
        for e in answer.errors
    )
    assert missing(answer) == errors


@given(CAME, WANTED, st.integers(1, 3))
def test_what_errors_leave_out_is_counted(
    came: Mapping[str, StepResult], wanted: list[str], limit: int
) -> None:
    """However few errors are shown, the account has all of them."""
    answer = answered(came, wanted, ErrorView(limit=limit, completeness=Showing.ON))
    omitted = answer.extensions.get("errors_omitted", 0)
    assert isinstance(omitted, int)
    assert missing(answer).total() == len(answer.errors) + omitted


@given(CAME, WANTED)
def test_an_answer_is_whole_exactly_where_nothing_failed(
    came: Mapping[str, StepResult], wanted: list[str]
) -> None:
    """No error, and no step of a field that failed or could not be asked."""
    answer = answered(came, wanted, ErrorView(completeness=Showing.ON))
    failed = any(is_failure(came[name]) for name in wanted)
    whole = not answer.errors and not failed
    assert (account(answer)["status"] == "whole") is whole


@given(CAME, WANTED)
def test_a_root_that_failed_is_null(
    came: Mapping[str, StepResult], wanted: list[str]
) -> None:
    """And one that is null with an error has failed."""
    answer = answered(came, wanted, ErrorView(completeness=Showing.ON))
    assert answer.data is not None
    lost = answer.data[ROOT] is None and bool(answer.errors)
    assert (account(answer)["status"] == "failed") is lost


@given(CAME, WANTED)
def test_a_whole_answer_needs_no_account(
    came: Mapping[str, StepResult], wanted: list[str]
) -> None:
    """``partial`` gives it exactly where ``on`` does not say whole."""
    on = answered(came, wanted, ErrorView(completeness=Showing.ON))
    partial = answered(came, wanted, ErrorView(completeness=Showing.PARTIAL))
    whole = account(on)["status"] == "whole"
    assert ("completeness" not in partial.extensions) is whole


@given(CAME, WANTED)
def test_nobody_learns_of_steps_who_may_not(
    came: Mapping[str, StepResult], wanted: list[str]
) -> None:
    """Who may sees the same, with steps and sources."""
    seen = answered(came, wanted, ErrorView(explain=True, completeness=Showing.ON))
    hidden = answered(came, wanted, ErrorView(completeness=Showing.ON))

    def nameless(told: Mapping[str, object]) -> dict[str, object]:
        return {
            name: [
                {k: v for k, v in entry.items() if k not in ("step", "source")}
                for entry in entries
            ]
            if isinstance(entries, list)
            else entries
            for name, entries in told.items()
        }

    assert nameless(account(seen)) == account(hidden)
