"""Laws of planning and execution, tried on random profiles and selections.

A profile is a random DAG of steps: some with a source, some without, some that fail,
some under a condition. The selection is a random part of its fields.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import Code
from gateway.execution.model import Failed, Ok, Skipped, StepResult
from gateway.plan.graph import closure
from gateway.plan.model import Plan
from gateway.profile.model import Profile, Reads, Role, Step
from gateway.record import replace
from gateway.testing import Behaviour, ScriptedSource, answers, fails, run_virtual
from tests.kit import Ran, planned, profile, run, step

NAMES = "abcdefgh"
Names = tuple[str, ...]


@dataclass(frozen=True, repr=False)
class World:
    """A profile, how long each source takes in two runs, and which ones fail."""

    profile: Profile
    delays: tuple[Mapping[str, float], Mapping[str, float]]
    failing: frozenset[str]

    def __repr__(self) -> str:
        steps = self.profile.steps.values()
        return repr([(s.name, s.reads.steps, s.after, s.role.value) for s in steps])

    def source(self, run: int) -> ScriptedSource:
        return ScriptedSource(
            {name: self._behaviour(name, run) for name in self.profile.steps}
        )

    def _behaviour(self, name: str, run: int) -> Behaviour:
        after = self.delays[run][name]
        if name in self.failing:
            return fails(status=500, after=after)
        return answers({"from": name}, after=after)


@st.composite
def worlds(draw: st.DrawFn, *, required: bool = False) -> World:
    count = draw(st.integers(1, len(NAMES)))
    steps = [draw(_steps(NAMES[:n], NAMES[n])) for n in range(count)]
    if required:
        chosen = draw(st.sampled_from(range(count)))
        steps[chosen] = replace(steps[chosen], role=Role.REQUIRED)
    names = [one.name for one in steps]
    delay = st.sampled_from([0.0, 0.25, 0.5, 1.0])  # all in a row: within the deadline
    times = st.fixed_dictionaries(dict.fromkeys(names, delay))
    failing = draw(st.frozensets(st.sampled_from(names), max_size=2))
    return World(profile(*steps), (draw(times), draw(times)), failing)


@st.composite
def _steps(draw: st.DrawFn, earlier: str, name: str) -> Step:
    reads = (
        draw(st.lists(st.sampled_from(earlier), unique=True, max_size=3))
        if earlier
        else []
    )
    needed = {one: draw(st.booleans()) for one in reads}
    others = [one for one in earlier if one not in reads]
    after = draw(st.lists(st.sampled_from(others), max_size=1)) if others else []
    keys: dict[str, object] = {"reads": Reads(steps=needed), "after": frozenset(after)}
    kind = draw(st.sampled_from(["call", "call", "value", "off"]))
    if kind == "value":
        keys["value"] = {"from": name}
    if kind == "off":
        keys["when"] = "1 == 2"
    return step(name, **keys)


def selections(world: World) -> st.SearchStrategy[Names]:
    names = st.sampled_from(sorted(world.profile.steps))
    return st.lists(names, min_size=1, unique=True).map(tuple)


def chosen(draw: st.DataObject, world: World) -> Names:
    return draw.draw(selections(world), label="selection")


def ran(world: World, plan: Plan, order: int = 0) -> Ran:
    return run_virtual(run(plan, world.source(order)))


@given(worlds(required=True), st.data())
def test_every_planned_step_settles_exactly_once(
    world: World, data: st.DataObject
) -> None:
    """The store refuses a second write; here every step has had its first."""
    plan = planned(world.profile, *chosen(data, world))
    came = ran(world, plan)
    assert sorted(came.store.results) == sorted(one.id for one in plan.steps)
    assert _codes(came).isdisjoint({Code.INTERNAL_SERVER_ERROR})


@given(worlds(), st.data())
def test_no_step_starts_before_what_it_waits_for_has_settled(
    world: World, data: st.DataObject
) -> None:
    """A call goes out at or after the end of each of its dependencies."""
    plan = planned(world.profile, *chosen(data, world))
    came = ran(world, plan)
    times = came.store.timings
    for one in plan.steps:
        for before in one.depends_on:
            assert times[before].ended <= times[one.id].started


@given(worlds(), st.data())
def test_a_step_starts_the_moment_its_last_dependency_settles(
    world: World, data: st.DataObject
) -> None:
    """No waves, no polling: not an instant later."""
    plan = planned(world.profile, *chosen(data, world))
    times = ran(world, plan).store.timings
    for one in plan.steps:
        ready = max((times[before].ended for before in one.depends_on), default=0.0)
        assert times[one.id].started == ready


@given(worlds(), st.data())
def test_the_answer_does_not_depend_on_the_order_of_finishing(
    world: World, data: st.DataObject
) -> None:
    """The same replies in another order are the same results."""
    plan = planned(world.profile, *chosen(data, world))
    first, second = ran(world, plan, 0), ran(world, plan, 1)
    assert _results(first) == _results(second)
    assert first.source.counts == second.source.counts


@given(worlds(), st.data())
def test_a_plan_is_the_closure_of_its_selection(
    world: World, data: st.DataObject
) -> None:
    """What the selected fields need, over however many others, and nothing else."""
    selected = chosen(data, world)
    plan = planned(world.profile, *selected)
    wanted = closure(world.profile.steps, selected)
    assert {one.id.step for one in plan.steps} == wanted
    (root,) = plan.roots
    assert wanted.isdisjoint(root.left_out)
    assert wanted | root.left_out.keys() == world.profile.steps.keys()


@given(worlds(), st.data())
def test_removing_a_selected_field_never_adds_a_step(
    world: World, data: st.DataObject
) -> None:
    """Asking for less never costs more."""
    selected = chosen(data, world)
    less = planned(world.profile, *selected[1:])
    more = planned(world.profile, *selected)
    assert {one.id for one in less.steps} <= {one.id for one in more.steps}


@given(worlds(), st.data())
def test_a_plan_is_in_topological_order(world: World, data: st.DataObject) -> None:
    """Each step stands after everything it waits for."""
    seen: set[object] = set()
    for one in planned(world.profile, *chosen(data, world)).steps:
        assert one.depends_on <= seen
        seen.add(one.id)


@given(worlds(), st.data())
def test_plans_of_equal_questions_are_equal(world: World, data: st.DataObject) -> None:
    """A plan is a value: its digest stands for it."""
    selected = chosen(data, world)
    one, other = (planned(world.profile, *selected) for _ in range(2))
    assert (one, one.digest) == (other, other.digest)


@given(worlds(), st.data())
def test_every_source_is_called_at_most_once_for_a_step(
    world: World, data: st.DataObject
) -> None:
    """However many fields and steps read it."""
    plan = planned(world.profile, *chosen(data, world))
    assert set(ran(world, plan).source.counts.values()) <= {1}


@given(st.lists(st.integers(0, 2), min_size=1, max_size=6))
def test_equal_calls_are_sent_once(kinds: list[int]) -> None:
    """Calls of equal target and inputs are one; others are their own."""
    targets = {kind: f"target {kind}" for kind in kinds}
    steps = [step(NAMES[n], target=targets[kind]) for n, kind in enumerate(kinds)]
    source = ScriptedSource({one.name: answers(1, after=1.0) for one in steps})
    came = run_virtual(run(planned(profile(*steps), *NAMES[: len(kinds)]), source))
    assert sum(came.source.counts.values()) == len(set(kinds))
    assert all(result == Ok(1, result.provenance) for result in _oks(came))


@given(worlds(required=True), st.data())
def test_a_failure_is_never_silent(world: World, data: st.DataObject) -> None:
    """Each step that needs a failed or skipped one says because of which."""
    plan = planned(world.profile, *chosen(data, world))
    came = ran(world, plan)
    for one in plan.steps:
        result = came.store[one.id]
        if isinstance(result, Skipped) and result.is_failure:
            assert result.because_of in came.store.results


def _results(came: Ran) -> Mapping[object, StepResult]:
    """What each step came to; which of several equal causes is named may differ."""
    return {
        id_: replace(result, because_of=None) if isinstance(result, Skipped) else result
        for id_, result in came.store.results.items()
    }


def _oks(came: Ran) -> list[Ok]:
    return [r for r in came.store.results.values() if isinstance(r, Ok)]


def _codes(came: Ran) -> set[Code]:
    results = came.store.results.values()
    return {r.failure.code for r in results if isinstance(r, Failed)}
