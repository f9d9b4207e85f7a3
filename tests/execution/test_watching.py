"""What a finished request says about the steps that have an alarm."""

from __future__ import annotations

import asyncio

import pytest

from gateway.alarm import Alarm
from gateway.clock import LoopClock
from gateway.errors import Code
from gateway.execution.engine import Engine
from gateway.execution.model import (
    Failed,
    Failure,
    Join,
    Ok,
    Provenance,
    ResultStore,
    Skipped,
    SkipReason,
    StepResult,
    Timing,
)
from gateway.execution.watching import watched
from gateway.plan.model import Plan
from gateway.record import replace
from gateway.telemetry.events import Event, StepWatched
from gateway.testing import ScriptedSource, answers, fails, hangs
from gateway.units import Rate
from tests.kit import instance, node, plan_of, request, run, together, upstreams

ALARM = Alarm(
    "operation", "customer", "a", "s", "pager", "/incidents", Rate(5, 60.0), 5.0
)
DOWN = Failed(
    Failure(Code.UPSTREAM_STATUS, "The source answered with status 503.", 1, 503)
)
BAD = StepWatched(
    "r", "customer.a", "UPSTREAM_STATUS", "The source answered with status 503.", 503
)
WELL = StepWatched("r", "customer.a")


def alarmed(root: str = "customer", name: str = "a") -> Plan:
    """A plan of one step with an alarm."""
    return plan_of(node(name, escalate=ALARM), root=root)


def said(*results: StepResult, took: float = 1.0) -> list[StepWatched]:
    """What is said where the step came to these results, under as many aliases."""
    names = [f"r{number}" for number in range(len(results))]
    store = ResultStore()
    for name, result in zip(names, results, strict=True):
        store.settle(instance("a", name), result, Timing(0.0, took, 1))
    return list(watched(together(*map(alarmed, names)), store, "r"))


def join(*results: StepResult) -> Ok:
    """What a step comes to that runs for as many parents."""
    made = Join()
    for result in results:
        made.settle(object(), result)
    return Ok(made)


def test_a_failure_is_told_with_what_it_was() -> None:
    """Code, words and status, for whoever is paged."""
    assert said(DOWN) == [BAD]


@pytest.mark.parametrize("provenance", [Provenance.UPSTREAM, Provenance.SHARED])
def test_an_answer_of_the_source_is_told(provenance: Provenance) -> None:
    """It is what ends an incident."""
    assert said(Ok({}, provenance)) == [WELL]


@pytest.mark.parametrize(
    "result",
    [
        Ok({}, Provenance.FALLBACK),
        Ok({}, Provenance.STATIC),
        Ok({}, Provenance.CACHE),
        Ok({}, Provenance.STALE),
        Skipped(SkipReason.CONDITION),
        Skipped(SkipReason.DEPENDENCY),
        Skipped(SkipReason.INPUT),
        join(),
    ],
)
def test_what_the_source_did_not_answer_says_nothing(result: StepResult) -> None:
    """Neither that it fails nor that it works."""
    assert said(result) == []


def test_a_request_counts_once_for_a_step() -> None:
    """However many aliases ask for it, and wherever one of them failed."""
    assert said(DOWN, Ok({}), DOWN) == [BAD]


def test_a_step_of_objects_fails_where_any_call_does() -> None:
    """A key without a row is an answer, whatever the profile makes of it."""
    missing = Failed(Failure(Code.UPSTREAM_MISSING, "No row."))
    assert said(join(Ok({}), DOWN, missing)) == [BAD]
    assert said(join(Ok({}))) == [WELL]
    assert said(join(missing)) == [WELL]
    assert said(join(Ok(None, Provenance.STATIC), Skipped(SkipReason.INPUT))) == []


def test_a_step_that_never_began_did_not_fail() -> None:
    """The deadline passed while it waited for another: that one is to blame."""
    late = Failed(Failure(Code.DEADLINE_EXCEEDED, "Too late."))
    (told,) = said(late)
    assert told.code == "DEADLINE_EXCEEDED"
    assert said(late, took=0.0) == []


def test_steps_without_an_alarm_are_not_looked_at() -> None:
    """Nobody asked."""
    store = ResultStore()
    store.settle(instance("a"), DOWN, Timing(0.0, 1.0, 1))
    assert list(watched(plan_of(node("a")), store, "r")) == []


async def test_the_engine_tells_when_a_request_is_done() -> None:
    """Of each step with an alarm, by its own alarm."""
    other = replace(ALARM, step="b")
    graph = node("a", escalate=ALARM) & node("b", escalate=other) & node("c")
    source = ScriptedSource(
        {"a": fails(status=503), "b": answers({}), "c": fails(status=503)}
    )
    ran = await run(plan_of(graph), source)
    told = [event for event in ran.events if isinstance(event, StepWatched)]
    assert told == [BAD, replace(WELL, step="customer.b")]


async def test_a_client_that_leaves_takes_no_failure_along() -> None:
    """What failed before still counts; what was cut off says nothing."""
    graph = node("a", escalate=ALARM) & node("b", escalate=replace(ALARM, step="b"))
    source = ScriptedSource({"a": fails(status=503), "b": hangs()})
    events: list[Event] = []
    engine = Engine(upstreams(s=source), LoopClock(), events.append)
    asking = asyncio.create_task(engine.execute(plan_of(graph), request(), {}))
    await asyncio.sleep(1)
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    assert [event for event in events if isinstance(event, StepWatched)] == [BAD]


def test_what_a_caller_asked_wrong_says_nothing_of_the_step() -> None:
    """Nobody is paged for a cursor that is none, and no incident ends by it."""
    wrong = Failed(Failure(Code.BAD_USER_INPUT, "'after' is no cursor of this list."))
    assert said(wrong) == []
    assert said(join(wrong)) == []
    assert said(join(wrong, DOWN)) == [BAD]
