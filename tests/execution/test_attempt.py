"""One step for one parent: condition → inputs → call → what the reply comes to."""

from __future__ import annotations

import pytest

from gateway.connectors.base import Reply
from gateway.errors import Code
from gateway.execution.attempt import Prepared, prepare
from gateway.execution.model import (
    Failed,
    Failure,
    Ok,
    Provenance,
    Skipped,
    SkipReason,
    StepResult,
)
from gateway.profile.model import Fixed
from gateway.testing import ScriptedSource, answers, fails
from tests.kit import (
    instance,
    planned,
    profile,
    run,
    segment,
    slot,
    step,
    value,
)


def test_a_condition_that_is_false_skips_with_what_stands_in() -> None:
    """A skip is no failure; readers see `on_skip`."""
    made = step("a", when="n > 1", on_skip=[])
    assert prepare(made, {"n": 1}) == Skipped(SkipReason.CONDITION, stands_in=Fixed([]))


def test_a_condition_that_is_no_truth_fails_the_step() -> None:
    """A number is neither true nor false."""
    assert prepare(step("a", when="n"), {"n": 1}) == Failed(
        Failure(Code.EXPRESSION_ERROR, "'when' of step 'a' is neither true nor false.")
    )


def test_a_condition_that_cannot_be_evaluated_fails_the_step() -> None:
    """It is never false."""
    came = prepare(step("a", when="n.x > 1"), {"n": {}})
    assert isinstance(came, Failed)
    assert came.failure.code is Code.EXPRESSION_ERROR


@pytest.mark.parametrize("given", [None, "", ".", ".."])
def test_a_segment_that_is_none_makes_the_step_not_runnable(given: object) -> None:
    """Nothing, dots and emptiness would be another URL than the author wrote."""
    made = step("a", inputs={"id": segment("id")})
    assert prepare(made, {"id": given}) == Skipped(SkipReason.INPUT)


@pytest.mark.parametrize("given", ["0", 0, False, "...", " "])
def test_anything_else_is_a_segment(given: object) -> None:
    """Zero and false are values."""
    made = step("a", inputs={"id": segment("id")})
    came = prepare(made, {"id": given})
    assert isinstance(came, Prepared)
    assert came.inputs == {"id": given}


def test_a_parent_without_the_key_has_no_child() -> None:
    """A null of `self` is an answer without a call."""
    made = step("a", inputs={"id": segment("self.id")})
    assert prepare(made, {"self": {"id": None}}) == Ok(None, Provenance.STATIC)


def test_a_null_stays_where_values_go() -> None:
    """In a body a null is a value."""
    made = step("a", inputs={"since": value("since")})
    came = prepare(made, {"since": None})
    assert isinstance(came, Prepared)
    assert came.inputs == {"since": None}


def test_equal_inputs_have_equal_keys_and_others_have_not() -> None:
    """The key holds everything that the call depends on, types included."""
    made = step("a", inputs={"id": value("id")})
    keys = [
        one.key
        for given in (1, 1, "1", True, None)
        if isinstance(one := prepare(made, {"id": given}), Prepared)
    ]
    assert keys[0] == keys[1]
    assert len({*keys}) == 4


async def concluded(reply: Reply, **keys: object) -> StepResult:
    """What a step with these keys makes of a reply."""
    body = answers(reply.body, status=reply.status, headers=reply.headers)
    source = ScriptedSource({"a": body})
    ran = await run(planned(profile(step("a", **keys)), "a"), source)
    return ran.store[instance("a")]


async def test_a_reply_without_rules_is_its_body() -> None:
    """Whatever that is."""
    assert await concluded(Reply([1, None])) == Ok([1, None])


async def test_a_status_may_be_an_answer() -> None:
    """`on_status` answers in place of the body, and nothing is selected from it."""
    rules = {"on_status": {404: None}, "select": "response.body.x"}
    assert await concluded(Reply({"m": 1}, 404), **rules) == Ok(None)
    assert await concluded(Reply({"x": 1}), **rules) == Ok(1)


async def test_select_reads_the_whole_reply() -> None:
    """Status, headers and body."""
    text = "[response.status, response.headers['x-page'], response.body.size()]"
    reply = Reply([7], 200, {"x-page": "2"})
    assert await concluded(reply, select=text) == Ok([200, "2", 1])


async def test_an_answer_that_is_no_success_is_rejected() -> None:
    """False, and anything that is not true."""
    rejected = Failed(
        Failure(
            Code.UPSTREAM_REJECTED, "The source's answer was not a success.", attempts=1
        )
    )
    rule = "response.body.ok"
    assert await concluded(Reply({"ok": True}), success_if=rule) == Ok({"ok": True})
    assert await concluded(Reply({"ok": False}), success_if=rule) == rejected
    assert await concluded(Reply({"ok": 1}), success_if=rule) == rejected


async def test_a_value_step_needs_no_source() -> None:
    """Its target is the value, or the slot that it comes by."""
    of = profile(
        step("a", value={"x": 1}),
        step("b", value=slot("v"), inputs={"v": value("a.x + 1")}, reads="a"),
    )
    ran = await run(planned(of, "b"), ScriptedSource({}))
    assert (ran["a"], ran["b"]) == (
        Ok({"x": 1}, Provenance.STATIC),
        Ok(2, Provenance.STATIC),
    )


async def test_a_skipped_step_gives_its_readers_what_stands_in() -> None:
    """With `on_skip` the reader runs, without it the reader is skipped too."""
    reads = {"inputs": {"v": value("a")}, "value": slot("v")}
    with_it = profile(
        step("a", when="1 > 2", on_skip=[]), step("b", reads="a", **reads)
    )
    without = profile(step("a", when="1 > 2"), step("b", reads="a", **reads))
    ran = await run(planned(with_it, "b"), ScriptedSource({}))
    assert ran["b"] == Ok([], Provenance.STATIC)
    ran = await run(planned(without, "b"), ScriptedSource({}))
    assert ran["b"] == Skipped(SkipReason.DEPENDENCY, because_of=instance("a"))


async def test_equal_calls_of_two_steps_are_sent_once_failures_included() -> None:
    """Both get the one failure; only one of them made the attempt."""
    of = profile(step("a", target="t"), step("b", target="t"))
    source = ScriptedSource({"a": fails(status=500), "b": fails(status=500)})
    ran = await run(planned(of, "a", "b"), source)
    assert ran["a"] == ran["b"]
    assert sum(source.counts.values()) == 1
    assert [t.attempts for t in ran.store.timings.values()] == [1, 0]
