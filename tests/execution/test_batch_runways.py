"""A batch whose call leaves on a runway comes to what it comes to the long way."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.clock import LoopClock
from gateway.connectors.base import InputUse
from gateway.execution.course import Course
from gateway.execution.model import Join, Ok, Provenance, StepResult
from gateway.execution.reading import Reader
from gateway.execution.sprint import Sprint
from gateway.expression import template
from gateway.plan.model import Plan
from gateway.plan.planner import make_plan
from gateway.profile.model import Batch, Input, Reads, Retry, Role, Sharing
from gateway.record import replace
from gateway.testing import run_virtual
from tests.execution.test_sprint import Laned, World, knows_its_own
from tests.kit import ROOT, asked, audience, entity, profile, selection, shapes, step
from tests.kit import request as new_request
from tests.sudden import BUSY, DOWN, NEVER, Sudden

BANK = shapes(Customer={"a": "[Row!]", "c": "JSON"}, Row={"id": "ID", "b": "JSON"})
BATCH = Batch(template("${self.id}"), "id", 3, many=False, join=",")


def plan(batch: Batch, deadline: float = 30.0, role: Role = Role.OPTIONAL) -> Plan:
    """``a`` gives rows, ``b`` asks for all of them together, ``c`` stands beside."""
    retry = Retry(2, frozenset({"5xx"}))
    together = step(
        "b",
        source="b",
        fills="Row",
        fields={"b": None},
        inputs={"query.ids": Input(template("${keys}"), InputUse.VALUE)},
        reads=Reads(own=frozenset({"id"})),
        batch=batch,
        share=Sharing.ALL,
        retry=retry,
        role=role,
    )
    of = profile(
        step("a", source="a", retry=retry),
        step("c", source="c"),
        entities={"Row": entity("Row", together)},
    )
    rows = asked("a", "[Row!]", asked("id"), asked("b"))
    root = asked(ROOT, "Customer", rows, asked("c"))
    made = make_plan(selection(root), audience(of), BANK, {})
    roots = tuple(replace(one, deadline=deadline) for one in made.roots)
    return replace(made, roots=roots)


Came = tuple[Mapping[str, object], Mapping[str, int], float, int]


async def ran(world: World, course: Course) -> Came:
    """What every step and every row came to, in how many attempts, and how long."""
    reader = await world.engine.execute(course, new_request(), {})
    knows_its_own(course.plan, reader)
    store = reader.store
    ids = {one.id.step: one.id for one in course.plan.steps}
    return (
        {name: _told(store.results[id_]) for name, id_ in ids.items()},
        {name: store.timings[id_].attempts for name, id_ in ids.items()},
        round(LoopClock().now(), 3),
        world.held,
    )


def _told(result: StepResult) -> object:
    """Rows by their place, as no two runs have the same objects."""
    if not isinstance(result, Ok) or not isinstance(result.value, Join):
        return result
    join = result.value
    counts = join.counts
    told = [(parent, join.of(parent)) for parent in join.parents]
    return told, counts.asked, counts.unique, counts.calls, counts.shared


def row(key: object) -> dict[str, object]:
    return {"id": key}


ROWS = st.sampled_from(
    [
        [row("1"), row("2")],
        [row("1"), row("1"), row("x y")],
        [row("1"), row(None), {}],
        [row("1,2"), row("3")],
        [row(str(n)) for n in range(5)],
        [row(7)],
        [],
        7,
        DOWN,
    ]
)
ANSWERS = st.sampled_from(
    [
        [{"id": "1", "of": 1}, {"id": "2", "of": 2}],
        [{"id": "1", "of": "first"}, {"id": "1", "of": "second"}, {"id": "9"}],
        [{"id": 1, "of": 1}, None, {"id": None}],
        [{"of": 1}],
        {"1": 1},
        None,
        DOWN,
        NEVER,
        BUSY,
    ]
)
SCRIPTS = st.fixed_dictionaries(
    {
        "a": st.lists(ROWS, min_size=1, max_size=2),
        "b": st.lists(ANSWERS, min_size=1, max_size=3).filter(lambda s: s[-1] != BUSY),
        "c": st.just([1]),
    }
)
BATCHES = st.builds(
    lambda **keys: replace(BATCH, **keys),
    many=st.booleans(),
    strict=st.booleans(),
    most=st.sampled_from([1, 3, 100]),
    join=st.sampled_from([",", None]),
)


@given(SCRIPTS, BATCHES, st.sampled_from([*Role]), st.sampled_from([2.0, 6.0, 30.0]))
def test_a_batch_on_a_runway_comes_to_what_it_comes_to(
    scripts: Mapping[str, list[object]], batch: Batch, role: Role, deadline: float
) -> None:
    """Outcomes, counts, attempts, the time that it takes, and no slot is lost."""
    course = Course.of(plan(batch, deadline, role))
    worlds = [World.of(kind, scripts) for kind in (Sudden, Laned)]
    the_long_way, laned = (run_virtual(ran(one, course)) for one in worlds)
    assert laned == the_long_way
    assert laned[-1] == 0
    asked_for = [[s.begun + s.called for s in one.sources.values()] for one in worlds]
    assert asked_for[0] == asked_for[1]


async def several(world: World, course: Course) -> list[Came]:
    """Requests that ask for the same, one after the other by a moment."""

    async def later(seconds: float) -> Came:
        await asyncio.sleep(seconds)
        return await ran(world, course)

    return await asyncio.gather(*map(later, (0, 0, 0.2, 0.7)))


@given(SCRIPTS, st.sampled_from([2.0, 6.0, 30.0]))
def test_several_requests_come_to_what_they_come_to(
    scripts: Mapping[str, list[object]], deadline: float
) -> None:
    """Whose call it is, and who shares it, is the same on either way."""
    course = Course.of(plan(BATCH, deadline))
    worlds = [World.of(kind, scripts) for kind in (Sudden, Laned)]
    the_long_way, laned = (run_virtual(several(one, course)) for one in worlds)
    assert laned == the_long_way
    assert [one.held for one in worlds] == [0, 0]


async def test_the_usual_batch_is_part_of_a_sprint() -> None:
    """Its rows are joined as they come, and an empty list needs no call."""
    found = [{"id": "1", "of": 1}]
    for rows, calls in (([row("1"), row("1")], 1), ([], 0)):
        world = World.of(Laned, {"a": [rows], "b": [found], "c": [1]})
        told: list[Reader] = []
        course = Course.of(plan(BATCH))
        under_way = world.engine.begin(course, new_request(), {}, told.append)
        assert isinstance(under_way, Sprint)
        await asyncio.sleep(5)
        assert (under_way.run, under_way.left, len(told)) == (None, 0, 1)
        assert world.sources["b"].dashed == calls


async def test_the_usual_batch_leaves_on_its_runway() -> None:
    """One call for all of its keys, which other requests join meanwhile."""
    found = [{"id": "1", "of": 1}, {"id": "2", "of": 2}]
    world = World.of(Laned, {"a": [[row("1"), row("2")]], "b": [found], "c": [1]})
    course, told = Course.of(plan(BATCH)), list[Reader]()
    begun = [
        world.engine.begin(course, new_request(), {}, told.append) for _ in range(2)
    ]
    await asyncio.sleep(5)
    assert [one.run for one in begun if isinstance(one, Sprint)] == [None, None]
    assert (world.sources["b"].dashed, world.sources["b"].called) == (1, 0)
    world = World.of(Laned, {"a": [[row("1"), row("2")]], "b": [found], "c": [1]})
    both = await asyncio.gather(ran(world, course), ran(world, course))
    joins = [dict(came)["b"] for came, *_ in both]
    kinds = {outcome.provenance for told in joins for _, outcome in told[0]}  # type: ignore[index]
    assert kinds == {Provenance.UPSTREAM, Provenance.SHARED}


@pytest.mark.parametrize(
    "change",
    [{"wait_all": True}, {"window": 0.01}, {"join": None}, {"most": 1}],
    ids=str,
)
async def test_what_is_not_usual_leaves_as_it_always_did(
    change: Mapping[str, object],
) -> None:
    """Keys that wait for others, calls for some of them, keys that are no text."""
    found = [{"id": "1", "of": 1}, {"id": "2", "of": 2}]
    world = World.of(Laned, {"a": [[row("1"), row("2")]], "b": [found], "c": [1]})
    came, *_ = await ran(world, Course.of(plan(replace(BATCH, **change))))
    assert world.sources["b"].dashed == 0
    outcomes = [outcome for _, outcome in came["b"][0]]  # type: ignore[index]
    assert outcomes == [Ok(found[0]), Ok(found[1])]


def test_whoever_waits_for_anothers_call_waits_until_his_own_deadline() -> None:
    """The call goes on for those who have more time: it is tried again for them."""
    rows = [row("1"), row("2")]
    scripts = {"a": [rows], "b": [DOWN, NEVER], "c": [1]}
    course = Course.of(plan(BATCH, 6.0))
    worlds = [World.of(kind, scripts) for kind in (Sudden, Laned)]
    the_long_way, laned = (run_virtual(several(one, course)) for one in worlds)
    assert laned == the_long_way
    assert [seconds for _, _, seconds, _ in laned] == [6.0, 6.0, 6.2, 6.7]
