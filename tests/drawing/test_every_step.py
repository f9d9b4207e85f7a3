"""Whatever a plan is: all of it is in the picture, once, and nothing covers it."""

from __future__ import annotations

from itertools import combinations
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.drawing.placing import Area
from tests.drawing.kit import drawn, edges_in, picture, plan, step, steps_in


@st.composite
def plans(draw: st.DrawFn) -> dict[str, Any]:
    """Plans without rounds: each step waits for some of those before it."""
    count = draw(st.integers(0, 12))
    ids = [f"o.{number}" for number in range(count)]
    steps = []
    for number, id_ in enumerate(ids):
        before = st.lists(st.sampled_from(ids[:number]), unique=True, max_size=4)
        after = draw(before) if number else []
        rungs = draw(st.lists(st.sampled_from([*ids, "o.a", "value"]), max_size=2))
        parents = draw(st.sampled_from([None, "Account"]))
        steps.append(step(id_, *after, fallback=rungs, parents=parents))
    names = st.sampled_from(["a", "b", "c", "d"])
    reasons = st.sampled_from(["not_selected", "only_on_failure", "denied"])
    left = draw(st.dictionaries(names, reasons))
    path = draw(st.lists(st.sampled_from(ids), unique=True)) if ids else []
    return plan(*steps, left_out=left, critical_path=path)


@settings(max_examples=30, deadline=None)
@given(plans())
def test_every_step_and_every_edge_is_drawn_once(shown: dict[str, Any]) -> None:
    """Those of the plan by their id, those left out by their name or a fallback's."""
    svg = drawn(shown)
    ids = [one["id"] for one in shown["steps"]]
    rungs = {rung for one in shown["steps"] for rung in one["fallback"]}
    left = ["o.a" if n == "a" and "o.a" in rungs else n for n in shown["left_out"]]
    assert steps_in(svg) == dict.fromkeys([*ids, *left], 1)
    firm = {(b, one["id"]) for one in shown["steps"] for b in one["depends_on"]}
    there = {*ids, *left}
    falls = {
        (one["id"], rung)
        for one in shown["steps"]
        for rung in one["fallback"]
        if rung in there and rung != one["id"]
    }
    both = firm & falls
    wanted = dict.fromkeys(firm | falls, 1) | dict.fromkeys(both, 2)
    assert edges_in(svg) == wanted


@settings(max_examples=30, deadline=None)
@given(plans())
def test_no_box_is_on_top_of_another(shown: dict[str, Any]) -> None:
    """Nor beyond the picture's edge."""
    found = picture(shown)
    boxes = [found.within.areas[box.id] for box in found.graph.boxes]
    boxes += found.aside.values()
    assert not [pair for pair in combinations(boxes, 2) if _meet(*pair)]
    for area in boxes:
        assert area.x >= 0
        assert area.y >= 0
        assert area.x + area.width <= found.width
        assert area.y + area.height <= found.height


def _meet(one: Area, other: Area) -> bool:
    apart = one.x + one.width <= other.x or other.x + other.width <= one.x
    return not (
        apart or one.y + one.height <= other.y or other.y + other.height <= one.y
    )


@settings(max_examples=30, deadline=None)
@given(plans())
def test_time_goes_to_the_right(shown: dict[str, Any]) -> None:
    """A step stands to the right of all that it waits for."""
    areas = picture(shown).within.areas
    for one in shown["steps"]:
        for before in one["depends_on"]:
            assert areas[before].x < areas[one["id"]].x
