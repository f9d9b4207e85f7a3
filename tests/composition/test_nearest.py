"""Where several sources have a field: the one that costs the fewest calls."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gateway.app import Gateway
from tests.composition.project import PRODUCT, gateway
from tests.composition.street import Street
from tests.composition.test_entities import data, entities
from tests.project import ask


async def test_a_shareable_field_is_read_where_the_object_stands(
    shop: Gateway, street: Street
) -> None:
    """Both subgraphs know a voucher's name: nobody is asked who was not asked yet."""
    query = "{ items { ... on Voucher { name } } reviews { subject { ... on Voucher "
    got = await data(shop, query + "{ name left } } } }")
    assert got["items"] == [{"name": "Voucher v2"}, {}]
    assert got["reviews"][0] == {"subject": {"name": "Voucher v0", "left": 7}}
    assert street.calls == {"products": 1, "inventory": 1, "reviews": 1}
    assert street["inventory"].documents == [entities("Voucher_stock", "name left")]


async def test_objects_are_found_by_the_key_that_they_have(
    shop: Gateway, street: Street
) -> None:
    """The same field by one key or the other: never by way of a third call."""
    got = await data(shop, "{ stock { name upc } }")
    assert got["stock"] == [{"name": f"Product {n}", "upc": f"p{n}"} for n in (1, 2)]
    assert street["products"].documents == [entities("Product_labelled", "name upc")]
    assert street["inventory"].documents == [
        "query stock_stock { stock { brand { code } sku } }"
    ]
    street.clear()
    await data(shop, "{ reviews(first: 1) { product { name } } }")
    assert street["products"].documents == [entities("Product_catalog", "name")]


async def test_fields_of_the_objects_own_source_cost_nothing(
    shop: Gateway, street: Street
) -> None:
    """What the subgraph's schema gives it is asked for in the call that is made."""
    got = await data(shop, "{ users(first: 1) { name email friends { age } } }")
    assert got["users"] == [
        {"name": "Ada", "email": "1@shop", "friends": [{"age": 32}]}
    ]
    assert street.calls == {"accounts": 1}


async def test_provided_fields_are_read_where_they_are_provided_and_nowhere_else(
    shop: Gateway, street: Street
) -> None:
    """`@provides` counts for its own field; `@external` elsewhere is not asked for."""
    got = await data(shop, "{ reviews(first: 1) { author { name } writer { name } } }")
    assert got["reviews"] == [
        {"author": {"name": "Ada as reviews knows"}, "writer": {"name": "Ada"}}
    ]
    assert street["accounts"].documents == [entities("User_account", "name")]
    assert street["reviews"].documents == [
        (
            "query reviews_reviews($first: Int) "
            "{ reviews(first: $first) { author { name } writer { id } } }"
        ),
    ]


async def test_objects_of_plain_sources_have_the_first_key(
    shop: Gateway, street: Street
) -> None:
    """A list of HTTP, SQL or values: its objects are known by the file's own key."""
    got = await data(shop, '{ picked(upcs: ["p1", "p4", "p1"]) { upc shipping } }')
    assert got["picked"] == [
        {"upc": "p1", "shipping": 201.0},
        {"upc": "p4", "shipping": None},
        {"upc": "p1", "shipping": 201.0},
    ]
    assert street["products"].documents == [
        entities("Product_catalog", "brand { code } dimensions { size } sku weight")
    ]
    assert street.calls == {"products": 1, "inventory": 1}
    street.clear()
    assert await data(shop, '{ picked(upcs: ["p1"]) { upc } }') == {
        "picked": [{"upc": "p1"}]
    }
    assert street.calls == {}


async def test_two_steps_for_one_field_cannot_serve_where_nearest_is_not_said(
    street: Street, tmp_path: Path
) -> None:
    """The file says nothing that can be trusted; the rest of the graph serves."""
    text = PRODUCT.replace("on_conflict: nearest\n", "")
    changed = {"profiles/entities/product.yaml": text}
    async with gateway(tmp_path, street, changed) as made:
        answer: Any = await ask(made, "{ me { name } products(first: 1) { sku } }")
    assert answer["data"] == {"me": {"name": "Ada"}, "products": [{"sku": None}]}
    told = [(one["path"], one["extensions"]["code"]) for one in answer["errors"]]
    assert told == [(["products", 0, "sku"], "PROFILE_UNAVAILABLE")]
