"""Batches in SQL, on a real database: one query for many parents, joined by value."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from gateway.app import build_gateway
from gateway.request.model import Asking, PlanWish, RequestContext
from tests.attack.project import Project

SDL = """
    type Query { items: [Item!] }
    type Item { market: Market, rates: [Rate!] }
    type Market { name: String, price: Decimal, day: Date }
    type Rate { year: Int }
"""
ITEMS = """
    language: 1
    operation: items
    steps:
      - name: items
        type: value
        value:
          - { id: 1, kind: a }
          - { id: "2", kind: a }
          - { id: 1, kind: b }
          - { id: 9, kind: a }
          - { id: null, kind: a }
"""
ENTITY = """
    language: 1
    entity: Item
    steps:
      - name: market
        type: warehouse
        query: SELECT id, name, price, day FROM markets WHERE id = ANY(:ids)
        params: { ids: "${ keys.map(k, double(k)) }" }
        batch: { key: "${ self.id }", by: id }
      - name: rates
        type: warehouse
        query: >-
          SELECT id, kind, year FROM rates WHERE id = ANY(:ids) AND kind = ANY(:kinds)
        params: { ids: "${ keys.map(k, double(k.i)) }", kinds: "${ keys.map(k, k.k) }" }
        batch: { key: "${ {'k': self.kind, 'i': self.id} }", by: { id: i, kind: k } }
"""
_TIME = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Ids are numbers with a fraction in the database, as exports make them."""
    made = Project.of(tmp_path, SDL, items=ITEMS, entity=ENTITY)
    config = tmp_path / "headwater.yaml"
    config.write_text(config.read_text().replace('":memory:"', "./w.duckdb"))
    with duckdb.connect(str(tmp_path / "w.duckdb")) as database:
        database.execute(
            "CREATE TABLE markets (id DOUBLE, name TEXT, price DECIMAL(9, 2), day DATE)"
        )
        database.execute(
            "INSERT INTO markets VALUES"
            " (2, 'two', 2.50, NULL), (1, 'one', 1.10, '2024-02-29')"
        )
        database.execute("CREATE TABLE rates (id DOUBLE, kind TEXT, year INTEGER)")
        database.execute(
            "INSERT INTO rates VALUES"
            " (1, 'b', 3), (2, 'b', 9), (1, 'a', 1), (1, 'a', 2)"
        )
    return made


async def asked(project: Project, document: str) -> tuple[object, Mapping[str, object]]:
    """The data, and what the keys of each step cost."""
    gateway = build_gateway([project.folder / "headwater.yaml"], {})
    async with gateway.serving():
        now = gateway.pipeline.clock.now()
        request = RequestContext("test", now, _TIME, plan=PlanWish.INCLUDE)
        answer = await gateway.pipeline.answer(
            gateway.current, Asking(document), request
        )
    assert answer.errors == ()
    steps = answer.extensions["plan"]["steps"]  # type: ignore[index, call-overload]
    return answer.data, {one["step"]: one.get("keys") for one in steps}


async def test_the_rows_of_one_query_find_their_parents(project: Project) -> None:
    """`1`, `"2"` and the database's 1.0 and 2.0 are the keys that they look like."""
    data, keys = await asked(project, "{ items { market { name price day } } }")
    one = {"name": "one", "price": "1.10", "day": "2024-02-29"}
    two = {"name": "two", "price": "2.50", "day": None}
    found = [one, two, one, None, None]
    assert data == {"items": [{"market": market} for market in found]}
    assert keys["market"] == {
        "parents": 5,
        "asked": 4,
        "unique": 3,
        "calls": 1,
        "hits": {"shared": 0, "cache": 0},
        "ok": 5,
        "failed": 0,
        "skipped": 0,
    }


async def test_composite_keys_are_two_lists(project: Project) -> None:
    """A row that has a part of each of two keys is neither's."""
    data, keys = await asked(project, "{ items { rates { year } } }")
    years: list[list[int]] = [[1, 2], [], [3], [], []]
    assert data == {"items": [{"rates": [{"year": y} for y in one]} for one in years]}
    assert keys["rates"]["calls"] == 1  # type: ignore[index]
