"""Streamed lists, and what a client has when all payloads are merged."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from gateway.response.incremental.merging import merged
from tests.incremental.kit import CURRENT, EARLIER, Bank

STREAM = """query { customer(id: "7") {
  orders @stream(initialCount: 1, label: "rest") { id }
} }"""


async def test_a_streamed_list_begins_with_so_many_items(bank: Bank) -> None:
    """The others follow under the list's path and the directive's label."""
    first, *rest = await bank.all(STREAM)
    assert first == {
        "data": {"customer": {"orders": [{"id": "o1"}]}},
        "pending": [{"id": "0", "path": ["customer", "orders"], "label": "rest"}],
        "hasNext": True,
    }
    items = [i for part in rest for one in part["incremental"] for i in one["items"]]
    assert items == [{"id": "o2"}, {"id": "o3"}]
    assert rest[-1]["completed"] == [{"id": "0"}]


async def test_the_earlier_format_counts_the_items(bank: Bank) -> None:
    """A path ends with the number of its first item."""
    _, *rest = await bank.all(STREAM, EARLIER)
    told = [one for part in rest for one in part.get("incremental", ())]
    assert told[0]["path"] == ["customer", "orders", 1]
    assert [i for one in told for i in one["items"]] == [{"id": "o2"}, {"id": "o3"}]
    assert rest[-1]["hasNext"] is False


@pytest.mark.parametrize(
    "query",
    [
        STREAM,
        '{ customer(id: "7") { grid @stream(initialCount: 1) { x } } }',
        '{ customer(id: "7") { grid @stream { ... @defer { x } } } }',
        '{ customer(id: "7") { orders { id ... @defer { total shop { name } } } } }',
        '{ customer(id: "7") { orders @stream { id shop { name } } } }',
        """{ customer(id: "7") { profile { name }
          ... @defer { profile { name nick branch { city } } risk { score } }
          ... @defer { risk { note } } } }""",
        """{ ... @defer { customer(id: "7") { profile { ...P @defer } } } }
          fragment P on Profile { name branch { id ... @defer { city } } }""",
    ],
)
async def test_all_payloads_merged_are_the_plain_answer(bank: Bank, query: str) -> None:
    """Whatever is deferred within what, and in which order it comes."""
    for held in ((), ("risk",), ("profile",), ("shop", "branch"), ("grid", "orders")):
        bank.held.hold(*held)
        async with bank.asked(query, CURRENT) as parts:
            told = [await _opened(bank, parts)]
            told += [part async for part in parts.each()] if told[0]["hasNext"] else []
        bank.held.gates.clear()
        assert _merged(told) == (await bank.whole(query))["data"]


async def _opened(bank: Bank, parts: Any) -> Any:
    """The first payload; steps are let go when one has been held back."""
    first = asyncio.ensure_future(parts.next())
    while not (bank.source.running or first.done()):  # noqa: ASYNC110
        await asyncio.sleep(0)
    bank.held.open(*bank.held.gates)
    return await first


def _merged(told: list[Any]) -> Any:
    """What a client of the current format has at the end."""
    data, places = told[0].get("data"), {}
    for part in told:
        places.update({one["id"]: one["path"] for one in part.get("pending", ())})
        for one in part.get("incremental", ()):
            place = [*places[one["id"]], *one.get("subPath", ())]
            data = merged(data, place, one["items"] if "items" in one else one["data"])
    assert {i["id"] for p in told for i in p.get("completed", ())} == set(places)
    return data
