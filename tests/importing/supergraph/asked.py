"""What is asked of the shop, and what its four subgraphs know of that.

Answers are written out by hand.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Asked:
    """One query, its data, and what it costs.

    ``calls`` are requests to subgraphs, by name.
    """

    query: str
    data: Mapping[str, Any]
    calls: Mapping[str, int]

    def __str__(self) -> str:
        return " ".join(self.query.split())[:40]


def _written(body: str, name: str, age: int) -> dict[str, Any]:
    """A review by somebody whom reviews calls by a name of its own."""
    author = {"name": f"{name} as reviews knows", "age": age}
    return {"body": body, "author": author}


def _kept(number: int, weight: int | None, shipping: float | None) -> dict[str, Any]:
    return {
        "upc": f"p{number}",
        "weight": weight,
        "inStock": number * 11,
        "shipping": shipping,
        "stale": False,
        "bin": {"shelf": number},
    }


QUERIES = (
    Asked(
        "{ me { id name email address { city } } }",
        {
            "me": {
                "id": "1",
                "name": "Ada",
                "email": "1@shop",
                "address": {"city": "City 1"},
            }
        },
        {"accounts": 1},
    ),
    Asked(
        "{ me { reviews(first: 2) { body product { name price(currency: USD) } } } }",
        {
            "me": {
                "reviews": [
                    {"body": "Body 0", "product": {"name": "Product 1", "price": 20.0}},
                    {"body": "Body 3", "product": {"name": "Product 4", "price": 80.0}},
                ]
            }
        },
        {"accounts": 1, "products": 1, "reviews": 1},
    ),
    Asked(
        "{ users(first: 2) { name friends(first: 1) { reviews(first: 1) { id } } } }",
        {
            "users": [
                {"name": "Ada", "friends": [{"reviews": [{"id": "r1"}]}]},
                {"name": "Grace", "friends": [{"reviews": [{"id": "r0"}]}]},
            ]
        },
        {"accounts": 1, "reviews": 1},
    ),
    Asked(
        """{ products(first: 4, filter: { above: 10 }) {
          upc weight inStock shipping(zip: "12") stale bin { shelf }
        } }""",
        {
            "products": [
                _kept(2, 200, 202.0),
                _kept(3, 300, 602.0),
                _kept(4, None, None),
            ]
        },
        {"products": 1, "inventory": 1},
    ),
    Asked(
        """{ product(upc: "p2") {
          since price score brand { code name } dimensions { size height }
        } }""",
        {
            "product": {
                "since": "2026-01-02",
                "price": 20.0,
                "score": 1.0,
                "brand": {"code": "b0", "name": "Brand 0"},
                "dimensions": {"size": "small", "height": 2},
            }
        },
        {"products": 1, "reviews": 1},
    ),
    Asked(
        "{ stock { sku name shipping reviews { body author { name age } } } }",
        {
            "stock": [
                {
                    "sku": "s1",
                    "name": "Product 1",
                    "shipping": 201.0,
                    "reviews": [_written("Body 0", "Ada", 31)],
                },
                {
                    "sku": "s2",
                    "name": "Product 2",
                    "shipping": 201.0,
                    "reviews": [_written("Body 1", "Grace", 32)],
                },
            ]
        },
        {"accounts": 1, "products": 1, "inventory": 2, "reviews": 1},
    ),
    Asked(
        """{ search(text: "any") {
          __typename
          ... on Product { name inStock }
          ... on Voucher { value left reviews { id } }
        } }""",
        {
            "search": [
                {"__typename": "Product", "name": "Product 1", "inStock": 11},
                {
                    "__typename": "Voucher",
                    "value": 5.0,
                    "left": 7,
                    "reviews": [{"id": "r1"}],
                },
                {"__typename": "Product", "name": "Product 2", "inStock": 22},
            ]
        },
        {"products": 1, "inventory": 1, "reviews": 1},
    ),
    Asked(
        "{ items { upc name ... on Product { score } ... on Voucher { left } } }",
        {
            "items": [
                {"upc": "v2", "name": "Voucher v2", "left": 7},
                {"upc": "p3", "name": "Product 3", "score": 1.5},
            ]
        },
        {"products": 1, "inventory": 1, "reviews": 1},
    ),
    Asked(
        "{ shelves { upc inStock } }",
        {
            "shelves": [
                [{"upc": "p1", "inStock": 11}, {"upc": "p2", "inStock": 22}],
                [{"upc": "p1", "inStock": 11}],
            ]
        },
        {"products": 1, "inventory": 1},
    ),
    Asked(
        """{ reviews(first: 2) {
          id
          writer { name }
          subject { ... on Product { name } ... on Voucher { name value } }
        } }""",
        {
            "reviews": [
                {
                    "id": "r0",
                    "writer": {"name": "Ada"},
                    "subject": {"name": "Voucher v0", "value": 5.0},
                },
                {
                    "id": "r1",
                    "writer": {"name": "Grace"},
                    "subject": {"name": "Product 2"},
                },
            ]
        },
        {"accounts": 1, "products": 1, "reviews": 1},
    ),
    Asked(
        """mutation {
          restock(upc: "p1") { name inStock }
          review(upc: "p2", input: { body: "Fine" }) { body product { name } }
          rename(id: "2", name: "Alan") { name reviews(first: 1) { id } }
        }""",
        {
            "restock": {"name": "Product 1", "inStock": 11},
            "review": {"body": "Fine 5", "product": {"name": "Product 2"}},
            "rename": {"name": "Alan", "reviews": [{"id": "r1"}]},
        },
        {"accounts": 1, "products": 2, "inventory": 1, "reviews": 2},
    ),
)
