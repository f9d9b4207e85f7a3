"""Entity steps: the parents that are there, an outcome for each."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from gateway.errors import Code
from gateway.execution.model import (
    Failed,
    Failure,
    Join,
    Ok,
    ResultStore,
    Skipped,
    SkipReason,
    Timing,
)
from gateway.execution.objects.join import parents_of
from gateway.execution.reading import Reader
from gateway.plan.model import Plan
from gateway.plan.planner import make_plan
from gateway.profile.model import Fixed, Reads, Role, TypeBy
from gateway.request.model import SelectedField
from gateway.testing import Behaviour, ScriptedSource, answers, fails, meets
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
    type_ref,
)

BANK = shapes(
    Customer={"accounts": "[Account!]", "cases": "[Case!]"},
    Account={"id": "ID!", "branch": "Branch"},
    Branch={"city": "String"},
    Case="CardCase|LoanCase",
    CardCase={"card": "Card"},
    LoanCase={"amount": "Float"},
    Card={"number": "String"},
)
BRANCH = step(
    "branch",
    fills="Account",
    fields={"branch": None},
    inputs={"id": segment("self.branchId")},
    reads=Reads(own=frozenset({"branchId"})),
)


def branches(role: Role = Role.OPTIONAL) -> Plan:
    from gateway.record import replace

    fill = replace(BRANCH, role=role)
    of = profile(step("accounts"), entities={"Account": entity("Account", fill)})
    below = asked("branch", "Branch", asked("city", "String"))
    fields = asked("accounts", "[Account!]", below)
    root = selection(asked(ROOT, "Customer", fields))
    return make_plan(root, audience(of), BANK, {})


async def joined(
    accounts: object, branch: Behaviour | list[Behaviour], plan: Plan | None = None
) -> Ran:
    source = ScriptedSource({"accounts": answers(accounts), "branch": branch})
    return await run(plan or branches(), source)


def outcomes(ran: Ran) -> list[object]:
    """What the entity step came to, in the order of the parents."""
    result = ran["branch"]
    assert isinstance(result, Ok)
    assert isinstance(result.value, Join)
    return list(result.value.outcomes.values())


def at(*ids: str | None) -> list[Mapping[str, object]]:
    return [{"branchId": one} for one in ids]


async def test_each_parent_has_its_own_call_and_its_own_outcome() -> None:
    """One bad key spoils nothing."""
    ran = await joined(at("b1", "b2"), [answers(1), fails(status=500)])
    failed = Failed(
        Failure(
            Code.UPSTREAM_STATUS, "The source answered with status 500.", 1, status=500
        )
    )
    assert outcomes(ran) == [Ok(1), failed]


async def test_parents_of_an_equal_call_share_it() -> None:
    """Whichever they are; each still has its own outcome."""
    ran = await joined(at("b1", "b2", "b1"), [answers(1), answers(2)])
    assert ran.source.counts == {"accounts": 1, "branch": 2}
    by_parent = ran.reader.answer
    accounts = ran.reader.store.results
    (rows,) = (r.value for i, r in accounts.items() if i.step == "accounts")  # type: ignore[union-attr]
    (id_,) = (i for i in accounts if i.step == "branch")
    assert [by_parent(id_, row) for row in rows] == [1, 2, 1]


async def test_the_calls_are_in_flight_together() -> None:
    """A barrier of three opens only for three at once."""
    ran = await joined(at("1", "2", "3"), meets(asyncio.Barrier(3), "x"))
    assert outcomes(ran) == [Ok("x"), Ok("x"), Ok("x")]


async def test_no_parents_no_calls() -> None:
    """A null, an empty list, or a list of nulls."""
    for nothing in (None, [], [None]):
        ran = await joined(nothing, answers(1))
        assert outcomes(ran) == []
        assert ran.source.counts == {"accounts": 1}


async def test_failed_parents_are_no_parents() -> None:
    """The parent's own error says it all."""
    source = ScriptedSource({"accounts": fails(status=500), "branch": answers(1)})
    ran = await run(branches(), source)
    assert outcomes(ran) == []
    assert source.counts == {"accounts": 1}


async def test_an_unusable_key_is_that_parent_s_own() -> None:
    """Skipped for its input, the others go on."""
    ran = await joined(at("..", None, "b1"), answers(1))
    assert sorted(map(repr, outcomes(ran))) == sorted(
        map(repr, [Skipped(SkipReason.INPUT), *_static_null(), Ok(1)])
    )


def _static_null() -> list[Ok]:
    from gateway.execution.model import Provenance

    return [Ok(None, Provenance.STATIC)]


async def test_a_failed_call_of_a_required_entity_step_breaks_the_root() -> None:
    """A key without an answer does not."""
    plan = branches(Role.REQUIRED)
    whole = await joined(at("b1", None), answers(None), plan)
    assert whole.store.broken == {}
    broken = await joined(at("b1", "b2"), [answers(1), fails(status=500)], plan)
    assert list(broken.store.broken) == [ROOT]


async def test_lists_in_lists_are_walked() -> None:
    """Every parent, each once."""
    ran = await joined([at("a"), at("b", "c")], answers(1))
    assert ran.source.counts["branch"] == 3


async def test_an_entity_step_runs_for_parents_of_its_own_type() -> None:
    """Of a list of an abstract type the others are left out."""
    card = step(
        "card",
        fills="CardCase",
        fields={"card": None},
        inputs={"id": segment("self.cardId")},
        reads=Reads(own=frozenset({"cardId"})),
    )
    kinds = TypeBy("kind", {"card": "CardCase", "*": "LoanCase"})
    of = profile(
        step("cases", type_by=kinds), entities={"CardCase": entity("CardCase", card)}
    )
    fields = {
        "CardCase": (asked("card", "Card", asked("number", "String")),),
        "LoanCase": (asked("amount", "Float"),),
    }
    cases = SelectedField("cases", "cases", type_ref("[Case!]"), fields=fields)
    plan = make_plan(selection(asked(ROOT, "Customer", cases)), audience(of), BANK, {})
    rows = [{"kind": "card", "cardId": "k"}, {"kind": "loan", "cardId": "x"}]
    source = ScriptedSource({"cases": answers(rows), "card": answers(1)})
    ran = await run(plan, source)
    assert source.counts == {"cases": 1, "card": 1}
    (planned,) = (one for one in plan.steps if one.id.step == "card")
    assert parents_of(planned, ran.reader) == [rows[0]]


# -- parents that are not as they should be ------------------------------------------

NESTED = shapes(
    Customer={"accounts": "[Account!]"},
    Account={"id": "ID!", "branch": "Branch"},
    Branch={"city": "String"},
)
CITY = step("city", fills="Branch", fields={"city": None}, inputs={"id": segment("1")})


def cities() -> Plan:
    """The plan of steps below steps: branches of accounts, cities of branches."""
    entities = {"Account": entity("Account", BRANCH), "Branch": entity("Branch", CITY)}
    of = profile(step("accounts"), entities=entities)
    below = asked("branch", "Branch", asked("city", "String"))
    fields = asked("accounts", "[Account!]", below)
    root = selection(asked(ROOT, "Customer", fields))
    return make_plan(root, audience(of), NESTED, {})


async def test_what_is_no_object_is_nobody_s_parent_anywhere_on_the_way() -> None:
    """One odd item costs the steps below the others nothing."""
    source = ScriptedSource(
        {
            "accounts": answers(["odd", {"branchId": 1}]),
            "branch": answers({"id": 2}),
            "city": answers("Riga"),
        }
    )
    ran = await run(cities(), source)
    result = ran["city"]
    assert isinstance(result, Ok)
    assert isinstance(result.value, Join)
    assert [o.value for o in result.value.outcomes.values() if isinstance(o, Ok)] == [
        "Riga"
    ]


async def test_what_stands_in_for_a_step_has_steps_below_it_too() -> None:
    """Readers see `on_skip` as they would see the answer."""
    plan = cities()
    store = ResultStore()
    (accounts,) = (one for one in plan.steps if one.id.step == "accounts")
    stands_in = Fixed([{"branchId": 1}])
    skipped = Skipped(SkipReason.CONDITION, stands_in=stands_in)
    store.settle(accounts.id, skipped, Timing(0.0, 1.0))
    (branch,) = (one for one in plan.steps if one.id.step == "branch")
    assert parents_of(branch, Reader(store, {}, {})) == [{"branchId": 1}]
