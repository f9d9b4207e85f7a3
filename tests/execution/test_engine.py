"""The engine: a step starts the moment its own dependencies have settled."""

from __future__ import annotations

import asyncio

from gateway.clock import LoopClock
from gateway.errors import Code, ErrorClass
from gateway.execution.model import (
    Failed,
    Failure,
    Ok,
    Provenance,
    Skipped,
    SkipReason,
)
from gateway.record import replace
from gateway.telemetry.events import Crashed, StepSettled
from gateway.testing import ScriptedSource, answers, fails, hangs, meets, waits
from tests.kit import REQUIRED, Graph, instance, node, plan_of, run, together


async def test_independent_steps_are_in_flight_together() -> None:
    """Both calls have to be there at once for the barrier to open.

    The store lists steps as they settled: the last to arrive passes first.
    """
    barrier = asyncio.Barrier(2)
    source = ScriptedSource({"a": meets(barrier, 1), "b": meets(barrier, 2)})
    ran = await run(plan_of(node("a") & node("b")), source)
    assert repr(ran.store) == (
        "<ResultStore customer.b=Ok(UPSTREAM) customer.a=Ok(UPSTREAM)>"
    )


async def test_there_are_no_waves() -> None:
    """A dependent runs and settles while an unrelated slow step is still running."""
    source = ScriptedSource(
        {
            "slow": answers("s", after=4.5),
            "first": answers("f", after=1.0),
            "second": answers("g", after=1.0),
        }
    )
    ran = await run(plan_of(node("slow") & (node("first") >> node("second"))), source)
    assert (ran.started("second"), ran.ended("second")) == (1.0, 2.0)
    assert ran.ended("slow") == 4.5


async def test_a_plan_takes_as_long_as_its_longest_chain() -> None:
    """N parallel steps take the slowest one, a chain takes the sum."""
    source = ScriptedSource(
        {name: answers(name, after=1.0) for name in "abcde"}
        | {"e": answers("e", after=2.5)}
    )
    graph = (node("a") >> (node("b") & node("c")) >> node("d")) & node("e")
    await run(plan_of(graph), source)
    assert LoopClock().now() == 3.0
    assert source.most_running == 3


async def test_a_step_waits_for_all_of_its_dependencies() -> None:
    """It starts with the last of them, not with the first."""
    source = ScriptedSource(
        {
            "a": answers(1, after=1.0),
            "b": answers(2, after=3.0),
            "c": answers(3),
        }
    )
    ran = await run(plan_of((node("a") & node("b")) >> node("c")), source)
    assert ran.started("c") == 3.0


async def test_an_empty_plan_is_done_at_once() -> None:
    """Nothing selected that needs a step: nothing runs."""
    ran = await run(plan_of(Graph({})), ScriptedSource({}))
    assert ran.store.results == {}


async def test_a_failed_optional_step_skips_only_those_that_need_it() -> None:
    """The reader is skipped because of it; neighbours are untouched."""
    source = ScriptedSource({"a": fails(status=503), "c": answers("c")})
    ran = await run(plan_of((node("a") >> node("b")) & node("c")), source)
    assert ran["a"] == Failed(
        Failure(
            Code.UPSTREAM_STATUS,
            "The source answered with status 503.",
            attempts=1,
            status=503,
        )
    )
    assert ran["b"] == Skipped(SkipReason.DEPENDENCY, because_of=instance("a"))
    assert ran["c"] == Ok("c", Provenance.UPSTREAM)
    assert source.counts == {"a": 1, "c": 1}


async def test_a_failed_required_step_ends_its_root_and_cancels_its_siblings() -> None:
    """Nothing of the root is wanted any more, so nothing of it goes on running."""
    source = ScriptedSource({"a": fails(status=500, after=1.0), "slow": hangs()})
    graph = node("a", role=REQUIRED) & (node("slow") >> node("after"))
    ran = await run(plan_of(graph), source)
    await asyncio.sleep(0)
    assert LoopClock().now() == 1.0
    assert (source.cancelled, source.running) == (["slow"], 0)
    gone = Skipped(SkipReason.DEPENDENCY, because_of=instance("a"))
    assert (ran["slow"], ran["after"]) == (gone, gone)
    assert ran.store.broken == {"customer": instance("a")}


async def test_a_broken_root_leaves_the_others_alone() -> None:
    """A required failure concerns its own root field only."""
    source = ScriptedSource({"a": fails(status=500), "b": answers("b", after=1.0)})
    plan = together(
        plan_of(node("a", role=REQUIRED), root="one"), plan_of(node("b"), root="two")
    )
    ran = await run(plan, source)
    assert ran.store.broken == {"one": instance("a", "one")}
    assert ran["b"] == Ok("b")


async def test_a_call_that_two_roots_share_outlives_one_of_them() -> None:
    """What another root still waits for is not cancelled with the first."""
    source = ScriptedSource({"bad": fails(after=1.0), "x": answers("x", after=2.0)})
    shared = node("x")
    plan = together(
        plan_of(node("bad", role=REQUIRED) & shared, root="one"),
        plan_of(shared, root="two"),
    )
    ran = await run(plan, source)
    assert source.counts == {"bad": 1, "x": 1}
    assert ran.store[instance("x", "two")] == Ok("x", Provenance.SHARED)


async def test_what_is_ready_at_the_deadline_is_the_answer() -> None:
    """Steps that have not settled fail, running calls are cancelled, in time."""
    source = ScriptedSource({"quick": answers("q", after=1.0), "slow": hangs()})
    graph = node("quick") & (node("slow", timeout=60.0) >> node("after"))
    ran = await run(plan_of(graph, deadline=2.0), source)
    await asyncio.sleep(0)
    passed = Failure(
        Code.DEADLINE_EXCEEDED, "The operation's deadline of 2000 ms passed."
    )
    assert LoopClock().now() == 2.0
    assert ran["quick"] == Ok("q")
    assert ran["slow"] == Failed(replace(passed, attempts=1))
    assert ran["after"] == Failed(passed)
    assert source.cancelled == ["slow"]


async def test_a_required_step_that_is_late_breaks_its_root() -> None:
    """Unsettled at the deadline is failed."""
    source = ScriptedSource({"slow": hangs()})
    ran = await run(
        plan_of(node("slow", role=REQUIRED, timeout=60.0), deadline=2.0), source
    )
    assert ran.store.broken == {"customer": instance("slow")}


async def test_an_attempt_ends_at_its_own_timeout() -> None:
    """The step fails; the operation goes on."""
    source = ScriptedSource({"a": hangs(), "b": answers("b", after=1.0)})
    ran = await run(plan_of(node("a", timeout=0.5) & node("b")), source)
    assert ran["a"] == Failed(
        Failure(Code.UPSTREAM_TIMEOUT, "No answer within 500 ms.", attempts=1)
    )
    assert (ran.ended("a"), source.cancelled) == (0.5, ["a"])


async def test_the_timeout_begins_with_asking_for_a_slot() -> None:
    """Waiting for a slot of the source counts; a call that never began is not made."""
    source = ScriptedSource({"a": answers(1, after=3.0), "b": answers(2)})
    graph = node("a") & node("b", timeout=1.0)
    ran = await run(plan_of(graph), source, limit=1)
    assert (ran["a"], ran.ended("b")) == (Ok(1), 1.0)
    assert source.counts == {"a": 1}


async def test_a_source_gets_at_most_its_limit_at_a_time() -> None:
    """The others wait their turn, first come first."""
    source = ScriptedSource({name: answers(name, after=1.0) for name in "abcd"})
    graph = node("a") & node("b") & node("c") & node("d")
    ran = await run(plan_of(graph), source, limit=2)
    assert source.most_running == 2
    assert [ran.ended(name) for name in "abcd"] == [1.0, 1.0, 2.0, 2.0]


async def test_cancelling_the_request_cancels_its_calls() -> None:
    """A client that has gone leaves no call behind."""
    source = ScriptedSource({"a": hangs(), "b": hangs()})
    running = asyncio.create_task(run(plan_of(node("a") & node("b")), source))
    await asyncio.sleep(1.0)
    assert source.running == 2
    running.cancel()
    await asyncio.wait([running])
    await asyncio.sleep(0.5)
    assert running.cancelled()
    assert (sorted(source.cancelled), source.running) == (["a", "b"], 0)


async def test_no_call_is_made_after_the_request_is_cancelled() -> None:
    """A dependent never starts, even if its dependency could still answer."""
    released = asyncio.Event()
    source = ScriptedSource({"a": waits(released), "b": answers("b")})
    running = asyncio.create_task(run(plan_of(node("a") >> node("b")), source))
    await asyncio.sleep(1.0)
    running.cancel()
    released.set()
    await asyncio.wait([running])
    await asyncio.sleep(5.0)
    assert source.counts == {"a": 1}


async def test_a_bug_of_ours_fails_its_step_and_nothing_hangs() -> None:
    """The client learns a code, the observer learns the rest."""

    async def explode(_call: object) -> object:
        raise ZeroDivisionError("boom")

    source = ScriptedSource({"a": explode, "b": answers("b")})  # type: ignore[dict-item]
    ran = await run(plan_of(node("a") & node("b")), source)
    assert ran["a"] == Failed(Failure(Code.INTERNAL_SERVER_ERROR, "Internal error."))
    assert ran["b"] == Ok("b")
    (crash,) = (event for event in ran.events if isinstance(event, Crashed))
    assert (crash.where, str(crash.error)) == ("customer.a", "boom")


async def test_every_step_is_told_once_with_its_outcome() -> None:
    """One event a step: status, code, and how long it took."""
    source = ScriptedSource({"a": fails(ErrorClass.CONNECT, after=2.0)})
    ran = await run(plan_of(node("a") >> node("b")), source)
    told = [event for event in ran.events if isinstance(event, StepSettled)]
    assert [(e.step.step, e.status, e.code, e.seconds) for e in told] == [
        ("a", "failed", Code.UPSTREAM_UNREACHABLE, 2.0),
        ("b", "skipped", None, 0.0),
    ]


async def test_a_call_cancelled_with_its_root_can_be_made_again_by_another() -> None:
    """A root whose time is up takes its call with it; a later asker gets a new one."""
    source = ScriptedSource({"x": [hangs(), answers("x")], "wait": answers(1, after=3)})
    x = node("x", timeout=60.0)
    plan = together(
        plan_of(x, root="one", deadline=1.0),
        plan_of(node("wait") >> x, root="two", deadline=10.0),
    )
    ran = await run(plan, source)
    assert ran.store[instance("x", "two")] == Ok("x")
    assert LoopClock().now() == 3.0
