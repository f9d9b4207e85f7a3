"""Subgraphs that answer badly: what is lost is what they did not give."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from gateway.app import Gateway
from tests.composition.street import Street
from tests.project import ask

QUERY = "{ reviews { id product { name dimensions { size } inStock score } } }"


def _spoiled(change: Callable[[Any], None]) -> Callable[[Any], Any]:
    def spoil(answer: Any) -> Any:
        change(answer)
        return answer

    return spoil


def _products(answer: Any) -> list[Any]:
    return [one["product"] for one in answer["data"]["reviews"]]


def _whole(number: int) -> dict[str, Any]:
    size = "big" if number % 2 else "small"
    return {
        "name": f"Product {number}",
        "dimensions": {"size": size},
        "inStock": 11 * number,
        "score": number / 2,
    }


def _told(answer: Any) -> list[tuple[str, str]]:
    """Where and what, of each error."""
    return [
        (".".join(map(str, one["path"])), one["extensions"]["code"])
        for one in answer["errors"]
    ]


async def test_an_error_stands_in_the_field_of_the_object_it_is_about(
    shop: Gateway, street: Street
) -> None:
    """`["_entities", 1, "name"]` is the second key that was asked for, wherever."""

    def nameless(answer: Any) -> None:
        if len(answer["data"]["_entities"]) > 1:
            answer["data"]["_entities"][1]["name"] = None
            answer["errors"] = [{"message": "shy", "path": ["_entities", 1, "name"]}]

    street["products"].spoil = _spoiled(nameless)
    answer: Any = await ask(shop, QUERY.replace("reviews", "reviews(first: 6)", 1))
    shy, one = {**_whole(2), "name": None}, _whole(1)
    assert _products(answer) == [one, shy, _whole(3), _whole(4), one, shy]
    assert _told(answer) == [
        ("reviews.1.product.name", "UPSTREAM_REJECTED"),
        ("reviews.5.product.name", "UPSTREAM_REJECTED"),
    ]
    details = {one["extensions"]["detail"] for one in answer["errors"]}
    assert details == {"shy (at _entities.1.name)"}


async def test_an_error_below_takes_the_object_that_is_null(
    shop: Gateway, street: Street
) -> None:
    """A path may go on below a null: the null is what is lost."""

    def flat(answer: Any) -> None:
        answer["data"]["_entities"][0]["dimensions"] = None
        path = ["_entities", 0, "dimensions", "size"]
        answer["errors"] = [{"message": "flat", "path": path}]

    street["products"].spoil = _spoiled(flat)
    answer: Any = await ask(shop, QUERY)
    lost = {**_whole(1), "dimensions": None}
    assert _products(answer) == [lost, _whole(2), _whole(3)]
    assert _told(answer) == [("reviews.0.product.dimensions", "UPSTREAM_REJECTED")]


async def test_an_entity_that_is_not_there_is_null_without_an_error(
    shop: Gateway, street: Street
) -> None:
    """Its fields are null, and nobody is asked by keys that it does not have."""
    query = '{ picked(upcs: ["p1", "gone"]) { name inStock } }'
    answer = await ask(shop, query)
    assert answer["data"] == {
        "picked": [
            {"name": "Product 1", "inStock": 11},
            {"name": None, "inStock": None},
        ]
    }
    assert "errors" not in answer
    asked = street["inventory"].asked[0]["variables"]["representations"]
    assert [one["sku"] for one in asked] == ["s1"]


@pytest.mark.parametrize("entity", [{}, {"__typename": "Voucher"}])
async def test_an_entity_of_another_type_is_an_error_of_its_own(
    entity: dict[str, Any], shop: Gateway, street: Street
) -> None:
    """What lacks the fields that were asked for is no null: it is told."""

    def other(answer: Any) -> None:
        answer["data"]["_entities"][2] = entity

    street["products"].spoil = _spoiled(other)
    answer: Any = await ask(shop, QUERY)
    lost = {"name": None, "dimensions": None, "inStock": None, "score": 1.5}
    assert _products(answer) == [_whole(1), _whole(2), lost]
    assert _told(answer) == [
        ("reviews.2.product.name", "UPSTREAM_REJECTED"),
        ("reviews.2.product.dimensions", "UPSTREAM_REJECTED"),
        ("reviews.2.product.inStock", "DEPENDENCY_FAILED"),
    ]


def _shorter(answer: Any) -> None:
    answer["data"]["_entities"].pop()


def _keyless(answer: Any) -> None:
    del answer["data"]["_entities"]


def _no_list(answer: Any) -> None:
    answer["data"]["_entities"] = {"0": None}


def _refused(answer: Any) -> None:
    answer["data"] = None
    answer["errors"] = [{"message": "no"}]


def _scalars(answer: Any) -> None:
    answer["data"]["_entities"] = [1] * len(answer["data"]["_entities"])


def _huge(answer: Any) -> None:
    answer["data"]["_entities"][0]["pad"] = "x" * 5_000_000


def _oddly_placed(answer: Any) -> None:
    answer["errors"] = [{"message": "no", "path": ["_entities", -1, True]}]


def _nothing(answer: Any) -> None:
    answer["data"]["_entities"] = None
    answer["errors"] = [{"message": "no", "path": ["_entities"]}]


@pytest.mark.parametrize(
    ("broken", "code"),
    [
        (_shorter, "UPSTREAM_INVALID"),
        (_keyless, "UPSTREAM_INVALID"),
        (_no_list, "UPSTREAM_INVALID"),
        (_scalars, "UPSTREAM_INVALID"),
        (_huge, "UPSTREAM_INVALID"),
        (_oddly_placed, "UPSTREAM_REJECTED"),
        (_refused, "UPSTREAM_REJECTED"),
        (_nothing, "UPSTREAM_REJECTED"),
        ("html", "UPSTREAM_INVALID"),
        ("down", "UPSTREAM_STATUS"),
    ],
)
async def test_a_subgraph_that_fails_costs_its_own_fields(
    broken: Callable[[Any], None] | str, code: str, shop: Gateway, street: Street
) -> None:
    """Nobody guesses whose rows they are; what does not depend on them is there."""
    if callable(broken):
        street["products"].spoil = _spoiled(broken)
    else:
        setattr(street["products"], broken, True)
    answer: Any = await ask(shop, QUERY)
    lost = {"name": None, "dimensions": None, "inStock": None}
    assert _products(answer) == [{**lost, "score": n / 2} for n in (1, 2, 3)]
    assert _told(answer)[:3] == [
        ("reviews.0.product.name", code),
        ("reviews.0.product.dimensions", code),
        ("reviews.0.product.inStock", "DEPENDENCY_FAILED"),
    ]
    assert street.calls == {"products": 1, "reviews": 1}


async def test_the_root_of_a_subgraph_that_is_down_costs_that_root(
    shop: Gateway, street: Street
) -> None:
    """The other subgraphs' roots answer."""
    street["accounts"].down = True
    answer = await ask(shop, "{ me { name } stock { sku } }")
    assert answer["data"] == {"me": None, "stock": [{"sku": "s1"}, {"sku": "s2"}]}
    assert _told(answer) == [("me", "UPSTREAM_STATUS")]


def _lost(answer: Any) -> None:
    answer["data"]["products"][0]["dimensions"] = {"size": None}
    path = ["products", 0, "dimensions", "size"]
    answer["errors"] = [{"message": "lost", "path": path}]


def _lost_whole(answer: Any) -> None:
    answer["data"]["products"][0]["dimensions"] = None
    answer["errors"] = [{"message": "lost", "path": ["products", 0, "dimensions"]}]


def _odd_key(answer: Any) -> None:
    answer["data"]["products"][0]["sku"] = ["s1", "s2"]


def _odd_nested_key(answer: Any) -> None:
    answer["data"]["products"][0]["brand"] = {"code": {"b": 1}}


@pytest.mark.parametrize(
    ("broken", "code"),
    [
        (_lost, "DEPENDENCY_FAILED"),
        (_lost_whole, "DEPENDENCY_FAILED"),
        (_odd_key, "STEP_INPUT"),
        (_odd_nested_key, "STEP_INPUT"),
    ],
)
async def test_inputs_that_failed_or_are_none_are_not_sent(
    broken: Callable[[Any], None], code: str, shop: Gateway, street: Street
) -> None:
    """One object without its inputs costs the others nothing: they are asked for."""
    street["products"].spoil = _spoiled(broken)
    answer: Any = await ask(shop, "{ products(first: 2) { name shipping } }")
    assert answer["data"]["products"] == [
        {"name": "Product 1", "shipping": None},
        {"name": "Product 2", "shipping": 201.0},
    ]
    assert _told(answer) == [("products.0.shipping", code)]
    (asked,) = street["inventory"].asked
    assert [one["sku"] for one in asked["variables"]["representations"]] == ["s2"]


@pytest.mark.parametrize("brand", [None, {"code": None}])
async def test_an_object_without_its_key_is_asked_for_by_nobody(
    brand: Any, shop: Gateway, street: Street
) -> None:
    """A null in the key is no failure: what is found by it is null."""

    def unbranded(answer: Any) -> None:
        answer["data"]["products"][0]["brand"] = brand

    street["products"].spoil = _spoiled(unbranded)
    answer: Any = await ask(shop, "{ products(first: 2) { inStock } }")
    assert answer["data"] == {"products": [{"inStock": None}, {"inStock": 22}]}
    assert "errors" not in answer
    (asked,) = street["inventory"].asked
    assert [one["sku"] for one in asked["variables"]["representations"]] == ["s2"]
