"""A deferred fragment comes when its steps have settled; the rest before that."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from gateway.telemetry.events import Answered
from tests.incremental import kit
from tests.incremental.kit import CURRENT, EARLIER, URQL, Bank

SLOW_RISK = """query Q($later: Boolean! = true) {
  customer(id: "7") {
    profile { name }
    ... @defer(if: $later, label: "risk") { risk { score } }
  }
}"""
FIRST = {"customer": {"profile": {"name": "Ada"}}}
LATER = {"risk": {"score": 7}}
WHOLE = {"customer": {"profile": {"name": "Ada"}, "risk": {"score": 7}}}
AWAY = {
    "message": "The source is away.",
    "locations": [{"line": 4, "column": 45}],
    "path": ["customer", "risk"],
    "extensions": {"code": "UPSTREAM_UNREACHABLE"},
}


@pytest.mark.parametrize("accept", [CURRENT, "text/event-stream"])
async def test_the_first_payload_leaves_while_a_deferred_step_runs(
    bank: Bank, accept: str
) -> None:
    """In the current format: announced by id, path and label, then completed."""
    bank.held.hold("risk")
    async with bank.asked(SLOW_RISK, accept) as parts:
        assert parts.response.status_code == 200
        assert await parts.next() == {
            "data": FIRST,
            "pending": [{"id": "0", "path": ["customer"], "label": "risk"}],
            "hasNext": True,
        }
        assert bank.source.counts == {"profile": 1, "risk": 1}  # it runs already
        bank.held.open("risk")
        assert [part async for part in parts.each()] == [
            {
                "incremental": [{"id": "0", "data": LATER}],
                "completed": [{"id": "0"}],
                "hasNext": False,
            }
        ]


@pytest.mark.parametrize("accept", [EARLIER, "multipart/mixed", URQL])
async def test_the_earlier_format_says_by_path_where_a_part_belongs(
    bank: Bank, accept: str
) -> None:
    """For Apollo's `deferSpec`, and for urql, which says nothing of a format."""
    bank.held.hold("risk")
    async with bank.asked(SLOW_RISK, accept) as parts:
        assert parts.kind == 'multipart/mixed; boundary="-"; deferSpec=20220824'
        assert await parts.next() == {"data": FIRST, "hasNext": True}
        bank.held.open("risk")
        patch = {"data": LATER, "path": ["customer"], "label": "risk"}
        assert [part async for part in parts.each()] == [
            {"incremental": [patch], "hasNext": False}
        ]


@pytest.mark.parametrize(
    ("accept", "variables"),
    [
        (CURRENT, {"later": False}),
        ("application/json", {}),
        ("*/*", {}),
        ("multipart/mixed;q=0.5, application/json", {}),
        ("multipart/mixed;deferSpec=20300101, application/json", {}),
    ],
)
async def test_one_answer_is_given_where_nothing_is_deferred_or_taken_in_parts(
    bank: Bank, accept: str, variables: Any
) -> None:
    """`if: false`, or a client that takes, or prefers, a document."""
    async with bank.asked(SLOW_RISK, accept, **variables) as parts:
        assert parts.kind.startswith("application/json")
        assert await parts.json() == {"data": WHOLE}


async def test_a_client_that_takes_parts_alone_is_no_error(bank: Bank) -> None:
    """What has no parts is sent as the document it is."""
    only = "multipart/mixed;deferSpec=20220824"
    async with bank.asked("{ ping { value } }", only) as parts:
        assert parts.response.status_code == 200
        assert await parts.json() == {"data": {"ping": {"value": "pong"}}}


async def test_what_has_settled_by_then_is_in_the_first_payload(bank: Bank) -> None:
    """A part that nobody waits for any more is not sent on its own."""
    bank.held.hold("profile")
    async with bank.asked(SLOW_RISK) as parts:
        while len(bank.source.calls) < 2 or bank.source.running > 1:  # noqa: ASYNC110
            await asyncio.sleep(0)
        bank.held.open("profile")
        assert [part async for part in parts.each()] == [
            {"data": WHOLE, "hasNext": False}
        ]


async def test_the_error_of_a_deferred_field_is_told_with_its_part(bank: Bank) -> None:
    """An optional step: the field is null, the part is there."""
    bank.held.hold("risk")
    bank.held.bodies["risk"] = None
    async with bank.asked(SLOW_RISK) as parts:
        assert "errors" not in await parts.next()
        bank.held.open("risk")
        patch, last = [part async for part in parts.each()]
    assert patch == {
        "incremental": [{"id": "0", "data": {"risk": None}, "errors": [AWAY]}],
        "completed": [{"id": "0"}],
        "hasNext": True,
    }
    account = last["extensions"]["completeness"]["customer"]
    assert (account["status"], last["hasNext"]) == ("partial", False)


async def test_a_required_step_of_a_part_fails_the_part_alone(tmp_path: Path) -> None:
    """The object it belongs to was sent: it stays."""
    async with kit.bank(tmp_path, kit.files(role="required")) as bank:
        bank.held.bodies["risk"] = None
        bank.held.hold("risk")
        async with bank.asked(SLOW_RISK) as parts:
            assert (await parts.next())["data"] == FIRST
            bank.held.open("risk")
            told, *_ = [part async for part in parts.each()]
        error = {**AWAY, "path": ["customer"]}
        del error["locations"]
        assert told["completed"] == [{"id": "0", "errors": [error]}]
        assert "incremental" not in told
        bank.held.hold("risk")
        async with bank.asked(SLOW_RISK, EARLIER) as parts:
            await parts.next()
            bank.held.open("risk")
            told, *_ = [part async for part in parts.each()]
        failed = {"path": ["customer"], "label": "risk", "errors": [error]}
        assert told["incremental"] == [failed]  # no 'data': null would wipe the object


async def test_a_required_step_of_the_first_payload_fails_the_operation(
    tmp_path: Path,
) -> None:
    """As without parts; nothing is announced."""
    async with kit.bank(tmp_path, kit.files(role="required")) as bank:
        bank.held.bodies["risk"] = None
        bank.held.hold("orders")
        query = """{ customer(id: "7") {
          risk { score } ... @defer { orders { id } }
        } }"""
        told = await bank.all(query)
        assert [part["data"] for part in told] == [{"customer": None}]
        assert bank.source.cancelled == ["orders"]


async def test_nested_parts_come_one_after_the_other(bank: Bank) -> None:
    """The inner one is announced when its object is there."""
    bank.held.hold("profile", "branch")
    query = """{ ping { value } ... @defer(label: "a") {
      customer(id: "7") { profile { name ... @defer(label: "b") { branch { city } } } }
    } }"""
    async with bank.asked(query) as parts:
        assert await parts.next() == {
            "data": {"ping": {"value": "pong"}},
            "pending": [{"id": "0", "path": [], "label": "a"}],
            "hasNext": True,
        }
        bank.held.open("profile")
        place = ["customer", "profile"]
        assert await parts.next() == {
            "pending": [{"id": "1", "path": place, "label": "b"}],
            "incremental": [{"id": "0", "data": FIRST}],
            "completed": [{"id": "0"}],
            "hasNext": True,
        }
        bank.held.open("branch")
        assert [part async for part in parts.each()] == [
            {
                "incremental": [{"id": "1", "data": {"branch": {"city": "Berlin"}}}],
                "completed": [{"id": "1"}],
                "hasNext": False,
            }
        ]


async def test_a_mutation_is_answered_whole(bank: Bank) -> None:
    """Its writes are told together."""
    query = """mutation { rename(id: "7") {
      profile { name } ... @defer { risk { score } }
    } }"""
    async with bank.asked(query, EARLIER) as parts:
        assert parts.kind.startswith("application/json")
        assert await parts.json() == {"data": {"rename": WHOLE["customer"]}}


async def test_a_refused_document_is_refused_as_ever(bank: Bank) -> None:
    """In JSON: there are no parts of it."""
    query = '{ customer(id: "7") { ... @defer { unheard } } }'
    async with bank.asked(query, CURRENT) as parts:
        assert parts.kind.startswith("application/json")
        code = (await parts.json())["errors"][0]["extensions"]["code"]
        assert code == "GRAPHQL_VALIDATION_FAILED"


async def test_the_deadline_fails_what_is_left_in_its_own_payload(
    tmp_path: Path,
) -> None:
    """The first payload keeps what it said."""
    written = kit.files(keys="deadline: 2s")
    async with kit.bank(tmp_path, written) as bank:
        bank.held.hold("risk")
        async with bank.asked(SLOW_RISK) as parts:
            assert (await parts.next())["data"] == FIRST
            told = (await parts.next())["incremental"][0]
    assert told["data"] == {"risk": None}
    assert told["errors"][0]["extensions"] == {"code": "DEADLINE_EXCEEDED"}


async def test_a_client_that_went_cancels_what_was_for_it(bank: Bank) -> None:
    """And its request is told as answered by nobody."""
    bank.held.hold("risk")
    async with bank.asked(SLOW_RISK) as parts:
        await parts.next()
        lease = bank.gateway.current.lease
        assert lease.holders == 1
    async with asyncio.timeout(60):
        while not bank.source.cancelled or lease.holders:  # noqa: ASYNC110
            await asyncio.sleep(0)
    assert bank.source.cancelled == ["risk"]
    assert bank.happened(Answered) == []


async def test_an_answer_in_parts_is_one_event(bank: Bank) -> None:
    """Told when the last has left, with the errors of all."""
    bank.held.bodies["risk"] = None
    bank.held.hold("risk")
    async with bank.asked(SLOW_RISK) as parts:
        await parts.next()
        assert bank.happened(Answered) == []
        bank.held.open("risk")
        _ = [part async for part in parts.each()]
    (event,) = bank.happened(Answered)
    assert (event.operation, event.verdict, event.errors) == (None, "partial", 1)


async def test_the_plan_says_which_steps_each_payload_waits_for(
    tmp_path: Path,
) -> None:
    """In the last payload, for those who may see plans; calls are as planned."""
    written = kit.files(deployment="plan: { when: 'true' }\n")
    async with kit.bank(tmp_path, written) as bank:
        bank.headers["headwater-plan"] = "include"
        told = await bank.all(SLOW_RISK)
    plan = told[-1]["extensions"]["plan"]
    assert plan["answered_by"] == "parts"
    assert plan["payloads"] == [
        {"steps": ["customer.profile"]},
        {"label": "risk", "streams": False, "steps": ["customer.risk"]},
    ]
