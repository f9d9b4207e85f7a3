"""The imported shop is served from its four subgraphs, and nothing is asked twice."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from gateway.app import Gateway, build_gateway
from tests.composition.street import Street, opened
from tests.composition.subgraph import Subgraph
from tests.importing.supergraph.asked import QUERIES, Asked
from tests.importing.supergraph.directives import CASES
from tests.importing.supergraph.shop import imported, written
from tests.project import ask
from tests.serving import running


@pytest.fixture(scope="module")
def street() -> Iterator[Street]:
    with opened() as street:
        yield street


@pytest.fixture
async def shop(street: Street, tmp_path: Path) -> AsyncIterator[Gateway]:
    gateway = build_gateway((imported(tmp_path, street),), environ={})
    async with gateway.serving():
        street.clear()
        yield gateway


@pytest.mark.parametrize("asked", QUERIES, ids=str)
async def test_a_query_of_the_graph_is_answered_by_its_subgraphs(
    shop: Gateway, street: Street, asked: Asked
) -> None:
    """With what they know, and by no more requests than it takes."""
    answer = await ask(shop, asked.query)
    assert "errors" not in answer
    assert answer["data"] == asked.data
    assert street.calls == asked.calls


async def test_what_is_inaccessible_cannot_be_asked_for(shop: Gateway) -> None:
    """Neither fields, nor arguments of inputs, nor values of enums."""
    for query in (
        "{ hidden }",
        "{ me { secret } }",
        "{ products(filter: { hidden: 1 }) { upc } }",
        '{ product(upc: "p1") { price(currency: LEV) } }',
    ):
        answer = await ask(shop, query)
        assert answer.get("data") is None, query


async def test_a_subgraph_that_is_down_costs_its_own_fields(
    shop: Gateway, street: Street
) -> None:
    """As with a router: the rest of the answer stands."""
    street["inventory"].down = True
    answer = await ask(shop, '{ product(upc: "p1") { name inStock } }')
    assert answer["data"] == {"product": {"name": "Product 1", "inStock": None}}
    (error,) = answer["errors"]
    assert error["path"] == ["product", "inStock"]


MEDIA = """
type Query { media: Media }
type Media @key(fields: "id") { id: ID!, a: Int }
"""
THINGS = """
type Query { thing: Thing }
interface Media { id: ID! }
type Thing implements Media @key(fields: "id") { id: ID! }
"""


async def test_fields_of_an_interface_object_are_asked_for_by_the_interface(
    tmp_path: Path,
) -> None:
    """The subgraph that has them knows nothing of the types below it."""
    media = Subgraph("a", MEDIA, {}, {"Media": lambda r: {**r, "a": int(r["id"]) * 7}})
    root = {"Query": {"thing": lambda *_: {"__typename": "Thing", "id": "3"}}}
    things = Subgraph("b", THINGS, root, {"Thing": dict})
    source = tmp_path / "super.graphql"
    source.write_text(CASES["`@join__type(isInterfaceObject:)`"].text, "utf-8")
    with running(media) as one, running(things) as other:
        urls = {"a": f"http://127.0.0.1:{one}", "b": f"http://127.0.0.1:{other}"}
        gateway = build_gateway((written(tmp_path, source, urls),), environ={})
        async with gateway.serving():
            answer = await ask(gateway, "{ thing { id a } }")
    assert answer["data"] == {"thing": {"id": "3", "a": 21}}
    (asked,) = media.asked
    assert asked["variables"]["representations"] == [{"__typename": "Media", "id": "3"}]
