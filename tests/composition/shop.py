"""Four subgraphs of a shop, which extend each other's types by key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.composition.subgraph import Subgraph

_LINK = """
extend schema @link(url: "https://specs.apollo.dev/federation/v2.5", import: [
  "@key", "@shareable", "@external", "@requires", "@provides", "@override",
  "@inaccessible", "@tag"
])
"""
ACCOUNTS = (
    _LINK
    + """
type Query { me: User, users(first: Int = 3): [User!]!, hidden: String @inaccessible }
type Mutation { rename(id: ID!, name: String!): User }
"Who buys."
type User @key(fields: "id") @key(fields: "email") {
  id: ID!
  email: String!
  name: String @shareable
  age: Int @deprecated(reason: "rude")
  secret: String @inaccessible
  address: Address @tag(name: "pii")
  friends(first: Int = 1): [User!]!
}
type Address @shareable { city: String, zip: String }
"""
)
PRODUCTS = (
    _LINK
    + """
type Query {
  products(first: Int = 3, filter: Filter): [Product!]!
  product(upc: ID!): Product
  search(text: String!): [Result!]!
  items: [Item!]!
  shelves: [[Product!]!]!
}
type Mutation { restock(upc: ID!, by: Int! = 1): Product }
interface Item { upc: ID!, name: String }
union Result = Product | Voucher
type Product implements Item @key(fields: "upc") @key(fields: "sku brand { code }") {
  upc: ID!
  sku: String!
  brand: Brand!
  name: String
  price(currency: Currency = EUR): Float
  weight: Int
  dimensions: Dimensions
  since: Instant
  stale: Boolean
}
type Voucher implements Item @key(fields: "upc") {
  upc: ID!
  name: String @shareable
  value: Float
}
type Brand { code: ID! @shareable, name: String }
type Dimensions @shareable { size: String, height: Int }
enum Currency { EUR USD "Gone." DEM @deprecated(reason: "gone") LEV @inaccessible }
input Filter { above: Float = 0, currency: Currency, hidden: Int @inaccessible }
scalar Instant
"""
)
INVENTORY = (
    _LINK
    + """
type Query { stock: [Product!]! }
type Product @key(fields: "sku brand { code }") {
  sku: String!
  brand: Brand!
  weight: Int @external
  dimensions: Dimensions @external
  inStock: Int
  shipping(zip: String = "0"): Float @requires(fields: "weight dimensions { size }")
  stale: Boolean @override(from: "products")
  bin: Bin
}
type Bin { shelf: Int }
type Brand @shareable { code: ID! }
type Voucher @key(fields: "upc") {
  upc: ID!
  left: Int
  name: String @shareable
}
type Dimensions @shareable { size: String }
"""
)
REVIEWS = (
    _LINK
    + """
type Query { reviews(first: Int = 3): [Review!]! }
type Mutation { review(upc: ID!, input: ReviewInput!): Review }
type Review @key(fields: "id") {
  id: ID!
  body: String
  author: User @provides(fields: "name")
  writer: User
  product: Product
  subject: Subject
}
union Subject = Product | Voucher
type User @key(fields: "id") {
  id: ID!
  name: String @external
  reviews(first: Int = 2): [Review!]!
}
type Product @key(fields: "upc") { upc: ID!, reviews: [Review!]!, score: Float }
type Voucher @key(fields: "upc") { upc: ID!, reviews: [Review!]! }
input ReviewInput { body: String!, stars: Int = 5 }
"""
)
NAMES = {"1": "Ada", "2": "Grace", "3": "Edsger"}
UPCS = ("p1", "p2", "p3", "p4")


class NotHereError(Exception):
    """What a subgraph says of an object that it fails to give."""


def user(id_: str) -> dict[str, Any] | None:
    if id_ == "broken":
        raise NotHereError("no such luck")
    if id_ not in NAMES:
        return None
    return {
        "__typename": "User",
        "id": id_,
        "email": f"{id_}@shop",
        "name": NAMES[id_],
        "age": 30 + int(id_),
        "secret": "s",
        "address": {"city": f"City {id_}", "zip": id_ * 3},
    }


def _named_user(given: Mapping[str, Any]) -> dict[str, Any] | None:
    return user(str(given.get("id") or given["email"].partition("@")[0]))


def _number(upc: object) -> int:
    return int(str(upc)[1:])


def product(upc: str) -> dict[str, Any] | None:
    if upc not in UPCS:
        return None
    number = _number(upc)
    return {
        "__typename": "Product",
        "upc": upc,
        "sku": f"s{number}",
        "brand": {"code": f"b{number % 2}", "name": f"Brand {number % 2}"},
        "name": f"Product {number}",
        "price": number * 10.0,
        "weight": None if number == 4 else number * 100,
        "dimensions": {"size": "big" if number % 2 else "small", "height": number},
        "since": f"2026-01-0{number}",
        "stale": True,
    }


def voucher(upc: str) -> dict[str, Any]:
    return {
        "__typename": "Voucher",
        "upc": upc,
        "name": f"Voucher {upc}",
        "value": 5.0,
        "left": 7,
    }


def _either(upc: str) -> dict[str, Any] | None:
    return product(upc) if upc.startswith("p") else voucher(upc)


def _price(source: Mapping[str, Any], _: Any, currency: str | None = "EUR") -> float:
    return float(source["price"]) * (2 if currency == "USD" else 1)


def _products(_s: Any, _i: Any, first: int = 3, filter: Any = None) -> list[Any]:  # noqa: A002
    above = (filter or {}).get("above") or 0
    found = [product(upc) for upc in UPCS]
    return [one for one in found if one and one["price"] > above][:first]


def review(number: int) -> dict[str, Any]:
    upc = UPCS[number % len(UPCS)]
    author = {"__typename": "User", "id": str(number % 3 + 1)}
    subject = upc if number % 2 else f"v{number}"
    kind = "Product" if number % 2 else "Voucher"
    return {
        "__typename": "Review",
        "id": f"r{number}",
        "body": f"Body {number}",
        "author": {**author, "name": f"{NAMES[author['id']]} as reviews knows"},
        "writer": author,
        "product": {"__typename": "Product", "upc": upc},
        "subject": {"__typename": kind, "upc": subject},
    }


def accounts() -> Subgraph:
    return Subgraph(
        "accounts",
        ACCOUNTS,
        {
            "Query": {
                "me": lambda *_: user("1"),
                "users": lambda *_, first=3: [user(id_) for id_ in [*NAMES][:first]],
            },
            "Mutation": {
                "rename": lambda *_, id, name: {**(user(id) or {}), "name": name}  # noqa: A006
            },
            "User": {
                "friends": lambda s, _, first=1: [
                    user(id_) for id_ in NAMES if id_ != s["id"]
                ][:first]
            },
        },
        {"User": _named_user},
    )


def products() -> Subgraph:
    return Subgraph(
        "products",
        PRODUCTS,
        {
            "Query": {
                "products": _products,
                "product": lambda *_, upc: product(upc),
                "search": lambda *_, **_given: [
                    product("p1"),
                    voucher("v1"),
                    product("p2"),
                ],
                "items": lambda *_: [voucher("v2"), product("p3")],
                "shelves": lambda *_: [[product("p1"), product("p2")], [product("p1")]],
            },
            "Mutation": {"restock": lambda *_, **given: product(given["upc"])},
            "Product": {"price": _price},
        },
        {
            "Product": lambda r: product(str(r.get("upc") or f"p{_number(r['sku'])}")),
            "Voucher": lambda r: voucher(r["upc"]),
        },
    )


def _shipping(source: Mapping[str, Any], _: Any, zip: str | None = "0") -> float | None:  # noqa: A002
    if source.get("weight") is None:
        return None
    big = (source.get("dimensions") or {}).get("size") == "big"
    return source["weight"] * (2.0 if big else 1.0) + len(zip or "")


def _stocked(given: Mapping[str, Any]) -> dict[str, Any]:
    number = _number(given["sku"])
    return {
        **given,
        "inStock": number * 11,
        "stale": False,
        "bin": {"shelf": number},
    }


def inventory() -> Subgraph:
    stock = [
        {"__typename": "Product", "sku": f"s{n}", "brand": {"code": f"b{n % 2}"}}
        for n in (1, 2)
    ]
    return Subgraph(
        "inventory",
        INVENTORY,
        {
            "Query": {"stock": lambda *_: [_stocked(one) for one in stock]},
            "Product": {"shipping": _shipping},
        },
        {
            "Product": _stocked,
            "Voucher": lambda r: voucher(r["upc"]),
        },
    )


def reviews() -> Subgraph:
    return Subgraph(
        "reviews",
        REVIEWS,
        {
            "Query": {"reviews": lambda *_, first=3: [review(n) for n in range(first)]},
            "Mutation": {
                "review": lambda *_, upc, input: {  # noqa: A006
                    **review(_number(upc) - 1),
                    "body": f"{input['body']} {input['stars']}",
                }
            },
            "User": {
                "reviews": lambda s, _, first=2: [
                    review(int(s["id"]) - 1 + 3 * n) for n in range(first)
                ]
            },
            "Product": {
                "reviews": lambda s, _: [review(_number(s["upc"]) - 1)],
                "score": lambda s, _: _number(s["upc"]) / 2,
            },
            "Voucher": {"reviews": lambda s, _: [review(_number(s["upc"]))]},
        },
        {
            "User": dict,
            "Product": dict,
            "Voucher": dict,
            "Review": lambda r: review(_number(r["id"])),
        },
    )


def shop() -> dict[str, Subgraph]:
    """All four, by name."""
    return {one.name: one for one in (accounts(), products(), inventory(), reviews())}
