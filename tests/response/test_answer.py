"""The answer: what came as data and errors, at the places where it belongs."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from graphql import build_schema

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
)
from gateway.execution.reading import Reader
from gateway.plan.planner import make_plan
from gateway.policy.limits import Limits
from gateway.profile.model import Profile
from gateway.request.document import read_document
from gateway.request.model import Asking
from gateway.request.selection import select
from gateway.response.model import Answer, FieldError, Verdict, refusal
from gateway.response.reference import ErrorView, Finished
from gateway.schema.shapes import shapes_of
from gateway.values import JsonValue
from tests.kit import audience, computed, instance, profile, step
from tests.response.ways import both_ways

SCHEMA = build_schema(
    """
    type Query { customer: Customer, other: Customer }
    type Customer { account: Account, accounts: [Account], name: String, score: Int! }
    type Account { id: ID!, name: String }
    """
)
STEPS = tuple(step(name) for name in ("account", "accounts", "name", "score"))
LATE = Failed(
    Failure(Code.UPSTREAM_TIMEOUT, "Too late.", attempts=2, status=504, detail="host x")
)


def answered(
    text: str,
    *,
    of: Profile | None = None,
    seen: ErrorView | None = None,
    broken: str | None = None,
    variables: Mapping[str, JsonValue] | None = None,
    **results: StepResult,
) -> Answer:
    """The answer to a query whose steps came to these results."""
    document = read_document(text, SCHEMA, Limits(planning=30.0), text)
    operation = document.operations[None]
    truths = dict.fromkeys(variables or {}, False)
    selection = select(SCHEMA, document, operation, truths)
    known = audience(of or profile(*STEPS))
    plan = make_plan(selection, known, shapes_of(SCHEMA, "x"), {})
    store = ResultStore()
    for one in plan.steps:
        store.settle(one.id, results[one.id.step], Timing(0.0, 1.0, 1))
    if broken:
        store.broken["customer"] = instance(broken)
    reader = Reader(store, {}, {})
    asking = Asking(text, variables=variables or {})
    finished = Finished(SCHEMA, document, asking, plan, reader)
    return both_ways(finished, selection, seen)[0]


def test_what_came_is_the_data() -> None:
    """Keys that nobody asked for stay inside."""
    came = answered(
        "{ customer { account { id } n: name __typename } }",
        account=Ok({"id": 7, "name": "Ada", "secret": 1}),
        name=Ok("Ada"),
    )
    data: JsonValue = {"account": {"id": "7"}, "n": "Ada", "__typename": "Customer"}
    assert came == Answer({"customer": data})


def test_a_failed_step_nulls_its_field_with_an_error() -> None:
    """Whoever may not see plans learns message, code and path, nothing of ours."""
    came = answered(
        "{ customer { account { id } name } }", account=LATE, name=Ok("Ada")
    )
    assert came == Answer(
        {"customer": {"account": None, "name": "Ada"}},
        (
            FieldError(
                "Too late.", Code.UPSTREAM_TIMEOUT, ("customer", "account"), ((1, 14),)
            ),
        ),
        verdict=Verdict.PARTIAL,
    )


def test_who_may_see_plans_sees_what_failed() -> None:
    """Step, source, status, attempts and detail."""
    came = answered("{ customer { name } }", name=LATE, seen=ErrorView(explain=True))
    (error,) = came.errors
    assert error.extensions == {
        "step": "customer.name",
        "source": "s",
        "status": 504,
        "attempts": 2,
        "detail": "host x",
    }


def test_a_broken_root_is_null_with_one_error() -> None:
    """The required step's own, at the root's path."""
    came = answered(
        "{ customer { account { id } name } }",
        account=Skipped(SkipReason.DEPENDENCY, instance("name")),
        name=LATE,
        broken="name",
    )
    assert came.data == {"customer": None}
    assert [(e.path, e.code) for e in came.errors] == [
        (("customer",), Code.UPSTREAM_TIMEOUT)
    ]
    assert came.verdict is Verdict.FAILED


def test_a_null_under_a_non_null_field_goes_up() -> None:
    """One error, at the field that has no value."""
    came = answered("{ customer { score name } }", score=Ok(None), name=Ok("Ada"))
    assert came.data == {"customer": None}
    assert [(e.path, e.code) for e in came.errors] == [
        (("customer", "score"), Code.INVALID_VALUE)
    ]


def test_a_value_of_the_wrong_form_costs_its_own_place_only() -> None:
    """An item that is no object is an error at the item."""
    came = answered(
        "{ customer { accounts { id } } }", accounts=Ok([{"id": 1}, "x", None])
    )
    assert came.data == {"customer": {"accounts": [{"id": "1"}, None, None]}}
    assert [(e.path, e.code) for e in came.errors] == [
        (("customer", "accounts", 1), Code.INVALID_VALUE)
    ]


def test_nobody_reads_a_root_through_a_value_that_is_no_object() -> None:
    """A nested key may be that of a root field."""
    came = answered(
        "{ customer { account { name } } name: other { __typename } }",
        of=profile(*STEPS),
        account=Ok("text"),
    )
    assert came.data == {"customer": {"account": None}, "name": None}


def test_the_source_s_value_never_stands_in_an_error() -> None:
    """It may be a secret."""
    came = answered("{ customer { score } }", score=Ok("4111-1111"))
    (error,) = came.errors
    assert "4111" not in repr(error)


@pytest.mark.parametrize(
    ("text", "path", "column", "about"),
    [
        ('($n: String = "T") { t: __type(name: $n) { name } }', ("t",), 43, "'name'"),
        (
            '($n: Boolean = true) { t: __type(name: "Query") { name @skip(if: $n) } }',
            ("t",),
            71,
            "'if'",
        ),
    ],
)
def test_a_null_where_a_value_is_needed_is_the_client_s_mistake(
    text: str, path: tuple[str, ...], column: int, about: str
) -> None:
    """A variable with a default may be given as null; graphql-core says where."""
    came = answered(f"query{text}", variables={"n": None})
    (error,) = came.errors
    assert (error.code, error.path) == (Code.BAD_USER_INPUT, path)
    assert error.locations == ((1, column),)
    assert error.message.startswith(f"Argument {about} has invalid value: Expected var")


def test_a_skip_by_condition_is_null_without_an_error() -> None:
    """And one by dependency or input is not."""
    quiet = answered("{ customer { name } }", name=Skipped(SkipReason.CONDITION))
    assert quiet == Answer({"customer": {"name": None}})
    for reason, code in {
        SkipReason.DEPENDENCY: Code.DEPENDENCY_FAILED,
        SkipReason.INPUT: Code.STEP_INPUT,
    }.items():
        came = answered("{ customer { name } }", name=Skipped(reason, instance("x")))
        assert [error.code for error in came.errors] == [code]


def test_null_if_makes_the_operation_null() -> None:
    """Without an error; where it cannot be decided, with one."""
    missing = profile(*STEPS, null_if=computed("account == null", "account"))
    text = "{ customer { name } }"
    gone = answered(text, of=missing, account=Ok(None), name=Ok("x"))
    there = answered(text, of=missing, account=Ok({}), name=Ok("x"))
    assert (gone, there) == (
        Answer({"customer": None}),
        Answer({"customer": {"name": "x"}}),
    )


def test_errors_are_bounded_and_the_rest_is_counted() -> None:
    """A list of a thousand bad items is no answer of a thousand errors."""
    came = answered(
        "{ customer { accounts { id } } }",
        accounts=Ok(["bad"] * 10),
        seen=ErrorView(limit=3),
    )
    assert (len(came.errors), came.extensions) == (3, {"errors_omitted": 7})


def test_an_answer_as_json_has_data_only_where_something_ran() -> None:
    """As GraphQL over HTTP says it."""
    error = FieldError("No.", Code.BAD_REQUEST)
    shown = {"message": "No.", "extensions": {"code": "BAD_REQUEST"}}
    assert refusal(error).as_json() == {"errors": [shown]}
    assert Answer(None, (error,)).as_json() == {"data": None, "errors": [shown]}
    assert Answer({"a": 1}).as_json() == {"data": {"a": 1}}
