"""A plan whose steps all call at once comes to what it comes to step by step."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Mapping
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.cache.base import NoCache
from gateway.clock import LoopClock
from gateway.errors import Code
from gateway.execution.calls.caching import Abroad, Commons
from gateway.execution.course import Course
from gateway.execution.engine import Engine
from gateway.execution.guards.breaker import BreakerRule, Breakers
from gateway.execution.guards.bulkhead import Bulkhead
from gateway.execution.model import (
    Failed,
    Join,
    Ok,
    Provenance,
    Skipped,
    StepResult,
    Timing,
)
from gateway.execution.reading import Reader
from gateway.execution.run import Run
from gateway.execution.sprint import Sprint
from gateway.execution.upstream import Upstream
from gateway.plan.model import Plan
from gateway.plan.planner import make_plan
from gateway.profile.model import Reads, Retry, Role, Sharing
from gateway.record import asdict, replace
from gateway.response.reads import is_sound
from gateway.telemetry.events import Event
from gateway.testing import run_virtual
from gateway.watching.counting import Counted
from tests.kit import (
    ROOT,
    asked,
    audience,
    entity,
    instance,
    node,
    plan_of,
    profile,
    request,
    segment,
    selection,
    shapes,
    step,
)
from tests.sudden import BUSY, DOWN, NEVER, Sudden

STEPS = ("a", "b", "c")


class Laned(Sudden):
    """One whose calls may leave on a runway."""

    has_lanes: ClassVar[bool] = True


@dataclass
class World:
    """An engine over one source for each step."""

    sources: Mapping[str, Sudden]
    events: list[Event]
    engine: Engine

    @classmethod
    def of(cls, kind: type[Sudden], scripts: Mapping[str, list[object]]) -> World:
        after = {name: 0.5 + place for place, name in enumerate(STEPS)}
        sources = {n: kind(list(s), after=after[n]) for n, s in scripts.items()}
        events: list[Event] = []
        upstreams = {n: _upstream(n, source) for n, source in sources.items()}
        engine = Engine(
            upstreams,
            LoopClock(),
            events.append,
            Abroad(Commons(), NoCache(), nullcontext()),
        )
        return cls(sources, events, engine)

    @property
    def held(self) -> int:
        """Slots that are taken."""
        return sum(one.bulkhead.running for one in self.engine.upstreams.values())


def _upstream(name: str, source: Sudden) -> Upstream:
    breakers = Breakers(BreakerRule())
    return Upstream(name, source, Bulkhead(2), breakers=breakers, jitter=lambda: 0.0)


def plan(deadline: float = 10.0, **roles: Role) -> Plan:
    """Three steps side by side."""
    a, b, c = (
        node(
            name,
            source=name,
            share=Sharing.ALL,
            role=roles.get(name, Role.OPTIONAL),
            retry=Retry(2, frozenset({"5xx"})),
        )
        for name in STEPS
    )
    return plan_of(a & b & c, deadline=deadline)


@dataclass
class Came:
    """What a plan came to."""

    results: Mapping[str, StepResult]
    attempts: Mapping[str, int]
    seconds: float
    held: int


async def ran(world: World, course: Course, leaves: float | None = None) -> Came:
    """One request, whose client may leave."""
    executing = world.engine.execute(course, request(), {})
    reader = await asyncio.wait_for(executing, leaves)
    knows_its_own(course.plan, reader)
    store = reader.store
    ids = {step.id.step: step.id for step in course.plan.steps}
    timings: dict[str, Timing] = {n: store.timings[i] for n, i in ids.items()}
    return Came(
        {name: store.results[id_] for name, id_ in ids.items()},
        {name: timing.attempts for name, timing in timings.items()},
        round(LoopClock().now(), 3),
        world.held,
    )


def knows_its_own(plan: Plan, reader: Reader) -> None:
    """What is known of all results at once is what a look at each of them says."""
    at_once = _looked(plan, reader)
    reader.store.all_own = False
    assert _looked(plan, reader) == at_once


def _looked(plan: Plan, reader: Reader) -> object:
    counted = Counted()
    counted.ran(plan, reader.store, "whole", 1.0)
    series = counted.lines[id(plan)].steps.values()
    return is_sound(reader), [asdict(one) for one in series]


SAID = st.sampled_from([1, 2, DOWN, NEVER])
SCRIPTS = st.fixed_dictionaries(
    {name: st.lists(SAID, min_size=1, max_size=3) for name in STEPS}
)
ROLES = st.fixed_dictionaries({n: st.sampled_from([*Role]) for n in STEPS})


@given(SCRIPTS, ROLES, st.sampled_from([0.8, 4.0, 6.0, 30.0]))
def test_a_sprint_comes_to_what_a_run_comes_to(
    scripts: Mapping[str, list[object]], roles: Mapping[str, Role], deadline: float
) -> None:
    """Results, attempts, the time that it takes, and no slot is lost."""
    course = Course.of(plan(deadline, **roles))
    worlds = [World.of(kind, scripts) for kind in (Sudden, Laned)]
    step_by_step, sprinted = (run_virtual(ran(one, course)) for one in worlds)
    assert sprinted == step_by_step
    assert sprinted.held == 0
    asked = [[s.begun + s.called for s in one.sources.values()] for one in worlds]
    assert asked[0] == asked[1]


OBJECTS = st.sampled_from(
    [{"id": "1", "branchId": "b1"}, {"branchId": None}, [], 7, DOWN, NEVER]
)
WITH_OBJECTS = st.fixed_dictionaries(
    {"a": st.lists(OBJECTS, min_size=1, max_size=2)}
    | {name: st.lists(SAID, min_size=1, max_size=3) for name in ("b", "c")}
)


def plan_with_objects(deadline: float, role: Role) -> Plan:
    """``a`` gives an account, ``b`` its branch, and ``c`` stands beside them."""
    retry = Retry(2, frozenset({"5xx"}))
    branch = step(
        "b",
        source="b",
        fills="Account",
        fields={"branch": None},
        inputs={"id": segment("self.branchId")},
        reads=Reads(own=frozenset({"branchId"})),
        retry=retry,
        role=role,
    )
    of = profile(
        step("a", source="a", retry=retry),
        step("c", source="c", retry=retry),
        entities={"Account": entity("Account", branch)},
    )
    bank = shapes(Customer={"a": "Account", "c": "JSON"}, Account={"branch": "JSON"})
    account = asked("a", "Account", asked("branch"))
    root = asked(ROOT, "Customer", account, asked("c"))
    made = make_plan(selection(root), audience(of), bank, {})
    roots = tuple(replace(one, deadline=deadline) for one in made.roots)
    return replace(made, roots=roots)


@given(WITH_OBJECTS, st.sampled_from([*Role]), st.sampled_from([2.0, 6.0, 30.0]))
def test_a_sprint_with_objects_comes_to_what_a_run_comes_to(
    scripts: Mapping[str, list[object]], role: Role, deadline: float
) -> None:
    """The object that an answer gives is asked about as it comes."""
    course = Course.of(plan_with_objects(deadline, role))
    worlds = [World.of(kind, scripts) for kind in (Sudden, Laned)]
    step_by_step, sprinted = (run_virtual(ran(one, course)) for one in worlds)
    assert sprinted == step_by_step
    assert sprinted.held == 0
    asked_for = [[s.begun + s.called for s in one.sources.values()] for one in worlds]
    assert asked_for[0] == asked_for[1]


async def test_a_step_of_one_object_is_part_of_a_sprint() -> None:
    """No run takes over where the object has its key."""
    scripts = {"a": [{"branchId": "b1"}], "b": [2], "c": [3]}
    world, told = World.of(Laned, scripts), list[Reader]()
    course = Course.of(plan_with_objects(30.0, Role.OPTIONAL))
    under_way = begun(world, course, told)
    assert isinstance(under_way, Sprint)
    await asyncio.sleep(5)
    assert (under_way.run, len(told)) == (None, 1)
    assert told[0].store.all_own
    joined = next(
        result.value
        for id_, result in told[0].store.results.items()
        if id_.step == "b" and isinstance(result, Ok)
    )
    assert isinstance(joined, Join)
    assert joined.of(scripts["a"][0]) == Ok(2)
    assert [s.dashed for s in world.sources.values()] == [1, 1, 1]


@given(SCRIPTS, st.sampled_from([0.2, 0.7, 1.7, 5.5]))
def test_a_client_that_leaves_leaves_nothing_behind(
    scripts: Mapping[str, list[object]], after: float
) -> None:
    """Whatever was under way is given up, and its slot is free."""
    world, course = World.of(Laned, scripts), Course.of(plan())

    async def leaving() -> None:
        with suppress(TimeoutError):  # else it was over before
            await ran(world, course, after)

    run_virtual(leaving())
    assert world.held == 0
    assert all(s.over == s.dashed for s in world.sources.values())


def begun(world: World, course: Course, told: list[Reader]) -> Run | Sprint:
    return world.engine.begin(course, request(), {}, told.append)


async def test_the_usual_plan_is_a_sprint_from_beginning_to_end() -> None:
    """Every step calls at once, and no run takes over."""
    world, told = World.of(Laned, {"a": [1], "b": [2], "c": [3]}), list[Reader]()
    under_way = begun(world, Course.of(plan()), told)
    assert isinstance(under_way, Sprint)
    assert (under_way.left, told) == (3, [])
    await asyncio.sleep(3)
    assert (under_way.run, under_way.left, under_way.legs) == (None, 0, [])
    assert told[0].store.all_own
    assert [told[0].store[instance(n)] for n in STEPS] == [Ok(1), Ok(2), Ok(3)]


@pytest.mark.parametrize("change", ["dependent", "short", "odd"])
async def test_what_is_not_usual_is_no_sprint(change: str) -> None:
    """A step that waits, or an operation with less time than a step."""
    world, told = World.of(Laned, {"a": [1], "b": [2], "c": [3]}), list[Reader]()
    a, b, c = (node(name, source=name) for name in STEPS)
    graph = {"dependent": (a & b) >> c, "short": a & b & c, "odd": a & b & c}[change]
    course = Course.of(plan_of(graph, deadline=1.0 if change == "short" else 10.0))
    if change == "odd":
        course = Course.of(plan_of(a & node("b", source="b", when="true") & c))
    under_way = begun(world, course, told)
    assert isinstance(under_way, Run)
    under_way.leave()
    assert world.held == 0


async def test_a_step_without_a_connection_goes_the_long_way_and_the_others_stay() -> (
    None
):
    """What has left is not asked again."""
    scripts = {"a": [1], "b": [BUSY, BUSY, BUSY, 2], "c": [3]}
    world = World.of(Laned, scripts)
    came = await ran(world, Course.of(plan()))
    assert came.results == {"a": Ok(1), "b": Ok(2), "c": Ok(3)}
    calls = {n: (s.begun, s.called) for n, s in world.sources.items()}
    assert calls == {"a": (1, 0), "b": (0, 1), "c": (1, 0)}


async def test_equal_calls_of_two_requests_are_one() -> None:
    """Whoever comes while it is in the air joins it, and both hear; one leaves."""
    world = World.of(Laned, {"a": [1], "b": [2], "c": [3]})
    course, told = Course.of(plan()), list[Reader]()
    first, second = begun(world, course, told), begun(world, course, told)
    assert (isinstance(first, Sprint), second is first) == (True, False)
    await asyncio.sleep(1)  # a has come, for both
    first.leave()
    await asyncio.sleep(5)
    assert len(told) == 1
    shared = [Ok(n, Provenance.SHARED) for n in (1, 2, 3)]
    assert [told[0].store[instance(n)] for n in STEPS] == shared
    assert not told[0].store.all_own
    assert [(s.begun, s.called) for s in world.sources.values()] == [(1, 0)] * 3
    assert world.held == 0


async def test_a_required_step_that_fails_ends_the_others() -> None:
    """What still flies is given up, as the root is broken."""
    world = World.of(Laned, {"a": [DOWN], "b": [NEVER], "c": [3]})
    came = await ran(world, Course.of(plan(a=Role.REQUIRED)))
    failed = came.results["a"]
    assert isinstance(failed, Failed)
    assert failed.failure.code is Code.UPSTREAM_STATUS
    assert [type(came.results[n]) for n in ("b", "c")] == [Skipped, Skipped]
    assert world.sources["b"].left == 1


async def test_nothing_of_a_sprint_refers_to_itself_when_it_is_over() -> None:
    """It is freed as it ends: nobody has to look for rounds."""
    world, course = World.of(Laned, {"a": [1], "b": [2], "c": [3]}), Course.of(plan())
    told: list[Reader] = []
    begun(world, course, told)
    await asyncio.sleep(5)
    gc.collect()
    gc.disable()
    try:
        begun(world, course, told)
        await asyncio.sleep(5)
        told.clear()
        kept = [o for o in gc.get_objects() if isinstance(o, Sprint)]
    finally:
        gc.enable()
    assert kept == []


async def test_whoever_rides_along_and_leaves_ends_nobodys_call() -> None:
    """The call is another's; that one hears of it as if he had been alone."""
    world = World.of(Laned, {"a": [1], "b": [2], "c": [3]})
    course, told = Course.of(plan()), list[Reader]()
    first, second = begun(world, course, told), begun(world, course, told)
    assert [isinstance(one, Sprint) for one in (first, second)] == [True, True]
    await asyncio.sleep(0.7)  # a has come, for both
    second.leave()
    await asyncio.sleep(5)
    assert [told[0].store[instance(n)] for n in STEPS] == [Ok(1), Ok(2), Ok(3)]
    assert (len(told), [s.left for s in world.sources.values()]) == (1, [0, 0, 0])
    assert world.held == 0
