"""Calls for objects: by the short ways and by the long one they come to the same."""

from __future__ import annotations

import asyncio
import gc
from typing import ClassVar, NamedTuple

import pytest

from gateway.clock import LoopClock
from gateway.errors import ErrorClass, UpstreamError
from gateway.execution.engine import Engine
from gateway.execution.guards.bulkhead import Bulkhead
from gateway.execution.model import Counts, Failed, Join, Ok, StepResult
from gateway.execution.upstream import Upstream
from gateway.plan.model import Plan
from gateway.plan.planner import make_plan
from gateway.profile.model import Reads, Retry, Role
from gateway.record import replace
from gateway.telemetry.events import Crashed, Event
from tests.execution.test_join import BANK
from tests.execution.test_swift import BUSY, DOWN, NEVER, Sudden
from tests.garbage import all_of, left_of
from tests.kit import (
    ROOT,
    asked,
    audience,
    entity,
    profile,
    request,
    segment,
    selection,
    step,
)

WAYS = ("dash", "swift", "long")
THREE = ("b1", "b2", "b1")
"""Three accounts of two branches."""


class Laned(Sudden):
    """A source with runways."""

    has_lanes: ClassVar[bool] = True


class Came(NamedTuple):
    """What came of the branches of some accounts."""

    found: list[StepResult] | StepResult
    counts: Counts | None
    attempts: int
    took: float
    events: list[type[Event]]


def plan(*ids: str | None, deadline: float = 10.0, **keys: object) -> Plan:
    """A static list of accounts, each of which has its branch from a source."""
    branch = step(
        "branch",
        fills="Account",
        fields={"branch": None},
        inputs={"id": segment("self.branchId")},
        reads=Reads(own=frozenset({"branchId"})),
        **keys,
    )
    accounts = step("accounts", value=[{"branchId": one} for one in ids])
    of = profile(accounts, entities={"Account": entity("Account", branch)})
    below = asked("branch", "Branch", asked("city", "String"))
    root = asked(ROOT, "Customer", asked("accounts", "[Account!]", below))
    made = make_plan(selection(root), audience(of), BANK, {})
    roots = tuple(replace(one, deadline=deadline) for one in made.roots)
    return replace(made, roots=roots)


def source_of(way: str, script: list[object]) -> Sudden:
    kind = Laned if way == "dash" else Sudden
    return kind(list(script), after=1.0, short=way != "long")


async def ask(source: Sudden, made: Plan, limit: int = 64) -> Came:
    """One request for branches; nothing of it is under way when it is over."""
    upstream = Upstream("s", source, Bulkhead(limit), jitter=lambda: 0.0)
    events: list[Event] = []
    started = LoopClock().now()
    engine = Engine({"s": upstream}, LoopClock(), events.append)
    store = (await engine.execute(made, request(), {})).store
    first, id_ = sorted(store.results, key=lambda each: each.step)
    accounts = store[first].value  # type: ignore[union-attr]
    result, took = store[id_], LoopClock().now() - started
    assert upstream.bulkhead.running == 0
    kinds = [type(event) for event in events]
    attempts = store.timings[id_].attempts
    join = result.value if isinstance(result, Ok) else None
    if not isinstance(join, Join):
        return Came(result, None, attempts, took, kinds)
    found = [join.outcomes[id(account)] for account in accounts]
    return Came(found, join.counts, attempts, took, kinds)


async def test_equal_calls_on_the_runway_are_one_and_none_makes_a_task() -> None:
    """They fly together, and each parent has an outcome of its own."""
    source = source_of("dash", [1, 2])
    before = len(asyncio.all_tasks())
    came = await ask(source, plan(*THREE))
    assert (came.found, came.counts) == ([Ok(1), Ok(2), Ok(1)], Counts(3, 2, 2))
    assert (came.attempts, came.took) == (2, 1.0)
    assert (source.dashed, source.called, source.tasks) == (2, 0, before)


RETRY = {"retry": Retry(2, frozenset({"5xx", "timeout"}))}
CASES: dict[str, tuple[list[object], Plan]] = {
    "as it is": ([1, 2], plan(*THREE)),
    "no parents": ([1], plan()),
    "a null key": ([1, 2], plan("b1", None, "b2")),
    "an unusable key": ([1], plan("b1", "..")),
    "one fails": ([DOWN, 2], plan(*THREE)),
    "one breaks a root": ([DOWN, 2], plan(*THREE, role=Role.REQUIRED)),
    "one is tried again": ([DOWN, 2, 3], plan(*THREE, **RETRY)),
    "none answers": ([NEVER], plan(*THREE, timeout=2.0)),
    "one is late for the operation": ([1, NEVER], plan(*THREE, deadline=3.0)),
    "a reply is selected": ([1, 2], plan(*THREE, select="response.body + 1")),
    "an odd reply": ([UpstreamError("odd", kind=ErrorClass.INVALID)], plan(*THREE)),
    "a bug of ours": ([RuntimeError("bug")], plan(*THREE)),
}


@pytest.mark.parametrize("limit", [64, 1])
@pytest.mark.parametrize(("script", "made"), CASES.values(), ids=CASES)
async def test_all_ways_come_to_the_same(
    script: list[object], made: Plan, limit: int
) -> None:
    """Outcomes, counts, attempts, time and events, also in turns."""
    short, other, long = [await ask(source_of(w, script), made, limit) for w in WAYS]
    assert short == long
    assert other == long


async def test_one_without_a_free_connection_goes_the_long_way() -> None:
    """The others stay on the runway."""
    source = source_of("dash", [1, BUSY, 2])
    came = await ask(source, plan("b1", "b2"))
    assert (came.found, source.dashed, source.begun) == ([Ok(1), Ok(2)], 1, 2)


async def test_in_turns_no_more_fly_than_the_source_allows() -> None:
    """Each begins when one before it is over."""
    source = source_of("dash", [1])
    came = await ask(source, plan("b1", "b2", "b3"), limit=2)
    assert (came.took, source.dashed) == (2.0, 3)


async def test_a_bug_of_ours_is_told_once_and_ends_the_others() -> None:
    """The step fails as a whole; nothing of it goes on."""
    source = source_of("dash", [RuntimeError("bug"), NEVER])
    came = await ask(source, plan("b1", "b2"))
    assert isinstance(came.found, Failed)
    assert (came.events.count(Crashed), source.left) == (1, 1)


@pytest.mark.parametrize("way", WAYS)
async def test_who_leaves_ends_what_flies_for_its_objects(way: str) -> None:
    """The client has gone: calls are given up, and none follows."""
    source = source_of(way, [NEVER])
    asking = asyncio.create_task(ask(source, plan("b1", "b2", "b3"), limit=2))
    await asyncio.sleep(1.0)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert source.begun + source.called == 2
    assert source.left == source.begun


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "script", [[1], [DOWN], [NEVER]], ids=("answer", "failure", "nothing")
)
async def test_what_objects_made_is_freed_as_it_ends(
    way: str, script: list[object]
) -> None:
    """Without looking for garbage: nothing of it refers to itself."""
    made, source = plan(*THREE, timeout=1.0, **RETRY), source_of(way, script)
    gc.collect()
    gc.disable()
    before = all_of("gateway.execution")
    try:
        await ask(source, made)
        await asyncio.sleep(20.0)  # timers of what is over have passed
        source.hearings.clear()  # ours
        left = left_of("gateway.execution", before)
    finally:
        gc.enable()
    assert left == []
