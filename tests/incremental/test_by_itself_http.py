"""What is left for later by itself goes over HTTP only to who takes parts."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.telemetry.events import Answered
from tests.incremental import kit
from tests.incremental.kit import CURRENT, URQL

QUERY = '{ customer(id: "7") { profile { name } risk { score } } }'
FIRST = {"customer": {"profile": {"name": "Ada"}}}
WHOLE = {"customer": {"profile": {"name": "Ada"}, "risk": {"score": 7}}}
SOON = "deferral: { after: 20ms }"
MUCH_LATER = "deferral: { after: 1h }"


@pytest.mark.parametrize("accept", [CURRENT, URQL, "text/event-stream"])
async def test_a_client_of_parts_sees_the_fast_part_first(
    tmp_path: Path, accept: str
) -> None:
    """While the step that takes too long still runs."""
    async with kit.bank(tmp_path, kit.files(deployment=SOON)) as bank:
        bank.held.hold("risk")
        async with bank.asked(QUERY, accept) as parts:
            first = await parts.next()
            assert (first["data"], first["hasNext"]) == (FIRST, True)
            bank.held.open("risk")
            (patch,) = [part async for part in parts.each()]
        assert patch["incremental"][0]["data"] == {"risk": {"score": 7}}
        (event,) = bank.happened(Answered)
        assert (event.verdict, event.errors) == ("whole", 0)


@pytest.mark.parametrize(
    ("deployment", "accept", "kind"),
    [
        (MUCH_LATER, CURRENT, "application/json; charset=utf-8"),
        (MUCH_LATER, URQL, "application/graphql-response+json; charset=utf-8"),
        (SOON, "application/json", "application/json; charset=utf-8"),
        ("deferral: off", CURRENT, "application/json; charset=utf-8"),
    ],
)
async def test_what_is_whole_is_a_document(
    tmp_path: Path, deployment: str, accept: str, kind: str
) -> None:
    """In time, to a client that takes no parts, or where nothing is left for later."""
    async with kit.bank(tmp_path, kit.files(deployment=deployment)) as bank:
        async with bank.asked(QUERY, accept) as parts:
            assert (parts.kind, await parts.json()) == (kind, {"data": WHOLE})
        assert len(bank.happened(Answered)) == 1
        assert bank.source.counts == {"profile": 1, "risk": 1}


async def test_a_client_of_events_alone_gets_one_event(tmp_path: Path) -> None:
    """It takes no document."""
    async with kit.bank(tmp_path, kit.files(deployment=MUCH_LATER)) as bank:
        told = await bank.all(QUERY, "text/event-stream")
    assert told == [{"data": WHOLE, "hasNext": False}]


async def test_what_goes_by_itself_is_in_the_plan(tmp_path: Path) -> None:
    """With the steps of each payload, as they came."""
    written = kit.files(deployment=f"{SOON}\nplan: {{ when: 'true' }}\n")
    async with kit.bank(tmp_path, written) as bank:
        bank.headers["headwater-plan"] = "include"
        bank.held.hold("risk")
        async with bank.asked(QUERY) as parts:
            first = await parts.next()
            bank.held.open("risk")
            told = [part async for part in parts.each()]
    account = first["extensions"]["completeness"]["customer"]
    assert account["deferred"] == [
        {"path": ["customer", "risk"], "step": "customer.risk", "source": "default"}
    ]
    assert told[-1]["extensions"]["plan"]["payloads"] == [
        {"steps": ["customer.profile"]},
        {"path": ["customer", "risk"], "steps": ["customer.risk"]},
    ]
