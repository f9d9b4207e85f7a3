"""Queries of one request that are ready at once go in one document, each for itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from gateway.app import Gateway
from tests.composition.project import files, gateway
from tests.composition.street import Street
from tests.project import ask

QUERY = "{ products(first: 2) { inStock shipping } }"
WHOLE = [{"inStock": 11, "shipping": 201.0}, {"inStock": 22, "shipping": 201.0}]


def together(street: Street) -> dict[str, str]:
    """The shop's deployment, with all its subgraphs asked so."""
    written = files(street)["headwater.yaml"]
    return {"headwater.yaml": written.replace("graphql,", "graphql, together: true,")}


@pytest.fixture
async def shop(street: Street, tmp_path: Path) -> AsyncIterator[Gateway]:
    async with gateway(tmp_path, street, together(street)) as made:
        yield made


def _told(answer: Any) -> list[tuple[str, str]]:
    return [
        (".".join(map(str, one["path"])), one["extensions"]["code"])
        for one in answer["errors"]
    ]


def _merged(asked: Any) -> bool:
    return "m1_" in asked["query"]


async def test_objects_by_different_needs_are_one_request(
    shop: Gateway, street: Street
) -> None:
    """One waits for nothing but the key, the other has required fields with it."""
    answer = await ask(shop, QUERY)
    assert answer["data"] == {"products": WHOLE}
    assert "errors" not in answer
    (document,) = street["inventory"].documents
    assert document == (
        "query Product_stock_and_Product_parcel"
        "($m0_representations:[_Any!]!$m1_representations:[_Any!]!"
        "$m1_v1:String)"
        "{m0__entities:_entities(representations:$m0_representations)"
        "{...on Product{inStock}}"
        "m1__entities:_entities(representations:$m1_representations)"
        "{...on Product{hw_shipping:shipping(zip:$m1_v1)}}}"
    )


async def test_root_fields_of_one_source_are_one_request(
    shop: Gateway, street: Street
) -> None:
    """Each with its own arguments, as often as it stands there."""
    query = '{ a: product(upc: "p1") { name } b: product(upc: "p2") { upc } %s }'
    answer = await ask(shop, query % "items { name }")
    assert answer["data"] == {
        "a": {"name": "Product 1"},
        "b": {"upc": "p2"},
        "items": [{"name": "Voucher v2"}, {"name": "Product 3"}],
    }
    assert street.calls == {"products": 1}


async def test_an_error_is_told_where_its_own_step_is_read(
    shop: Gateway, street: Street
) -> None:
    """The path's first key says whose it is, the rest where."""

    def lame(answer: Any) -> Any:
        answer["data"]["m1__entities"][1]["hw_shipping"] = None
        path = ["m1__entities", 1, "hw_shipping"]
        answer["errors"] = [{"message": "no cart", "path": path}]
        return answer

    street["inventory"].spoil = lame
    answer: Any = await ask(shop, QUERY)
    assert answer["data"] == {"products": [WHOLE[0], {**WHOLE[1], "shipping": None}]}
    assert _told(answer) == [("products.1.shipping", "UPSTREAM_REJECTED")]
    (error,) = answer["errors"]
    assert error["extensions"]["detail"] == "no cart (at _entities.1.hw_shipping)"
    assert street["inventory"].asked[1:] == []


async def test_who_lost_his_data_by_anothers_error_is_asked_alone(
    shop: Gateway, street: Street
) -> None:
    """A null at the root that cannot be one takes all of a merged answer."""

    def lost(answer: Any) -> Any:
        if "m1__entities" in answer["data"]:
            path = ["m1__entities"]
            return {"data": None, "errors": [{"message": "gone", "path": path}]}
        return answer

    street["inventory"].spoil = lost
    answer: Any = await ask(shop, QUERY)
    assert answer["data"] == {"products": [{**one, "shipping": None} for one in WHOLE]}
    told = [("products.0.shipping", "UPSTREAM_REJECTED")]
    assert _told(answer) == [*told, ("products.1.shipping", "UPSTREAM_REJECTED")]
    merged, alone = street["inventory"].documents
    assert "m1_" in merged
    assert alone == (
        "query Product_stock($representations: [_Any!]!) { _entities(representations: "
        "$representations) { ... on Product { inStock } } }"
    )


def _nameless(answer: Any) -> Any:
    if "m1__entities" in (answer["data"] or {}):
        answer["errors"] = [{"message": "somewhere"}]
    return answer


def _strange(answer: Any) -> Any:
    return (
        {"data": {"m9_x": 1, "other": 2}} if "m1__entities" in str(answer) else answer
    )


def _listed(answer: Any) -> Any:
    return [] if "m1__entities" in str(answer) else answer


@pytest.mark.parametrize("spoil", [_nameless, _strange, _listed])
async def test_an_answer_that_is_nobodys_is_asked_for_anew_by_each(
    spoil: Callable[[Any], Any], shop: Gateway, street: Street
) -> None:
    """Errors without a place are nobody's, and all else would be a guess."""
    street["inventory"].spoil = spoil
    answer = await ask(shop, QUERY)
    assert answer["data"] == {"products": WHOLE}
    assert "errors" not in answer
    assert len(street["inventory"].asked) == 3


@pytest.mark.parametrize("status", [400, 413, 500])
async def test_what_is_refused_together_is_asked_alone(
    status: int, shop: Gateway, street: Street
) -> None:
    """One of them may be what is refused, or all of it too long."""
    street["inventory"].refuses = lambda asked: status if _merged(asked) else None
    answer = await ask(shop, QUERY)
    assert answer["data"] == {"products": WHOLE}
    assert "errors" not in answer
    merged = [_merged(one) for one in street["inventory"].asked]
    assert merged == [True, False, False]


async def test_what_was_refused_together_goes_apart_fifty_times(
    shop: Gateway, street: Street
) -> None:
    """An API that bounds its documents is not tried with them each time."""
    street["inventory"].refuses = lambda asked: 400 if _merged(asked) else None
    for _ in range(52):
        await ask(shop, QUERY)
    merged = [_merged(one) for one in street["inventory"].asked]
    assert [n for n, one in enumerate(merged) if one] == [0, 103]


async def test_a_source_that_is_down_is_not_asked_once_more(
    shop: Gateway, street: Street
) -> None:
    """What is no matter of the document fails all, each at its own fields."""
    street["inventory"].down = True
    answer: Any = await ask(shop, QUERY)
    assert len(answer["errors"]) == 4
    assert {code for _, code in _told(answer)} == {"UPSTREAM_STATUS"}
    assert len(street["inventory"].asked) == 1


async def test_requests_do_not_meet_in_a_document(
    shop: Gateway, street: Street
) -> None:
    """However near in time they are."""
    queries = ('{ product(upc: "p1") { name } }', '{ product(upc: "p2") { upc } }')
    answers = await asyncio.gather(*(ask(shop, one) for one in queries))
    assert [one["data"] for one in answers] == [
        {"product": {"name": "Product 1"}},
        {"product": {"upc": "p2"}},
    ]
    assert not any(map(_merged, street["products"].asked))
    assert len(street["products"].asked) == 2


async def test_chunks_of_a_step_stay_apart(shop: Gateway, street: Street) -> None:
    """`max` is how many objects a call has, and would be none if they were merged."""
    query = '{ picked(upcs: ["p1", "p2", "p3", "p4"]) { name } }'
    answer = await ask(shop, query)
    assert len(answer["data"]["picked"]) == 4  # type: ignore[arg-type,call-overload,index]
    counts = [
        len(one["variables"]["representations"]) for one in street["products"].asked
    ]
    assert counts == [3, 1]


async def test_mutations_go_alone_in_their_order(shop: Gateway, street: Street) -> None:
    """They are not even candidates."""
    query = """mutation {
      a: review(upc: "p1", input: { body: "One" }) { body }
      b: review(upc: "p2", input: { body: "Two" }) { body }
    }"""
    answer: Any = await ask(shop, query)
    assert [answer["data"][key]["body"][:3] for key in "ab"] == ["One", "Two"]
    assert len(street["reviews"].asked) == 2
    assert not any(map(_merged, street["reviews"].asked))
