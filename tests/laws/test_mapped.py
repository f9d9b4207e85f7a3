"""Batches, pages and a source's own spelling together, on random data.

A real project, loaded once: the same rows come whole and in pages, the same shops by a
batch and by a call for each row, from a source with its own names, words and formats.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from textwrap import dedent
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.clock import LoopClock
from gateway.connectors.base import Call, Reply
from gateway.connectors.rest_request import render
from gateway.execution.guards.bulkhead import Bulkhead
from gateway.execution.upstream import Upstream
from gateway.generation import Generation
from gateway.loading.loader import Loader
from gateway.pipeline import Pipeline
from gateway.request.model import Asking, RequestContext
from gateway.response.model import Answer
from gateway.testing import ScriptedSource, run_virtual

SDL = """
type Query { board: Board }
type Board { pages: [Row!], whole: [Row!] }
type Row { rowId: ID, riskKind: Kind, openedOn: Date, shop: Shop, alone: Shop }
type Shop { shopName: String, riskKind: Kind, openedOn: Date, sumTotal: Decimal }
enum Kind { HIGH LOW }
"""
FILES = {
    "headwater.yaml": """
        sources:
          default:
            url: http://bank.invalid
            names: snake
            enums: { Kind: { h: HIGH, l: LOW, "1": HIGH } }
            formats: { Date: dd.MM.yyyy, Decimal: comma }
        """,
    "schema/s.graphql": SDL,
    "profiles/board.yaml": """
        language: 1
        operation: board
        steps:
          - name: pages
            endpoint: /pages
            paginate: { style: page, param: page, size: 3, max_pages: 99 }
          - { name: whole, endpoint: /whole }
        """,
    "profiles/row.yaml": """
        language: 1
        entity: Row
        steps:
          - name: shop
            endpoint: /shops
            batch:
              key: "${ self.rowId }"
              query: { id: "${ keys }" }
              by: id
              max: 2
          - name: alone
            endpoint: /shops/{self.rowId}
            on_status: { 404: null }
        """,
}
SHOP = "{ shopName riskKind openedOn sumTotal }"
ROW = f"{{ rowId riskKind openedOn shop {SHOP} alone {SHOP} }}"
DOCUMENT = f"{{ board {{ pages {ROW} whole {ROW} }} }}"
WORDS: Mapping[object, str] = {"h": "HIGH", "l": "LOW", 1: "HIGH", "LOW": "LOW"}
_TIME = datetime(2026, 1, 1, tzinfo=UTC)

KEYS = st.one_of(st.none(), st.integers(0, 4), st.sampled_from(["0", "3", "a/b", "ä"]))
SPELLED = {
    "risk_kind": st.one_of(st.none(), st.sampled_from(list(WORDS))),
    "opened_on": st.one_of(st.none(), st.dates().filter(lambda day: day.year > 999)),
}
ROWS = st.lists(st.fixed_dictionaries({"row_id": KEYS, **SPELLED}), max_size=8)
SHOPS = st.lists(
    st.fixed_dictionaries(
        {"id": KEYS, "shop_name": st.text("ab", max_size=3), **SPELLED}
        | {"sum_total": st.decimals(-(10**6), 10**6, places=2)}
    ),
    max_size=8,
)


@dataclass(slots=True)
class Bank:
    """The source; ``waits`` is how long each call takes, in turns."""

    rows: list[dict[str, Any]]
    shops: list[dict[str, Any]]
    waits: list[float]
    called: int = 0

    async def answer(self, call: Call[Any]) -> Reply:
        """What the source says; a key it does not know is a 404."""
        self.called += 1
        await asyncio.sleep(self.waits[self.called % len(self.waits)])
        url = urlsplit(render(call.target, call.inputs).url)
        asked = parse_qs(url.query, keep_blank_values=True)
        if call.step == "whole":
            return Reply(list(map(spelled, self.rows)))
        if call.step == "pages":
            begin = 3 * (int(asked["page"][0]) - 1)
            return Reply(list(map(spelled, self.rows[begin : begin + 3])))
        if call.step == "shop":
            found = [one for one in self.shops if str(one["id"]) in asked["id"]]
            return Reply(list(map(spelled, found)))
        mine = self.shop(unquote(url.path.rpartition("/")[2]))
        return Reply(spelled(mine), 200) if mine else Reply(None, 404)

    def shop(self, key: str) -> dict[str, Any] | None:
        """The first row of a key, which is the one that counts."""
        own = (one for one in self.shops if one["id"] is not None)
        return next((one for one in own if str(one["id"]) == key), None)


def spelled(row: dict[str, Any]) -> dict[str, Any]:
    """A row as the source writes it."""
    return {name: _spelled(value) for name, value in row.items()}


def _spelled(value: Any) -> Any:
    if isinstance(value, date):
        return f"{value.day:02}.{value.month:02}.{value.year:04}"
    return str(value).replace(".", ",") if isinstance(value, Decimal) else value


def expected(row: dict[str, Any], shop: dict[str, Any] | None) -> dict[str, Any]:
    """A row as clients have to see it."""
    key = row["row_id"]
    given = shop and {
        "shopName": shop["shop_name"],
        **_mapped(shop),
        "sumTotal": str(shop["sum_total"]),
    }
    own = {"rowId": None if key is None else str(key), **_mapped(row)}
    return {**own, "shop": given, "alone": given}


def _mapped(row: dict[str, Any]) -> dict[str, Any]:
    word, day = row["risk_kind"], row["opened_on"]
    return {
        "riskKind": None if word is None else WORDS[word],
        "openedOn": day and day.isoformat(),
    }


@dataclass(frozen=True)
class Served:
    """The project, loaded, with a source that every example sets anew."""

    generation: Generation
    source: ScriptedSource

    def ask(self, bank: Bank) -> Answer:
        """The answer over what the bank has."""
        steps = ("pages", "whole", "shop", "alone")
        self.source.script = dict.fromkeys(steps, bank.answer)
        self.source.calls.clear()
        clock = LoopClock()

        async def answer() -> Answer:
            pipeline = Pipeline(clock, lambda _: None)
            request = RequestContext("law", clock.now(), _TIME)
            return await pipeline.answer(self.generation, Asking(DOCUMENT), request)

        return run_virtual(answer())


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Served:
    """One project for all examples: loading it takes longer than asking it."""
    folder: Path = tmp_path_factory.mktemp("mapped")
    for name, text in FILES.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(dedent(text))
    source = ScriptedSource({})
    upstreams = {"default": Upstream("default", source, Bulkhead(64))}
    loader = Loader([folder / "headwater.yaml"], {}, lambda _: (upstreams, _nothing))
    return Served(loader.load(), source)


def _nothing() -> None:
    """Nothing was opened."""


WAITS = st.lists(st.sampled_from([0.0, 0.01, 0.02]), min_size=1, max_size=5)


@given(rows=ROWS, shops=SHOPS, waits=WAITS)
@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_way_to_a_value_gives_that_value(
    served: Served, rows: list[Any], shops: list[Any], waits: list[float]
) -> None:
    """In pages or whole, batched or alone, in any order of finishing: as it is."""
    bank = Bank(rows, shops, waits)
    answer = served.ask(bank)
    right = [
        expected(r, None if r["row_id"] is None else bank.shop(str(r["row_id"])))
        for r in rows
    ]
    assert answer.errors == ()
    assert answer.data == {"board": {"pages": right, "whole": right}}


@given(rows=ROWS, shops=SHOPS, waits=WAITS)
@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_key_is_asked_once_each_way(
    served: Served, rows: list[Any], shops: list[Any], waits: list[float]
) -> None:
    """By both lists together; a page is asked for until one is short."""
    served.ask(Bank(rows, shops, waits))
    counts = served.source.counts
    keys = {str(row["row_id"]) for row in rows if row["row_id"] is not None}
    batched = [
        key
        for call in served.source.calls
        if call.step == "shop"
        for key in parse_qs(urlsplit(render(call.target, call.inputs).url).query)["id"]
    ]
    assert sorted(batched) == sorted(keys)
    assert counts.get("alone", 0) == len(keys)
    assert counts["whole"] == 1
    assert counts["pages"] == len(rows) // 3 + 1
