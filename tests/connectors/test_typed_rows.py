"""Rows in a form from the source to the answer: who gets them, and who must not."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from gateway.app import Gateway, build_gateway
from gateway.response.answering import Way
from gateway.response.written import Written
from gateway.testing import HostileUpstream
from gateway.testing.hostile import Exchange, answers, waits
from tests.project import ask, write

FILES = {
    "schema/bank.graphql": """
      type Query { bank(id: ID!): Bank, other(id: ID!): Other }
      type Bank { rows: [Row!] }
      type Other { many: [Row!] }
      type Row { id: ID!, amount: Float, word: String }
    """,
    "profiles/bank.yaml": """
language: 1
operation: bank
steps:
  - { name: rows, endpoint: "/rows/{id}" }
""",
    "profiles/other.yaml": """
language: 1
operation: other
steps:
  - name: many
    endpoint: "/rows/{id}"
    select: "response.body.filter(r, r.id != '2')"
""",
}
ROWS: list[dict[str, Any]] = [
    {"id": "1", "amount": 1.5, "word": "é"},
    {"id": "2", "amount": None},
]
JSON = {"content-type": "application/json"}
QUERY = '{ bank(id: "7") { rows { id amount } } }'


@pytest.fixture
async def upstream() -> AsyncIterator[HostileUpstream]:
    async with HostileUpstream() as server:
        server.script("/rows/7", answers(ROWS, headers=JSON))
        yield server


@pytest.fixture
async def gateway(upstream: HostileUpstream, tmp_path: Path) -> AsyncIterator[Gateway]:
    settings = f"schema: ./schema\nsources: {{ default: {{ url: {upstream.url} }} }}\n"
    made = build_gateway([write(tmp_path, {**FILES, "headwater.yaml": settings})], {})
    async with made.serving():
        yield made


async def warmed(gateway: Gateway, *queries: str) -> None:
    """Operations are compiled at their second answer."""
    for query in queries:
        for _ in range(2):
            await ask(gateway, query)


def forms(gateway: Gateway) -> int:
    """How many steps of all operations have a form."""
    operations = gateway.pipeline.preparing.operations.in_use()
    variants = [v for _, made in operations for _, v in made.variants.items()]
    return sum(len(p.compiling.forms) for v in variants for p in v.plans.values())


async def test_the_answer_is_the_same_before_and_after(gateway: Gateway) -> None:
    """The first is made of values, by the reference path; the third of rows."""
    answers = [json.dumps(await ask(gateway, QUERY)) for _ in range(3)]
    rows = [{"id": "1", "amount": 1.5}, {"id": "2", "amount": None}]
    assert answers == [json.dumps({"data": {"bank": {"rows": rows}}})] * 3
    assert forms(gateway) == 1
    assert gateway.pipeline.ways[Way.COMPILED] == 2


async def test_who_shares_a_call_reads_the_reply_in_his_own_way(
    gateway: Gateway, upstream: HostileUpstream
) -> None:
    """One call serves a form, another form, and an expression that wants values."""
    queries = [
        QUERY,
        '{ bank(id: "7") { rows { word } } }',
        '{ other(id: "7") { many { id word } } }',
        QUERY,
    ]
    await warmed(gateway, *queries)
    assert forms(gateway) == 2
    released, arrived = asyncio.Event(), asyncio.Event()
    before = len(upstream.asked("/rows/7"))

    async def behave(exchange: Exchange) -> None:
        arrived.set()
        await waits(released, answers(ROWS, headers=JSON))(exchange)

    upstream.script("/rows/7", behave)
    for order in (queries, queries[::-1], queries[1:] + queries[:1]):
        released.clear()
        arrived.clear()
        asked = [asyncio.ensure_future(ask(gateway, query)) for query in order]
        await arrived.wait()
        released.set()
        got = [answer["data"] for answer in await asyncio.gather(*asked)]
        meant = {
            queries[0]: {
                "bank": {"rows": [{"id": r["id"], "amount": r["amount"]} for r in ROWS]}
            },
            queries[1]: {"bank": {"rows": [{"word": r.get("word")} for r in ROWS]}},
            queries[2]: {"other": {"many": [{"id": "1", "word": "é"}]}},
        }
        assert got == [meant[query] for query in order]
        assert len(upstream.asked("/rows/7")) == before + 1
        before += 1


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b'[{"id":"1","more":"\xff"}]', "UPSTREAM_INVALID"),
        (b'[{"id":"1","more":1e999}]', "UPSTREAM_INVALID"),
        (b'[{"id":"1"}] x', "UPSTREAM_INVALID"),
        (b'[{"amount":1}]', "INVALID_VALUE"),
        (b'[{"id":7,"amount":2.0}]', None),
        (b"null", None),
    ],
)
async def test_what_does_not_fit_is_told_as_always(
    gateway: Gateway, upstream: HostileUpstream, body: bytes, code: str | None
) -> None:
    """The reader of whole answers judges, before an operation is compiled and after."""
    upstream.script("/rows/7", answers(body, headers=JSON))
    first = await ask(gateway, QUERY)
    upstream.script("/rows/7", answers(ROWS, headers=JSON))
    await warmed(gateway, QUERY)
    upstream.script("/rows/7", answers(body, headers=JSON))
    again = await ask(gateway, QUERY)
    assert forms(gateway) == 1
    assert json.dumps(first["data"]) == json.dumps(again["data"])
    told = [one["extensions"]["code"] for one in again.get("errors", [])]  # type: ignore[index, union-attr, call-overload]
    assert told == ([code] if code else [])


def test_data_that_is_written_reads_as_any_other() -> None:
    """Whoever does not send it sees values."""
    written = Written({"bank": {"id": "1"}, "more": [1]})
    assert written == {"bank": {"id": "1"}, "more": [1]}
    assert (list(written), len(written)) == (["bank", "more"], 2)
