"""An operation is compiled when that is worth it, and once."""

from __future__ import annotations

import pytest

from gateway.execution.model import Join, Ok, ResultStore, StepResult, Timing
from gateway.plan.planner import make_plan
from gateway.policy.limits import Limits
from gateway.request.document import read_document
from gateway.request.selection import select
from gateway.response import compiling, projection
from gateway.response.compiling import Compiling
from gateway.schema.shapes import shapes_of
from tests.kit import audience, instance, profile
from tests.response.test_answer import SCHEMA, STEPS

ROW = {"id": 1}


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """The plans that were compiled."""
    plans: list[object] = []
    compile_ = projection.compile_projection

    def counted(*of: object) -> object:
        plans.append(of[2])
        return compile_(*of)  # type: ignore[arg-type]

    monkeypatch.setattr(compiling, "compile_projection", counted)
    return plans


def operation(text: str = "{ customer { accounts { id } } }") -> Compiling:
    document = read_document(text, SCHEMA, Limits(planning=30.0), text)
    selection = select(SCHEMA, document, document.operations[None], {})
    plan = make_plan(selection, audience(profile(*STEPS)), shapes_of(SCHEMA, "x"), {})
    return Compiling(SCHEMA, selection, plan)


def came(result: StepResult) -> ResultStore:
    store = ResultStore()
    store.settle(instance("accounts"), result, Timing(0.0, 1.0, 1))
    return store


def test_a_short_answer_is_compiled_the_second_time_and_then_no_more(
    compiled: list[object],
) -> None:
    """Who sends a document once pays nothing for it."""
    of, short, plans = operation(), came(Ok([ROW])), compiled
    assert (of.code(short), plans) == (None, [])
    code = of.code(short)
    assert code is not None
    assert (of.code(short), plans) == (code, [of.plan])


@pytest.mark.parametrize(
    ("value", "at_once"),
    [
        ([ROW] * 8, True),
        ([ROW] * 7, False),
        ({"items": (ROW,) * 8, "total": 8}, True),
        ({"name": "a long text"}, False),
        (Join({n: Ok(None) for n in range(8)}), True),
        (None, False),
    ],
)
def test_a_long_answer_is_compiled_at_once(value: object, at_once: bool) -> None:
    """The reference path would take longer than compiling does."""
    assert (operation().code(came(Ok(value))) is not None) is at_once


def test_what_cannot_be_compiled_is_tried_once(
    compiled: list[object],
) -> None:
    """Introspection is graphql-core's."""
    of, plans = operation("{ __typename __schema { __typename } }"), compiled
    assert [of.code(ResultStore()) for _ in range(4)] == [None] * 4
    assert plans == [of.plan]
