"""Types extended across subgraphs, an HTTP API and SQL: who is asked, and for what."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gateway.app import Gateway
from tests.composition.project import PRODUCT, SDL, gateway
from tests.composition.street import Street
from tests.composition.subgraph import Subgraph
from tests.project import ask


async def data(made: Gateway, query: str, **variables: Any) -> Any:
    """The data of an answer that has no errors."""
    answer = await ask(made, query, variables)
    assert "errors" not in answer, answer["errors"]
    return answer["data"]


def entities(name: str, selected: str, declared: str = "") -> str:
    """The document that asks for entities of a type, as it should be."""
    step, on = name, name.partition("_")[0]
    return (
        f"query {step}($representations: [_Any!]!{declared}) {{ "
        "_entities(representations: $representations) "
        f"{{ ... on {on} {{ {selected} }} }} }}"
    )


def keys(subgraph: Subgraph) -> list[list[Any]]:
    """What each call named, without the types."""
    return [
        [
            {key: part for key, part in one.items() if key != "__typename"}
            for one in asked["variables"]["representations"]
        ]
        for asked in subgraph.asked
    ]


async def test_a_list_is_one_call_with_the_selected_fields_alone(
    shop: Gateway, street: Street
) -> None:
    """Products of reviews are asked for once, each once, by key; nothing besides."""
    query = "{ reviews(first: 6) { product { name } } }"
    got = await data(shop, query)
    names = [f"Product {n}" for n in (1, 2, 3, 4, 1, 2)]
    assert [one["product"]["name"] for one in got["reviews"]] == names
    catalog = entities("Product_catalog", "name")
    assert street["products"].documents == [catalog, catalog]
    assert keys(street["products"]) == [
        [{"upc": "p1"}, {"upc": "p2"}, {"upc": "p3"}],  # max: 3
        [{"upc": "p4"}],
    ]
    assert street["reviews"].documents == [
        (
            "query reviews_reviews($first: Int) "
            "{ reviews(first: $first) { product { upc } } }"
        ),
    ]
    assert street.calls == {"products": 2, "reviews": 1}


async def test_subgraphs_are_asked_at_the_same_time(
    shop: Gateway, street: Street
) -> None:
    """Two that need nothing of each other answer only when both have been asked."""
    street.meet("inventory", "reviews")
    got = await data(shop, "{ products(first: 1) { inStock score } }")
    assert got == {"products": [{"inStock": 11, "score": 0.5}]}
    assert street.calls == {"products": 1, "inventory": 1, "reviews": 1}


async def test_objects_of_objects_go_on_in_batches(
    shop: Gateway, street: Street
) -> None:
    """Each hop is one call for all objects that the hop before it came to."""
    query = "{ users(first: 2) { reviews(first: 2) { product { name inStock } } } }"
    got = await data(shop, query)
    assert got["users"] == [
        {"reviews": [{"product": {"name": f"Product {n}", "inStock": 11 * n}}
                     for n in both]}
        for both in ((1, 4), (2, 1))
    ]  # fmt: skip
    assert street.calls == {
        "accounts": 1,
        "reviews": 1,
        "products": 1,
        "inventory": 1,
    }
    assert keys(street["products"]) == [[{"upc": "p1"}, {"upc": "p4"}, {"upc": "p2"}]]
    assert keys(street["inventory"]) == [
        [{"sku": f"s{n}", "brand": {"code": f"b{n % 2}"}} for n in (1, 4, 2)]
    ]


async def test_a_nested_key_is_asked_for_where_objects_stand(
    shop: Gateway, street: Street
) -> None:
    """The source of the objects gives the key's own fields, those below included."""
    got = await data(shop, '{ product(upc: "p2") { inStock bin { shelf } } }')
    assert got == {"product": {"inStock": 22, "bin": {"shelf": 2}}}
    assert (
        street["products"].documents
        == [
            (
                "query product_product($upc: ID!) "
                "{ product(upc: $upc) { brand { code } sku } }"
            ),
        ]
        or street["products"].documents
    )
    assert street["inventory"].documents == [
        entities("Product_stock", "inStock bin { shelf }")
    ]


async def test_what_is_required_comes_of_another_source_nested_and_null(
    shop: Gateway, street: Street
) -> None:
    """Inputs are sent beside the key; a null among them is sent as null."""
    got = await data(shop, "{ products(first: 4) { shipping } }")
    assert [one["shipping"] for one in got["products"]] == [201.0, 201.0, 601.0, None]
    assert street["products"].documents == [
        (
            "query products_products($first: Int) { products(first: $first) "
            "{ brand { code } dimensions { size } sku weight } }"
        ),
    ]
    assert keys(street["inventory"])[0][3] == {
        "sku": "s4",
        "brand": {"code": "b0"},
        "weight": None,
        "dimensions": {"size": "small"},
    }
    assert street.calls == {"products": 1, "inventory": 1}


async def test_what_is_required_may_be_a_steps_of_http_or_sql(
    street: Street, tmp_path: Path
) -> None:
    """Whoever gives a field is asked first, and no more of it is sent than is named."""
    further = 'requires: [weight, "dimensions { size }", sold, "warranty { months }"]'
    needy = PRODUCT.replace('requires: [weight, "dimensions { size }"]', further)
    changed = {"profiles/entities/product.yaml": needy}
    async with gateway(tmp_path, street, changed) as made:
        got = await data(made, "{ products(first: 1) { shipping } }")
    assert got == {"products": [{"shipping": 201.0}]}
    assert keys(street["inventory"]) == [
        [
            {
                "sku": "s1",
                "brand": {"code": "b1"},
                "weight": 100,
                "dimensions": {"size": "big"},
                "sold": 3,
                "warranty": {"months": 12},
            }
        ]
    ]


async def test_http_and_sql_extend_a_type_of_subgraphs(
    shop: Gateway, street: Street
) -> None:
    """Their steps are asked for all objects at once, as the subgraphs are."""
    got = await data(shop, "{ products { name sold warranty { months } } }")
    assert got["products"] == [
        {"name": f"Product {n}", "sold": sold, "warranty": {"months": 12 * n}}
        for n, sold in ((1, 3), (2, 5), (3, None))
    ]
    assert street.calls == {"products": 1}
    assert street.warranties == [["p1", "p2", "p3"]]


async def test_a_list_that_is_a_rows_own_is_no_list_of_rows(
    shop: Gateway, street: Street
) -> None:
    """`provides: [claims]` is a key of each object's row, though it is a list."""
    got = await data(shop, "{ products(first: 2) { claims } }")
    assert got["products"] == [{"claims": ["p1", "paid"]}, {"claims": ["p2", "paid"]}]
    assert street.warranties == [["p1", "p2"]]


async def test_lists_of_lists_are_one_batch(shop: Gateway, street: Street) -> None:
    """An object that stands in several of them is asked for once."""
    got = await data(shop, "{ shelves { upc inStock } }")
    one, two = ({"upc": f"p{n}", "inStock": 11 * n} for n in (1, 2))
    assert got == {"shelves": [[one, two], [one]]}
    assert [len(some) for some in keys(street["inventory"])] == [2]


async def test_unions_and_interfaces_are_asked_by_type(
    shop: Gateway, street: Street
) -> None:
    """Each type goes on by its own steps; conditions stand in the documents."""
    query = """{
      search(text: "x") { __typename ...on Product { name score }
        ...on Voucher { left } }
      items { name ... on Voucher { value } }
      reviews { subject { ... on Product { name } ... on Voucher { name value } } }
    }"""
    got = await data(shop, query)
    assert got["search"] == [
        {"__typename": "Product", "name": "Product 1", "score": 0.5},
        {"__typename": "Voucher", "left": 7},
        {"__typename": "Product", "name": "Product 2", "score": 1.0},
    ]
    assert got["items"] == [
        {"name": "Voucher v2", "value": 5.0},
        {"name": "Product 3"},
    ]
    assert [one["subject"] for one in got["reviews"]] == [
        {"name": "Voucher v0", "value": 5.0},
        {"name": "Product 2"},
        {"name": "Voucher v2", "value": 5.0},
    ]
    assert sorted(street["products"].documents) == sorted(
        [
            (
                "query search_search($text: String!) { search(text: $text) { "
                "__typename ... on Product { name upc } ... on Voucher { upc } } }"
            ),
            (
                "query items_items { items { __typename ... on Product { name } "
                "... on Voucher { name value } } }"
            ),
            entities("Product_catalog", "name"),
            entities("Voucher_catalog", "name value"),
        ]
    )


async def test_a_subgraph_is_asked_for_no_type_that_it_cannot_answer_with(
    street: Street, tmp_path: Path
) -> None:
    """It would refuse the whole document for one condition, at the root or below."""
    wider = SDL.replace("= Product | Voucher", "= Product | Voucher | Book")
    book = "type Book implements Item { upc: ID!, name: String }"
    async with gateway(tmp_path, street, {"schema/shop.graphql": wider + book}) as made:
        got = await data(
            made,
            """{
              search(text: "x") { ... on Book { upc } ... on Voucher { value } }
              users(first: 1) { reviews(first: 1) { subject { ... on Book { name } } } }
            }""",
        )
    assert got == {
        "search": [{}, {"value": 5.0}, {}],
        "users": [{"reviews": [{"subject": {}}]}],
    }
    documents = [*street["products"].documents, *street["reviews"].documents]
    assert documents == [
        (
            "query search_search($text: String!) "
            "{ search(text: $text) { __typename ... on Voucher { value } } }"
        ),
        entities(
            "User_writing",
            "hw_reviews: reviews(first: $v1) { subject { __typename } }",
            ", $v1: Int",
        ),
    ]


async def test_aliases_arguments_and_fragments_reach_the_subgraph(
    shop: Gateway, street: Street
) -> None:
    """One field twice with other arguments is one call; values are variables."""
    query = """query ($zip: String, $more: Boolean!) { products(first: 1) {
      a: shipping(zip: $zip) b: shipping(zip: "4444")
      ...Rest @include(if: $more) name @skip(if: $more)
    } }
    fragment Rest on Product { stock: inStock }"""
    got = await data(shop, query, zip="22", more=True)
    assert got == {"products": [{"a": 202.0, "b": 204.0, "stock": 11}]}
    assert sorted(street["inventory"].documents) == [
        entities(
            "Product_parcel",
            "hw_a: shipping(zip: $v1) hw_b: shipping(zip: $v2)",
            ", $v1: String, $v2: String",
        ),
        entities("Product_stock", "inStock"),
    ]
    parcel = next(a for a in street["inventory"].asked if "hw_a" in a["query"])
    assert (parcel["variables"]["v1"], parcel["variables"]["v2"]) == ("22", "4444")
    street.clear()
    got = await data(shop, query, zip="22", more=False)
    assert got == {"products": [{"a": 202.0, "b": 204.0, "name": "Product 1"}]}
    assert street.calls == {"products": 1, "inventory": 1}


async def test_a_mutations_answer_goes_on_through_the_subgraphs(
    shop: Gateway, street: Street
) -> None:
    """The mutation is one call; what is selected of it is read by queries."""
    query = """mutation { review(upc: "p2", input: { body: "Nice" }) {
      body product { name inStock } writer { name }
    } }"""
    got = await data(shop, query)
    assert got["review"] == {
        "body": "Nice 5",
        "product": {"name": "Product 2", "inStock": 22},
        "writer": {"name": "Grace"},
    }
    assert street["reviews"].documents == [
        (
            "mutation review_review($upc: ID!, $input: ReviewInput!) { "
            "review(upc: $upc, input: $input) { body product { upc } writer { id } } }"
        ),
    ]
    assert [document[:5] for document in street["products"].documents] == ["query"]
    assert street.calls == {"accounts": 1, "products": 1, "inventory": 1, "reviews": 1}
