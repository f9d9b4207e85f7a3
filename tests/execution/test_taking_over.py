"""Where a run takes over from a sprint, nothing is lost, doubled or held on to."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest

from gateway.connectors.base import Call
from gateway.connectors.hearing import GiveUp, Hearing
from gateway.errors import Code
from gateway.execution.course import Course
from gateway.execution.model import Failed, Join, Ok
from gateway.execution.reading import Reader
from gateway.execution.run import Run
from gateway.execution.sprint import Sprint
from gateway.plan.model import Plan
from gateway.plan.planner import make_plan
from gateway.profile.model import Reads, Role, Sharing, Step
from gateway.telemetry.events import Event, StepSettled
from gateway.testing import run_virtual
from tests.execution.test_sprint import STEPS, Laned, World, plan
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
from tests.sudden import DOWN, NEVER, Sudden

ROWS = [{"id": "1"}, {"id": "2"}, {"id": "3"}]


def for_each(name: str, **keys: object) -> Step:
    """A step that asks for each row of ``a``."""
    usual: dict[str, object] = {
        "source": name,
        "fills": "Row",
        "fields": {name: None},
        "inputs": {"id": segment("self.id")},
        "reads": Reads(own=frozenset({"id"})),
    }
    return step(name, **{**usual, **keys})


def plan_with_rows(*steps: Step, beside: bool = True) -> Plan:
    """``a`` gives rows, of which `steps` are; ``c`` stands beside."""
    first = [step(name, source=name) for name in ("a", "c")[: 1 + beside]]
    names = [one.name for one in steps]
    of = profile(*first, entities={"Row": entity("Row", *steps)})
    bank = shapes(
        Customer={"a": "[Row]", "c": "JSON"}, Row=dict.fromkeys(names, "JSON")
    )
    fields = [asked("a", "[Row]", *map(asked, names)), asked("c")][: 1 + beside]
    root = asked(ROOT, "Customer", *fields)
    return make_plan(selection(root), audience(of), bank, {})


def begun(world: World, course: Course, told: Callable[[Reader], None]) -> Run | Sprint:
    return world.engine.begin(course, request(), {}, told)


def calls(world: World) -> list[int]:
    return [source.begun + source.called for source in world.sources.values()]


async def ran(world: World, course: Course, after: float = 0.0) -> Reader:
    await asyncio.sleep(after)
    return await world.engine.execute(course, request(), {})


@pytest.mark.parametrize("kind", [Sudden, Laned])
def test_steps_that_a_sprint_has_settled_count_among_a_requests_calls(
    kind: type[Sudden],
) -> None:
    """A run that takes over for several objects makes no more calls than are left."""
    world = World.of(kind, {"a": [ROWS], "b": [1], "c": [NEVER]})
    world.engine.most_calls = 4
    run_virtual(ran(world, Course.of(plan_with_rows(for_each("b")))))
    assert calls(world) == [1, 2, 1]


def test_a_call_for_an_object_counts_for_the_one_who_made_it() -> None:
    """Whoever rode along made none."""
    course = Course.of(plan_with_rows(for_each("b", share=Sharing.ALL)))
    found = []
    for kind in (Sudden, Laned):
        world = World.of(kind, {"a": [ROWS[:1]], "b": [2], "c": [3]})
        found.append(run_virtual(_counts(world, course)))
    assert found[0] == found[1]
    assert found[1] == [(1, 1, 1, 0), (1, 1, 0, 1)]


async def _counts(world: World, course: Course) -> list[tuple[int, ...]]:
    readers = await asyncio.gather(ran(world, course), ran(world, course))
    made = [
        result.value.counts
        for reader in readers
        for result in reader.store.results.values()
        if isinstance(result, Ok) and isinstance(result.value, Join)
    ]
    return [(one.asked, one.unique, one.calls, one.shared) for one in made]


@dataclass
class Broken(Laned):
    """One whose code fails where a call should leave."""

    def begin(self, call: Call[Any], hearing: Hearing) -> GiveUp | None:
        raise RuntimeError(f"it cannot: {call} {hearing}")


async def test_nobody_waits_for_a_call_that_never_left() -> None:
    """A bug of a source costs its step, at once, and is found in the air by nobody."""
    world = World.of(Laned, {"a": [1], "b": [2], "c": [3]})
    world.engine.upstreams["b"].source.begin = Broken([2]).begin  # type: ignore[attr-defined]
    course = Course.of(plan())
    store = (await ran(world, course)).store
    failed = store[instance("b")]
    assert isinstance(failed, Failed)
    assert failed.failure.code is Code.INTERNAL_SERVER_ERROR
    assert [store[instance(name)] for name in "ac"] == [Ok(1), Ok(3)]
    assert world.engine.abroad is not None
    assert len(world.engine.abroad.commons.in_flight) == 0


async def test_a_bug_of_one_who_rode_along_is_nobody_elses() -> None:
    """Whose call it is goes on, and so does everybody else."""
    world, course = World.of(Laned, {"a": [1], "b": [2], "c": [3]}), Course.of(plan())
    told: list[str] = []

    def failing(_: Reader) -> None:
        told.append("failing")
        raise RuntimeError("it cannot be told")

    asyncio.get_running_loop().set_exception_handler(lambda *_: None)
    begun(world, course, lambda _: told.append("first"))
    begun(world, course, failing)
    begun(world, course, lambda _: told.append("last"))
    await asyncio.sleep(5)
    assert told == ["first", "failing", "last"]


@pytest.mark.parametrize("came", [1, DOWN], ids=["answer", "failure"])
async def test_whoever_asked_first_hears_first(came: object) -> None:
    """Whether or not runs have taken over: as it is where none had to."""
    for kind in (Sudden, Laned):
        world, told = World.of(kind, {"a": [came]}), list[int]()
        course = Course.of(plan_of(node("a", source="a", share=Sharing.ALL)))
        for number in range(3):
            begun(world, course, partial(_told, told, number))
        await asyncio.sleep(5)
        assert (told, calls(world)) == ([0, 1, 2], [1])


def _told(told: list[int], number: int, _: Reader) -> None:
    told.append(number)


def test_a_root_that_breaks_as_its_ride_is_over_ends_its_other_rides() -> None:
    """They began when they did, and nothing goes on for them."""
    course, found = Course.of(plan(a=Role.REQUIRED)), []
    for kind in (Sudden, Laned):
        world = World.of(kind, {"a": [DOWN], "b": [NEVER], "c": [NEVER]})
        found.append(run_virtual(_times(world, course)))
        assert (world.held, world.sources["b"].left) == (0, 1)
    assert found[0] == found[1]


async def _times(world: World, course: Course) -> list[tuple[float, float, int]]:
    both = asyncio.gather(ran(world, course), ran(world, course, 0.2))
    timings = [reader.store.timings for reader in await both]
    return [
        (round(one.started, 2), round(one.ended, 2), one.attempts)
        for each in timings
        for one in (each[instance(name)] for name in STEPS)
    ]


@pytest.mark.parametrize("kind", [Sudden, Laned])
def test_a_step_of_the_whole_answer_is_read_whoever_fails_beside_it(
    kind: type[Sudden],
) -> None:
    """An object that no source gives is one, too: it waits for nobody."""
    news = step("b", source="b", fills="Customer", fields={"b": None})
    entities = {"Customer": entity("Customer", news)}
    of = profile(step("a", source="a"), entities=entities)
    bank = shapes(Customer={"a": "JSON", "b": "JSON"})
    root = asked(ROOT, "Customer", asked("a"), asked("b"))
    made = make_plan(selection(root), audience(of), bank, {})
    for came in (1, DOWN):
        world = World.of(kind, {"a": [came], "b": [2]})
        reader = run_virtual(ran(world, Course.of(made)))
        field = made.roots[0].field
        below = field.fields["Customer"]["b"]
        assert reader.read(below.read, reader.read(field.read, None)) == 2


async def test_a_sprint_that_cannot_begin_is_freed_as_its_run_ends() -> None:
    """With all that it read: nobody has to look for rounds."""
    odd = node("b", source="b", inputs={"id": segment("id")})
    course = Course.of(plan_of(node("a", source="a") & odd))
    world, told = World.of(Laned, {"a": [1], "b": [2]}), list[Reader]()
    bindings = {(ROOT,): {"id": "a b"}}
    gc.collect()
    gc.disable()
    try:
        under_way = world.engine.begin(course, request(), bindings, told.append)
        assert isinstance(under_way, Run)
        await asyncio.sleep(5)
        kept = [one for one in gc.get_objects() if isinstance(one, Sprint)]
    finally:
        gc.enable()
    assert (len(told), kept) == (1, [])


async def test_who_has_been_left_hears_of_no_call_that_ends() -> None:
    """A required object that fails ends its neighbour, which waited for that call."""
    told: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, said: told.append(said))
    world = World.of(Laned, {"a": [ROWS[:1]], "b": [DOWN], "c": [3]})
    both = [
        for_each("b", role=Role.REQUIRED),
        for_each("d", source="b", target="target of b"),
    ]
    store = (await ran(world, Course.of(plan_with_rows(*both)))).store
    await asyncio.sleep(5)
    assert [told, list(store.broken)] == [[], [ROOT]]


async def test_who_follows_where_a_run_took_over_is_that_runs() -> None:
    """A client that leaves as an empty list settles: nothing leaves for it any more."""
    world, told = World.of(Laned, {"a": [SHELF], "b": [2], "c": [3]}), list[Reader]()
    under_way = begun(world, Course.of(plan_of_a_shelf()), told.append)
    assert isinstance(under_way, Sprint)
    leaving = [under_way]
    del under_way

    def heard(event: Event) -> None:
        if isinstance(event, StepSettled) and event.step.step == "b":
            leaving.pop().leave()

    world.engine.observe = heard
    await asyncio.sleep(5)
    beside = world.sources["c"]
    assert (told, beside.begun, beside.left, world.held) == ([], 1, 1, 0)


SHELF = {"rows": [], "best": {"id": "1"}}


def plan_of_a_shelf() -> Plan:
    """``a`` gives rows, whose step is ``b``, and beside them one, whose is ``c``."""
    rows, best = for_each("b"), for_each("c", fills="Best")
    entities = {"Row": entity("Row", rows), "Best": entity("Best", best)}
    of = profile(step("a", source="a"), entities=entities)
    bank = shapes(
        Customer={"a": "Shelf"},
        Shelf={"rows": "[Row]", "best": "Best"},
        Row={"b": "JSON"},
        Best={"c": "JSON"},
    )
    fields = asked("rows", "[Row]", asked("b")), asked("best", "Best", asked("c"))
    root = asked(ROOT, "Customer", asked("a", "Shelf", *fields))
    return make_plan(selection(root), audience(of), bank, {})
