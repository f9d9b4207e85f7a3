"""Lists that come in pages: what is asked for, and what is told of it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from decimal import Decimal

import pytest

from gateway.connectors.base import PAGE, Call, Reply
from gateway.errors import Code, ErrorClass
from gateway.execution.model import Failed, Join, Ok, PagesRead, Provenance
from gateway.expression import parse
from gateway.plan.model import Plan
from gateway.plan.planner import make_plan
from gateway.profile.model import Reads, Sharing, Step
from gateway.record import replace
from gateway.response.report import plan_report
from gateway.telemetry.events import PagesCut
from gateway.testing import Behaviour, ScriptedSource, answers, failure
from tests.kit import (
    ROOT,
    Ran,
    asked,
    audience,
    entity,
    plan_of,
    profile,
    run,
    segment,
    selection,
    shapes,
    together,
)
from tests.paged import PagedList, edges_of, given_by, page_info, step_of

OFFSETS = PagedList("offset", total=9, size=2)
CURSORS = PagedList("cursor", total=6, size=2, connection=True)


def failed(ran: Ran) -> tuple[Code, str]:
    result = ran["list"]
    assert isinstance(result, Failed), result
    return result.failure.code, result.failure.message


async def scripted(of: PagedList, *replies: Behaviour, **keys: object) -> Ran:
    """Run the list's step against these replies."""
    source = ScriptedSource({"list": replies})
    bound = {(ROOT,): {"first": None, "after": None}}
    return await run(plan_of(of.graph(**keys)), source, bindings=bound)


# -- how many pages --------------------------------------------------------------------


async def test_a_list_that_is_cut_is_told_of() -> None:
    """The result, the plan's report and an event say so; the rows are there."""
    ran = await replace(OFFSETS, most=3).read()
    cut = PagesRead(3, 6, cut=True)
    assert ran["list"] == Ok([0, 1, 2, 3, 4, 5], Provenance.UPSTREAM, pages=cut)
    told = [event for event in ran.events if isinstance(event, PagesCut)]
    assert told == [PagesCut("r", ".list", "s", 3, 6)]
    (step,) = plan_report(plan_of(OFFSETS.graph()), ran.store)["steps"]  # type: ignore[misc, str-unpack]
    assert step["pages"] == {"asked": 3, "rows": 6, "cut": True}  # type: ignore[index, call-overload]
    assert ran.source.counts == {"list": 3}


@pytest.mark.parametrize(
    ("of", "first"),
    [
        (replace(OFFSETS, most=3), 6),
        (replace(OFFSETS, most=5), None),
        (replace(CURSORS, most=1), 5),
    ],
)
async def test_what_was_not_wanted_or_can_be_gone_on_with_is_not_cut(
    of: PagedList, first: int | None
) -> None:
    """Rows that nobody asked for are not missing, and a connection says it goes on."""
    ran = await of.read(first)
    result = ran["list"]
    assert isinstance(result, Ok)
    assert result.pages is not None
    assert not result.pages.cut
    assert not [event for event in ran.events if isinstance(event, PagesCut)]


async def test_a_connection_at_the_limit_goes_on() -> None:
    """It has fewer edges than were wanted, and a next page."""
    ran = await replace(CURSORS, most=2).read(5)
    connection = given_by(ran)
    assert [edge["node"] for edge in edges_of(connection)] == [0, 1, 2, 3]
    assert page_info(connection)["hasNextPage"] is True
    again = given_by(await CURSORS.read(5, str(page_info(connection)["endCursor"])))
    assert [edge["node"] for edge in edges_of(again)] == [4, 5]


async def test_behind_a_pages_last_row_the_page_is_not_asked_for_again() -> None:
    """Its cursor names the next page."""
    connection = given_by(await CURSORS.read(2))
    ran = await CURSORS.read(2, str(page_info(connection)["endCursor"]))
    assert [call.inputs[PAGE.name] for call in ran.source.calls] == ["c2"]


@pytest.mark.parametrize("mark", [7, -7, 2**60, 2**80])
async def test_a_cursor_may_be_a_number_of_any_size(mark: int) -> None:
    """Below zero, or an id of more digits than JavaScript keeps: it comes back."""
    ran = await scripted(CURSORS, answers({"rows": [1], "next": mark}))
    after = str(page_info(given_by(ran))["endCursor"])

    async def last(_call: Call[object]) -> Reply:
        return Reply({"rows": [2]})

    bound = {(ROOT,): {"first": 1, "after": after}}
    source = ScriptedSource({"list": last})
    ran = await run(plan_of(CURSORS.graph()), source, bindings=bound)
    assert [edge["node"] for edge in edges_of(given_by(ran))] == [2]
    assert [call.inputs[PAGE.name] for call in ran.source.calls] == [str(mark)]


async def test_offsets_that_begin_elsewhere_reach_their_total() -> None:
    """`start` is the first row's offset, `total` counts rows."""
    rows = [10, 11, 12]

    async def reply(call: Call[object]) -> Reply:
        begin = int(str(call.inputs[PAGE.name])) - 5
        return Reply({"rows": rows[begin : begin + 1], "total": 3})

    of = PagedList("offset", 3, 1, tells="total")
    step = step_of(of.graph())
    assert step.pages is not None
    rules = replace(step.pages.rules, start=5)
    five = replace(step.inputs[PAGE.name], value=parse("5"))
    fives = {**step.inputs, PAGE.name: five}
    step = replace(step, pages=replace(step.pages, rules=rules), inputs=fives)
    graph = replace(of.graph(), steps={"list": step})
    bound = {(ROOT,): {"first": None, "after": None}}
    ran = await run(plan_of(graph), ScriptedSource({"list": reply}), bindings=bound)
    assert given_by(ran) == rows
    assert [call.inputs[PAGE.name] for call in ran.source.calls] == [5, 6, 7]


async def test_empty_pages_of_cursors_are_passed_over() -> None:
    """Where a source filters behind its pages; there is always a way on."""
    empty, last = {"rows": [], "next": "c2"}, {"rows": [7]}
    ran = await scripted(CURSORS, answers(empty), answers(last))
    assert [edge["node"] for edge in edges_of(given_by(ran))] == [7]
    ran = await scripted(replace(CURSORS, most=1), answers(empty))
    info = page_info(given_by(ran))
    assert info["hasNextPage"] is True
    assert info["endCursor"] is not None


# -- each page is a call of its own --------------------------------------------------


async def test_lists_that_begin_alike_share_their_pages() -> None:
    """Within a request each page is asked for once, whoever asks for how many."""
    of = PagedList("cursor", total=9, size=2)
    plans = [plan_of(of.graph(), root=root) for root in ("a", "b")]
    bound = {(root,): {"first": n, "after": None} for root, n in (("a", 3), ("b", 9))}
    source = ScriptedSource({"list": of.reply})
    ran = await run(together(*plans), source, bindings=bound)
    results = {
        i.path: r.value for i, r in ran.store.results.items() if isinstance(r, Ok)
    }
    assert results == {("a",): [0, 1, 2], ("b",): of.rows}
    assert source.counts == {"list": 5}


async def test_a_list_is_from_where_its_freshest_page_is() -> None:
    """Shared pages and one of its own make a list of the source."""
    of = PagedList("cursor", total=4, size=2)
    plans = [plan_of(of.graph(), root=root) for root in ("a", "b")]
    bound = {(root,): {"first": n, "after": None} for root, n in (("a", 1), ("b", 2))}
    ran = await run(
        together(*plans), ScriptedSource({"list": of.reply}), bindings=bound
    )
    assert {r.provenance for r in ran.store.results.values() if isinstance(r, Ok)} == {
        Provenance.UPSTREAM,
        Provenance.SHARED,
    }
    assert ran.source.counts == {"list": 1}


async def test_pages_end_with_the_operation() -> None:
    """What was read till then is not the list."""

    async def slow(call: Call[object]) -> Reply:
        return await (answers({"rows": [1], "next": str(call.inputs)}, after=3.0))(call)

    of = PagedList("cursor", 1, 1)
    source = ScriptedSource({"list": slow})
    bound = {(ROOT,): {"first": None, "after": None}}
    ran = await run(plan_of(of.graph(), deadline=10.0), source, bindings=bound)
    assert failed(ran)[0] is Code.DEADLINE_EXCEEDED
    assert source.counts == {"list": 4}
    for _ in range(3):
        await asyncio.sleep(0)  # the cancel reaches the call by its turns
    assert source.cancelled == ["list"]


async def test_each_page_has_the_steps_time() -> None:
    """The timeout is a call's, not the list's."""
    of = PagedList("cursor", 1, 1)
    pages = [{"rows": [n], "next": f"c{n}" if n < 2 else None} for n in range(3)]
    slow = (answers(page, after=0.8) for page in pages)
    ran = await scripted(of, *slow, timeout=1.0)
    assert given_by(ran) == [0, 1, 2]


async def test_a_page_that_fails_fails_the_list() -> None:
    """With the calls of all pages counted."""

    async def fails(_call: Call[object]) -> Reply:
        raise failure(ErrorClass.STATUS, 500)

    of = PagedList("cursor", 0, 1)
    ran = await scripted(of, answers({"rows": [1], "next": "x"}), fails)
    assert failed(ran)[0] is Code.UPSTREAM_STATUS
    (timing,) = ran.store.timings.values()
    assert timing.attempts == 2


# -- what cannot be read -------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"rows": 7}, "The source's page is no list."),
        (
            {"rows": [1], "next": [1]},
            "The source's next cursor is neither text nor a number.",
        ),
        (
            {"rows": [1], "next": 1.5},
            "The source's next cursor is neither text nor a number.",
        ),
        (
            {"rows": [1], "next": 2.0**70},  # JSON's reader has lost digits
            "The source's next cursor is neither text nor a number.",
        ),
        (
            {"rows": [1], "next": Decimal("1e30")},
            "The source's next cursor is neither text nor a number.",
        ),
    ],
)
async def test_a_reply_that_is_no_page(body: object, message: str) -> None:
    """It fails the step; nothing is guessed."""
    ran = await scripted(CURSORS, answers(body))
    assert failed(ran) == (Code.UPSTREAM_INVALID, message)


@pytest.mark.parametrize("total", ["many", 1.5, True, [1], Decimal("1e30")])
async def test_a_total_that_is_no_number(total: object) -> None:
    """The same."""
    ran = await scripted(
        replace(OFFSETS, tells="total"), answers({"rows": [1], "total": total})
    )
    assert failed(ran) == (
        Code.UPSTREAM_INVALID,
        "The source's total is no number.",
    )


async def test_pages_that_go_round_are_no_list() -> None:
    """The first page that is named again ends it, however far behind it is."""
    replies = [answers({"rows": [n], "next": f"c{n % 2}"}) for n in range(9)]
    ran = await scripted(PagedList("cursor", 1, 1), *replies)
    assert failed(ran) == (
        Code.UPSTREAM_INVALID,
        "The source names a page as the next that was read before.",
    )
    assert ran.source.counts == {"list": 3}


@pytest.mark.parametrize(
    "after", ["", "x", "12", "é", "AAAA", "A" * 10_000, "bnVsbA=="]
)
@pytest.mark.parametrize("style", ["cursor", "page", "offset", "link"])
async def test_what_is_no_cursor_asks_for_nothing(style: str, after: str) -> None:
    """Whatever a client sends; the message names the argument."""
    ran = await PagedList(style, 5, 2, connection=True).read(1, after)
    assert failed(ran) == (Code.BAD_USER_INPUT, "'after' is no cursor of this list.")
    assert ran.source.counts == {}


async def test_a_cursor_of_another_list_is_none_of_this() -> None:
    """It would name a page of the other's."""
    cursor = str(page_info(given_by(await CURSORS.read(1)))["endCursor"])
    other = await CURSORS.read(1, cursor, origin="other")
    assert failed(other) == (Code.BAD_USER_INPUT, "'after' is no cursor of this list.")


# -- lists of each object -----------------------------------------------------------

BANK = shapes(
    Customer={"accounts": "[Account]"},
    Account={"rows": "[JSON]"},
)


def rows_of_accounts(**keys: object) -> Plan:
    """A plan in which each account has a list that comes in pages."""
    step: Step = replace(
        step_of(PagedList("cursor", 0, 1).graph()),
        name="rows",
        fills="Account",
        fields={"rows": None},
        reads=Reads(own=frozenset({"key", "kind"})),
    )
    inputs = {n: i for n, i in step.inputs.items() if n not in _WINDOW}
    step = replace(step, inputs={**inputs, "id": segment("self.key")}, **keys)  # type: ignore[arg-type]
    fields = asked("accounts", "[Account]", asked("rows"))
    from tests.kit import step as call

    of = profile(call("accounts"), entities={"Account": entity("Account", step)})
    root = selection(asked(ROOT, "Customer", fields))
    return make_plan(root, audience(of), BANK, {})


_WINDOW = ("paginate.first", "paginate.after")


async def joined(plan: Plan, accounts: list[Mapping[str, str]]) -> tuple[Ran, object]:
    async def rows(call: Call[object]) -> Reply:
        key, page = call.inputs["id"], call.inputs[PAGE.name]
        body = {"rows": [f"{key}1"], "big": ["B"], "next": "c1"}
        return Reply({"rows": [f"{key}2"], "big": []} if page else body)

    source = ScriptedSource({"accounts": answers(accounts), "rows": rows})
    ran = await run(plan, source)
    result = ran["rows"]
    assert isinstance(result, Ok)
    assert isinstance(result.value, Join)
    outcomes = [result.value.of(parent) for parent in accounts]
    return ran, [one.value if isinstance(one, Ok) else one for one in outcomes]


A = {"key": "a", "kind": "rows"}


@pytest.mark.parametrize("share", [Sharing.REQUEST, Sharing.NONE])
async def test_objects_with_equal_calls_have_one_list(share: Sharing) -> None:
    """Its pages are asked for once, also where nothing is shared with others."""
    plan = rows_of_accounts(share=share)
    ran, lists = await joined(plan, [A, dict(A), {"key": "b", "kind": "rows"}])
    assert lists == [["a1", "a2"], ["a1", "a2"], ["b1", "b2"]]
    assert ran.source.counts == {"accounts": 1, "rows": 4}
    entry = plan_report(plan, ran.store)["steps"][1]  # type: ignore[index]
    assert entry["pages"] == {"asked": 6, "rows": 6, "cut": False}  # type: ignore[index, call-overload]
    assert entry["attempts"] == 4  # type: ignore[index, call-overload]


async def test_rows_that_depend_on_the_object_are_read_for_each() -> None:
    """Of the same pages; no page is asked for twice."""
    plan = rows_of_accounts(select=parse("response.body[self.kind]"))
    ran, lists = await joined(plan, [A, {"key": "a", "kind": "big"}])
    assert lists == [["a1", "a2"], ["B"]]
    assert ran.source.counts == {"accounts": 1, "rows": 2}
