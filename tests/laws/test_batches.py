"""Laws of batches, tried on random parents, keys, rows and chunk sizes."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from gateway.connectors.base import Call, Reply
from gateway.execution.model import Join, Ok
from gateway.expression import template
from gateway.plan.model import Plan
from gateway.plan.planner import make_plan
from gateway.profile.model import Batch, Reads
from gateway.testing import ScriptedSource, answers, run_virtual
from tests.kit import (
    ROOT,
    Ran,
    asked,
    audience,
    entity,
    profile,
    run,
    segment,
    selection,
    shapes,
    step,
    value,
)

BANK = shapes(Customer={"a": "[Row!]", "b": "[Row!]"}, Row={"shop": "JSON"})
KEYS = st.lists(st.one_of(st.none(), st.integers(0, 6), st.sampled_from("012xy")))
ROWS = st.lists(
    st.fixed_dictionaries(
        {"id": st.one_of(st.none(), st.integers(0, 6), st.sampled_from("012xy"))}
    ),
    max_size=12,
)


@dataclass(frozen=True)
class World:
    """Two lists of parents, and what the source has, in its own order."""

    lists: Mapping[str, list[dict[str, object]]]
    rows: list[dict[str, object]]

    async def many(self, call: Call[object]) -> Reply:
        keys = call.inputs["ids"]
        assert isinstance(keys, list)
        wanted = {str(key) for key in keys}
        return Reply(
            [r for r in self.rows if r["id"] is None or str(r["id"]) in wanted]
        )

    async def one(self, call: Call[object]) -> Reply:
        wanted = str(call.inputs["id"])
        mine = (r for r in self.rows if r["id"] is not None and str(r["id"]) == wanted)
        return Reply(next(mine, None))


WORLDS = st.builds(
    lambda a, b, rows: World(
        {"a": [{"key": k} for k in a], "b": [{"key": k} for k in b]},
        [{**row, "n": n} for n, row in enumerate(rows)],
    ),
    KEYS,
    KEYS,
    ROWS,
)


def plan(batch: Batch | None) -> Plan:
    """Both lists' rows have a shop, of batches or of a call for each."""
    inputs = {"ids": value("keys")} if batch else {"id": segment("self.key")}
    shop = step(
        "shop",
        fills="Row",
        fields={"shop": None},
        inputs=inputs,
        reads=Reads(own=frozenset({"key"})),
        batch=batch,
    )
    of = profile(step("a"), step("b"), entities={"Row": entity("Row", shop)})
    fields = (asked(name, "[Row!]", asked("shop")) for name in "ab")
    return make_plan(
        selection(asked(ROOT, "Customer", *fields)), audience(of), BANK, {}
    )


def batch(most: int = 100, *, together: bool = False, window: bool = False) -> Batch:
    return Batch(
        template("${ self.key }"),
        "id",
        most,
        many=False,
        wait_all=together,
        window=0.002 if window else None,
    )


def ran(world: World, made: Plan, *, batched: bool) -> Ran:
    script = {name: answers(rows) for name, rows in world.lists.items()}
    shop = world.many if batched else world.one
    return run_virtual(run(made, ScriptedSource({**script, "shop": shop})))


def answered(world: World, made: Plan, *, batched: bool) -> list[object]:
    """What each parent of both lists has."""
    done = ran(world, made, batched=batched)
    joins = [
        result.value
        for result in done.store.results.values()
        if isinstance(result, Ok) and isinstance(result.value, Join)
    ]
    found: list[object] = []
    for row in (row for rows in world.lists.values() for row in rows):
        (outcome,) = (o for join in joins if (o := join.of(row)) is not None)
        assert isinstance(outcome, Ok)
        found.append(outcome.value)
    return found


@given(WORLDS, st.integers(1, 4), st.booleans(), st.booleans())
def test_batched_and_unbatched_answers_are_equal(
    world: World,
    most: int,
    together: bool,
    window: bool,
) -> None:
    """Whatever the parents, keys, rows and chunks, and whoever is waited for."""
    made = plan(batch(most, together=together, window=window))
    single = answered(world, plan(None), batched=False)
    assert answered(world, made, batched=True) == single


@given(WORLDS, st.integers(1, 4), st.booleans())
def test_every_key_is_asked_once_in_chunks_that_are_full(
    world: World,
    most: int,
    together: bool,
) -> None:
    """Keys that are equal as texts are one; only the last chunk of a list is short."""
    done = ran(world, plan(batch(most, together=together)), batched=True)
    chunks = [c.inputs["ids"] for c in done.source.calls if c.step == "shop"]
    asked_for = [str(key) for chunk in chunks for key in chunk]  # type: ignore[attr-defined]
    rows = (row for rows in world.lists.values() for row in rows)
    wanted = {str(row["key"]) for row in rows if row["key"] is not None}
    assert sorted(asked_for) == sorted(wanted)
    assert all(len(chunk) <= most for chunk in chunks)  # type: ignore[arg-type]
    short = sum(len(chunk) < most for chunk in chunks)  # type: ignore[arg-type]
    assert short <= (1 if together else 2)


async def _held(made: Plan) -> Mapping[str, object]:
    """The first list is there, the second one comes only after the first is served."""
    served = asyncio.Event()

    async def late(_: Call[object]) -> Reply:
        await served.wait()
        return Reply([{"key": 2}])

    async def shop(call: Call[object]) -> Reply:
        served.set()
        return Reply([{"id": key} for key in call.inputs["ids"]])  # type: ignore[attr-defined]

    source = ScriptedSource({"a": answers([{"key": 1}]), "b": late, "shop": shop})
    done = await run(made, source)
    return {"a": done["a"], "calls": source.counts}


def test_a_step_under_a_list_starts_when_that_list_is_there() -> None:
    """Not when its siblings are: this one comes only after the step was called."""
    came = run_virtual(asyncio.wait_for(_held(plan(batch())), 1))
    assert came["calls"] == {"a": 1, "b": 1, "shop": 2}
