"""Batches: few calls for many parents, whatever the keys and rows are like."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from decimal import Decimal

import pytest

from gateway.clock import LoopClock
from gateway.connectors.base import Call, Reply
from gateway.errors import Code, ErrorClass
from gateway.execution.engine import Engine
from gateway.execution.guards.bulkhead import Bulkhead
from gateway.execution.model import Counts, Failed, Join, Ok, SkipReason, StepResult
from gateway.execution.upstream import Upstream
from gateway.expression import template
from gateway.plan.model import Plan
from gateway.plan.planner import make_plan
from gateway.profile.model import Batch, Reads, Step
from gateway.record import replace
from gateway.response.report import plan_report
from gateway.telemetry.events import unobserved
from gateway.testing import Behaviour, ScriptedSource, answers, fails, failure
from tests.kit import (
    ROOT,
    Ran,
    asked,
    audience,
    entity,
    profile,
    request,
    run,
    segment,
    selection,
    shapes,
    step,
    value,
)

BANK = shapes(Customer={"rows": "[Row!]"}, Row={"shop": "JSON"})
BATCH = Batch(template("${ self.key }"), "id", most=100, many=False)


def plan(batch: Batch | None = BATCH, **keys: object) -> Plan:
    """Rows whose `shop` an entity step gives: in batches, or each by its own call."""
    given: dict[str, object] = {"inputs": {"ids": value("keys")}}
    if batch is None:
        given = {"inputs": {"id": segment("self.key")}}
    shop = step(
        "shop",
        fills="Row",
        fields={"shop": None},
        reads=Reads(own=frozenset({"key"})),
        batch=batch,
        **{**given, **keys},
    )
    return plan_with(shop)


def plan_with(shop: Step) -> Plan:
    of = profile(step("rows"), entities={"Row": entity("Row", shop)})
    fields = asked("rows", "[Row!]", asked("shop"))
    return make_plan(selection(asked(ROOT, "Customer", fields)), audience(of), BANK, {})


def sells(*ids: object) -> Behaviour:
    """Answers each key with a row of its own; to `ids` it has none."""

    async def behave(call: Call[object]) -> Reply:
        keys = call.inputs["ids"]
        assert isinstance(keys, list)
        await asyncio.sleep(0.01)
        return Reply([{"id": key, "of": key} for key in keys if key not in ids])

    return behave


async def joined(
    keys: Sequence[object], shop: Behaviour | list[Behaviour], of: Plan, limit: int = 64
) -> Ran:
    rows = [{"key": key} for key in keys]
    source = ScriptedSource({"rows": answers(rows), "shop": shop})
    return await run(of, source, limit=limit)


def join_of(ran: Ran) -> Join:
    result = ran["shop"]
    assert isinstance(result, Ok)
    assert isinstance(result.value, Join)
    return result.value


def outcomes(ran: Ran) -> list[object]:
    """What each parent came to, in their order: a value, or its failure's code."""
    rows, join = ran["rows"], join_of(ran)
    assert isinstance(rows, Ok)
    assert isinstance(rows.value, list)
    return [_plain(join.of(row)) for row in rows.value]


def _plain(outcome: StepResult | None) -> object:
    assert outcome is not None
    if isinstance(outcome, Failed):
        return outcome.failure.code
    return outcome.value if isinstance(outcome, Ok) else outcome.reason


def sent(ran: Ran) -> list[object]:
    """The keys of each call."""
    return [call.inputs["ids"] for call in ran.source.calls if call.step == "shop"]


async def test_null_and_double_keys_cost_nothing() -> None:
    """A null asks for nothing; a key that several have is asked once."""
    ran = await joined([1, None, 2, 1, 1], sells(), plan())
    assert sent(ran) == [[1, 2]]
    one, two = {"id": 1, "of": 1}, {"id": 2, "of": 2}
    assert outcomes(ran) == [one, None, two, one, one]
    assert join_of(ran).counts == Counts(asked=4, unique=2, calls=1)


async def test_keys_of_mixed_types_join_by_their_text() -> None:
    """A number and its text are one key, and so are equal numbers."""
    keys = [7, "7", 7.0, Decimal("7.00"), 1.5, Decimal("1.50"), True, "true", "x y"]
    ran = await joined(keys, sells(), plan())
    assert sent(ran) == [[7, 1.5, True, "x y"]]
    assert [found and found["of"] for found in outcomes(ran)] == [  # type: ignore[index]
        *([7] * 4),
        *([1.5] * 2),
        *([True] * 2),
        "x y",
    ]


@pytest.mark.parametrize("number", [Decimal("1e999999"), 1e300, Decimal("NaN")])
async def test_a_number_that_is_no_key_is_one_all_the_same(number: object) -> None:
    """However large it would be written out."""
    ran = await joined([number], sells(), plan())
    assert outcomes(ran) == [{"id": number, "of": number}]


async def test_a_key_that_is_no_plain_value_spoils_no_other() -> None:
    """A list or an object cannot be sent, and would fail the call of all."""
    keys = [1, [2], {"a": 3}, "a,b"]
    ran = await joined(keys, sells(), plan())
    assert sent(ran) == [[1, "a,b"]]
    assert outcomes(ran) == [
        {"id": 1, "of": 1},
        SkipReason.INPUT,
        SkipReason.INPUT,
        {"id": "a,b", "of": "a,b"},
    ]


async def test_a_key_that_holds_what_joins_keys_is_not_asked() -> None:
    """It would be taken for two others; it is told as an error of its own."""
    ran = await joined([1, "a,b"], sells(), plan(replace(BATCH, join=",")))
    assert sent(ran) == [[1]]
    assert outcomes(ran) == [{"id": 1, "of": 1}, SkipReason.INPUT]


async def test_whatever_rows_come_each_parent_has_its_own() -> None:
    """Fewer, more, others, doubled, in another order, and some that are no rows."""
    body = [
        {"id": 3, "of": "third"},
        {"id": 9, "of": "nobody's"},
        None,
        "x",
        {"of": "no key"},
        {"id": "1", "of": "first"},
        {"id": 1, "of": "again"},
    ]
    ran = await joined([1, 2, 3], answers(body), plan())
    assert outcomes(ran) == [
        {"id": "1", "of": "first"},
        None,
        {"id": 3, "of": "third"},
    ]


async def test_an_answer_that_is_no_list_fails_each_of_its_keys() -> None:
    """Precisely: the source's answer is at fault, and no parent is left without."""
    for body in ({"error": "no"}, "x", 1):
        ran = await joined([1, 2], answers(body), plan())
        assert outcomes(ran) == [Code.UPSTREAM_INVALID] * 2


async def test_a_key_without_a_row_fails_alone_where_it_must_have_one() -> None:
    """The others have theirs."""
    ran = await joined([1, 2], sells(2), plan(replace(BATCH, strict=True)))
    assert outcomes(ran) == [{"id": 1, "of": 1}, Code.UPSTREAM_MISSING]


async def test_five_thousand_keys_are_chunks_within_what_the_source_allows() -> None:
    """Side by side, never more at a time than it takes, and none is turned away."""
    ran = await joined(range(5_000), sells(), plan(), limit=8)
    assert ran.source.counts == {"rows": 1, "shop": 50}
    assert ran.source.most_running == 8
    assert outcomes(ran) == [{"id": n, "of": n} for n in range(5_000)]
    assert join_of(ran).counts == Counts(asked=5_000, unique=5_000, calls=50)


async def test_five_thousand_calls_are_no_five_thousand_tasks() -> None:
    """Without a batch each parent has a call; so many at a time as the source takes."""
    begun = most = 0

    async def shop(call: Call[object]) -> Reply:
        nonlocal begun, most
        begun += 1
        if begun % 25 == 0:  # each look goes through all that ever were
            most = max(most, len(asyncio.all_tasks()))
        await asyncio.sleep(0.001)
        return Reply(call.inputs["id"])

    ran = await joined(range(5_000), shop, plan(batch=None), limit=8)
    assert ran.source.counts == {"rows": 1, "shop": 5_000}
    assert ran.source.most_running == 8
    assert 0 < most < 40
    assert outcomes(ran) == list(range(5_000))
    assert join_of(ran).counts == Counts(asked=5_000, unique=5_000, calls=5_000)


async def test_a_failed_chunk_costs_its_own_keys() -> None:
    """The other chunks are answers."""

    async def shop(call: Call[object]) -> Reply:
        keys = call.inputs["ids"]
        assert isinstance(keys, list)
        if 3 in keys:
            raise failure(ErrorClass.STATUS, 500)
        return Reply([{"id": key} for key in keys])

    ran = await joined(range(6), shop, plan(replace(BATCH, most=2)))
    bad = Code.UPSTREAM_STATUS
    assert outcomes(ran) == [{"id": 0}, {"id": 1}, bad, bad, {"id": 4}, {"id": 5}]


async def test_a_plan_says_what_keys_cost() -> None:
    """Parents, keys, the different ones among them, and calls for those."""
    made = plan(replace(BATCH, most=2))
    ran = await joined([1, None, 2, 1, 3], sells(), made)
    entry = plan_report(made, ran.store)["steps"][1]  # type: ignore[index]
    assert entry["keys"] == {  # type: ignore[index, call-overload]
        "parents": 5,
        "asked": 4,
        "unique": 3,
        "calls": 2,
        "hits": {"shared": 0, "cache": 0},
        "ok": 5,
        "failed": 0,
        "skipped": 0,
    }


async def test_what_is_there_at_the_deadline_is_the_answer() -> None:
    """A chunk that hangs costs its own keys, not those of the others."""

    async def shop(call: Call[object]) -> Reply:
        keys = call.inputs["ids"]
        assert isinstance(keys, list)
        if 3 in keys:
            await asyncio.Event().wait()
        return Reply([{"id": key} for key in keys])

    of = plan(replace(BATCH, most=2))
    of = replace(of, roots=tuple(replace(r, deadline=0.2) for r in of.roots))
    ran = await joined(range(4), shop, of)
    late = Code.DEADLINE_EXCEEDED
    assert outcomes(ran) == [{"id": 0}, {"id": 1}, late, late]


async def test_no_keys_no_call() -> None:
    """Of parents that all have none, as of no parents."""
    for keys in ([], [None, None]):
        ran = await joined(keys, fails(status=500), plan())
        assert ran.source.counts == {"rows": 1}


async def test_keys_of_two_lists_are_apart_where_the_reply_is_read_otherwise() -> None:
    """What a reply is read with belongs to what was asked."""
    shop = step(
        "shop",
        fills="Row",
        fields={"shop": None},
        inputs={"ids": value("keys")},
        reads=Reads(own=frozenset({"key"})),
        batch=BATCH,
        select="response.body.filter(r, r.kind == kind)",
    )
    of = profile(step("rows"), entities={"Row": entity("Row", shop)})
    fields = asked("rows", "[Row!]", asked("shop"))
    roots = [asked(ROOT, "Customer", fields, key=key) for key in ("a", "b")]
    made = make_plan(selection(*roots), audience(of), BANK, {})
    both = [{"id": 1, "kind": "x"}, {"id": 1, "kind": "y"}]
    source = ScriptedSource({"rows": answers([{"key": 1}]), "shop": answers(both)})
    arguments: Mapping[tuple[str, ...], Mapping[str, object]] = {
        ("a",): {"kind": "x"},
        ("b",): {"kind": "y"},
    }
    ran = await run(made, source, bindings=arguments)
    found = {
        id_.path[0]: r for id_, r in ran.store.results.items() if id_.step == "shop"
    }
    read = {}
    for key, result in found.items():
        assert isinstance(result, Ok)
        assert isinstance(result.value, Join)
        (outcome,) = result.value.outcomes.values()
        read[key] = _plain(outcome)
    assert read == {"a": both[0], "b": both[1]}


async def test_chunks_wait_for_each_other_and_not_in_the_source_s_queue() -> None:
    """A list of many chunks sheds none of them, however short the queue is."""
    rows = [{"key": key} for key in range(5)]
    source = ScriptedSource({"rows": answers(rows), "shop": sells()})
    upstream = Upstream("s", source, Bulkhead(2, queue=0))
    engine = Engine({"s": upstream}, LoopClock(), unobserved)
    of = plan(replace(BATCH, most=1))
    reader = await engine.execute(of, request(), {})
    ran = Ran(reader, source, [])
    assert outcomes(ran) == [{"id": key, "of": key} for key in range(5)]
    assert sent(ran) == [[0], [1], [2], [3], [4]]
