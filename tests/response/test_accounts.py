"""What an answer says of how complete it is, and what of a failure is told."""

from __future__ import annotations

import pytest

from gateway.connectors.base import PageRules
from gateway.errors import Code
from gateway.execution.model import (
    Failure,
    Join,
    Ok,
    PagesRead,
    ResultStore,
    Skipped,
    SkipReason,
)
from gateway.execution.reading import Reader
from gateway.expression import template
from gateway.plan.model import PlannedStep
from gateway.profile.model import FirstAnswer, Pages, Saying
from gateway.record import replace
from gateway.response.model import FieldError, Showing
from gateway.response.reference import ErrorView
from gateway.response.shortened import cuts_of
from gateway.response.told import Told, told
from tests.kit import instance, node, plan_of, profile, step
from tests.response.test_answer import LATE, STEPS, answered

PARTIAL = ErrorView(completeness=Showing.PARTIAL)
ON = ErrorView(completeness=Showing.ON)
PAGES = Pages(PageRules("page", param="page", size=2))
NONE: dict[str, object] = {
    "missing": [],
    "skipped": [],
    "without": [],
    "fallback": [],
    "stale": [],
}


def test_off_says_nothing() -> None:
    """Whatever is missing."""
    came = answered("{ customer { name } }", name=LATE)
    assert came.extensions == {}


def test_partial_says_nothing_of_what_is_whole() -> None:
    """Nobody reads what says nothing."""
    whole = answered("{ customer { name } }", name=Ok("Ada"), seen=PARTIAL)
    assert whole.extensions == {}


def test_a_missing_field_has_its_path_and_reason() -> None:
    """No step, no source: not for everybody."""
    came = answered("{ customer { n: name } }", name=LATE, seen=PARTIAL)
    entry = {"path": ["customer", "n"], "reason": "UPSTREAM_TIMEOUT", "count": 1}
    assert came.extensions == {
        "completeness": {"customer": {"status": "partial", **NONE, "missing": [entry]}}
    }


def test_who_may_see_plans_sees_where_from() -> None:
    """The step at fault and its source."""
    seen = PARTIAL._replace(explain=True)
    came = answered("{ customer { name } }", name=LATE, seen=seen)
    account = came.extensions["completeness"]["customer"]  # type: ignore[index,call-overload]
    assert account["missing"] == [  # type: ignore[index,call-overload]
        {
            "path": ["customer", "name"],
            "reason": "UPSTREAM_TIMEOUT",
            "count": 1,
            "step": "customer.name",
            "source": "s",
        }
    ]


def test_a_broken_root_has_failed_with_one_entry() -> None:
    """What was cancelled with it is not told for itself."""
    came = answered(
        "{ customer { account { id } name } }",
        account=Skipped(SkipReason.DEPENDENCY, instance("name")),
        name=LATE,
        broken="name",
        seen=PARTIAL,
    )
    entry = {"path": ["customer"], "reason": "UPSTREAM_TIMEOUT", "count": 1}
    assert came.extensions == {
        "completeness": {"customer": {"status": "failed", **NONE, "missing": [entry]}}
    }


def test_the_second_of_several_is_a_fallback() -> None:
    """The value is there, and not from where it comes first."""
    either = profile(step("a"), step("b"), root=FirstAnswer(("a", "b")))
    came = answered(
        "{ customer { name } }", of=either, a=LATE, b=Ok({"name": "x"}), seen=PARTIAL
    )
    entry = {"path": ["customer"], "reason": "upstream", "count": 1}
    assert came.extensions == {
        "completeness": {"customer": {"status": "whole", **NONE, "fallback": [entry]}}
    }


def test_a_skip_by_condition_leaves_the_answer_whole() -> None:
    """It is told all the same."""
    skipped = Skipped(SkipReason.CONDITION)
    came = answered("{ customer { name } }", name=skipped, seen=ON)
    entry = {"path": ["customer", "name"], "reason": "condition", "count": 1}
    assert came.extensions == {
        "completeness": {"customer": {"status": "whole", **NONE, "skipped": [entry]}}
    }


CUT = Ok([{"id": 1}, {"id": 2}], pages=PagesRead(1, 2, cut=True))


@pytest.mark.parametrize("seen", [PARTIAL, ON])
def test_a_list_that_was_cut_is_told_and_leaves_the_answer_partial(
    seen: ErrorView,
) -> None:
    """Rows that are wanted are not there, though nothing failed."""
    paged = profile(step("accounts", pages=PAGES))
    came = answered(
        "{ customer { accounts { id } } }", of=paged, accounts=CUT, seen=seen
    )
    entry = {"path": ["customer", "accounts"], "rows": 2, "count": 1}
    assert came.errors == ()
    assert came.extensions == {
        "completeness": {"customer": {"status": "partial", **NONE, "cut": [entry]}}
    }


def test_a_list_that_was_cut_and_lost_is_told_as_lost() -> None:
    """No row of it is in the answer."""
    paged = profile(step("accounts", pages=PAGES), step("score"))
    came = answered(
        "{ customer { accounts { id } score } }",
        of=paged,
        accounts=CUT,
        score=LATE,
        seen=PARTIAL._replace(explain=True),
    )
    account = came.extensions["completeness"]["customer"]  # type: ignore[index,call-overload]
    assert (account["status"], "cut" in account) == ("failed", False)  # type: ignore[index,operator,call-overload]


def test_lists_of_several_objects_are_counted_with_their_rows() -> None:
    """Step and source are for those who may see them."""
    join = Join()
    for parent, rows in (({"id": 1}, 3), ({"id": 2}, 4)):
        join.settle(parent, Ok([], pages=PagesRead(1, rows, cut=True)))
    join.settle({"id": 3}, Ok([], pages=PagesRead(1, 9)))
    assert [one.rows for one in cuts_of(Ok(join))] == [3, 4]


# -- what is told of a failure -------------------------------------------------------


def saying(**parts: object) -> PlannedStep:
    """A planned step with an ``error`` of its own; texts are templates."""
    message, extensions = parts.get("message"), parts.get("extensions")
    said = Saying(
        template(message) if message else None,  # type: ignore[arg-type]
        str(parts["code"]) if "code" in parts else None,
        template(extensions) if extensions else None,  # type: ignore[arg-type]
    )
    (made,) = plan_of(node("a", error=said)).steps
    return made


def words(failure: Failure, step_: PlannedStep | None) -> Told:
    reader = Reader(ResultStore(), {("customer",): {"id": 7}}, {"flags": {}})
    return told(failure, step_, reader)


DOWN = Failure(Code.UPSTREAM_STATUS, "No.", status=503, detail="host x")


def test_without_words_of_its_own_a_step_has_the_usual_ones() -> None:
    """And so has what no step is to blame for."""
    usual = Told("No.", "UPSTREAM_STATUS", {}, "host x")
    (plain,) = plan_of(node("a")).steps
    assert [words(DOWN, one) for one in (plain, None)] == [usual, usual]


def test_a_step_has_words_of_its_own() -> None:
    """Over arguments, surroundings and the status."""
    made = saying(
        message="Not ${ id }", code="GONE", extensions={"s": "${ response.status }"}
    )
    assert words(DOWN, made) == Told("Not 7", "GONE", {"s": 503}, "host x")


def test_a_template_that_fails_hides_nothing() -> None:
    """The usual words stand in; the reason is for those who may see details."""
    late = replace(DOWN, status=None, detail=None)
    came = words(late, saying(message="${ response.status }", code="GONE"))
    assert (came.message, came.code, came.extensions) == ("No.", "GONE", {})
    assert came.detail is not None
    assert came.detail.startswith("error.message was not used: ")


def test_what_no_message_can_be_is_not_used() -> None:
    """A number is no message, and bytes are no JSON."""
    made = saying(message="${ id }", extensions={"x": "${ b'x' }"})
    came = words(replace(DOWN, detail=None), made)
    assert came == Told(
        "No.",
        "UPSTREAM_STATUS",
        {},
        "error.extensions was not used: JSON cannot say what came of it; "
        "error.message was not used: no text came of it",
    )


def test_an_error_shows_the_words_of_its_step() -> None:
    """Beside the author's extensions; and what it was is known to us all the same."""
    said = Saying(template("Sorry."), "SORRY", template({"hint": "later"}))
    steps = tuple(replace(s, error=said) for s in STEPS)
    came = answered("{ customer { name } }", of=profile(*steps), name=LATE)
    assert came.errors == (
        FieldError(
            "Sorry.",
            "SORRY",
            ("customer", "name"),
            ((1, 14),),
            {"hint": "later"},
            Code.UPSTREAM_TIMEOUT,
        ),
    )
