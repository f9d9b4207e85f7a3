"""The graph of many sources answers as one program that knows everything would."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from graphql import GraphQLSchema, build_schema, graphql_sync

from tests.composition import shop as known
from tests.composition.project import SDL, gateway
from tests.composition.street import Street
from tests.project import ask

QUERIES, SEED = 25, 7
LEAVES = {
    "User": ["id", "name", "email", "age"],
    "Product": [
        "upc", "sku", "name", "weight", "inStock", "score", "sold", "price",
        "usd: price(currency: USD)", "shipping", 'far: shipping(zip: "12345")',
        "brand { code }", "brand { name }", "dimensions { size height }",
        "bin { shelf }", "warranty { months }",
    ],
    "Voucher": ["upc", "name", "value", "left"],
    "Review": ["id", "body"],
}  # fmt: skip
BELOW = {
    "User": {"friends(first: 2)": "User", "reviews": "Review"},
    "Product": {"reviews": "Review"},
    "Voucher": {"reviews": "Review"},
    "Review": {"writer": "User", "product": "Product", "subject": "Subject"},
}
SEVERAL = {
    "Subject": ("Product", "Voucher"),
    "Result": ("Product", "Voucher"),
    "Item": ("Product", "Voucher"),
}
ROOTS = {
    "me": "User",
    "users": "User",
    "products(first: 4)": "Product",
    'product(upc: "p4")': "Product",
    'product(upc: "none")': "Product",
    'search(text: "x")': "Result",
    "items": "Item",
    "shelves": "Product",
    "stock": "Product",
    "reviews(first: 5)": "Review",
    'picked(upcs: ["p3", "p4", "p3"])': "Product",
}


def _number(one: Mapping[str, Any]) -> int:
    return int(one["upc"][1:])


def _below(subgraph: str, type_: str, name: str) -> Callable[..., Any]:
    return known.shop()[subgraph].resolvers[type_][name]


def all_knowing() -> GraphQLSchema:
    """The client's schema over the same functions, without any subgraph."""
    made = build_schema(SDL)
    types: Any = made.type_map
    found = {
        "Query": {
            **known.products().resolvers["Query"],
            **known.accounts().resolvers["Query"],
            **known.reviews().resolvers["Query"],
            "stock": lambda *_: [known.product(upc) for upc in ("p1", "p2")],
            "picked": lambda *_, upcs: [known.product(upc) for upc in upcs],
        },
        "User": {
            "friends": _below("accounts", "User", "friends"),
            "reviews": _below("reviews", "User", "reviews"),
        },
        "Product": {
            "price": _below("products", "Product", "price"),
            "shipping": _below("inventory", "Product", "shipping"),
            "reviews": _below("reviews", "Product", "reviews"),
            "inStock": lambda one, _: 11 * _number(one),
            "score": lambda one, _: _number(one) / 2,
            "bin": lambda one, _: {"shelf": _number(one)},
            "warranty": lambda one, _: {"months": 12 * _number(one)},
            "sold": lambda one, _: {1: 3, 2: 5}.get(_number(one)),
        },
        "Voucher": {"reviews": _below("reviews", "Voucher", "reviews")},
        "Review": {
            "writer": lambda one, _: known.user(one["writer"]["id"]),
            "product": lambda one, _: known.product(one["product"]["upc"]),
            "subject": lambda one, _: _either(one["subject"]["upc"]),
        },
    }
    for type_, fields in found.items():
        for name, resolve in fields.items():
            if name in types[type_].fields:
                types[type_].fields[name].resolve = resolve
    for name in SEVERAL:
        types[name].resolve_type = lambda value, *_: value["__typename"]
    return made


def _either(upc: str) -> Any:
    return known.product(upc) if upc.startswith("p") else known.voucher(upc)


def selection(draw: random.Random, type_: str, depth: int) -> str:
    """A selection of a type; what is below has aliases, so that nothing conflicts."""
    if type_ in SEVERAL:
        parts = ["__typename"]
        parts += (
            f"... on {one} {selection(draw, one, depth)}"
            for one in SEVERAL[type_]
            if draw.random() < 0.8
        )
        return f"{{ {' '.join(parts)} }}"
    parts = draw.sample(LEAVES[type_], draw.randint(1, 4 if type_ == "Product" else 2))
    for field, inner in BELOW[type_].items():
        if depth > 0 and draw.random() < 0.6:
            alias = f"{draw.choice('ab')}_{type_}_{field.partition('(')[0]}"
            parts.append(f"{alias}: {field} {selection(draw, inner, depth - 1)}")
    return f"{{ {' '.join(parts)} }}"


def query(draw: random.Random) -> str:
    roots = draw.sample([*ROOTS], draw.randint(1, 3))
    parts = (
        f"r{number}: {root} {selection(draw, ROOTS[root], 3)}"
        for number, root in enumerate(roots)
    )
    return f"{{ {' '.join(parts)} }}"


async def test_answers_are_those_of_one_program(street: Street, tmp_path: Path) -> None:
    """Whatever is selected, over all sources, by whatever keys: the same data."""
    whole, draw = all_knowing(), random.Random(SEED)  # noqa: S311
    async with gateway(tmp_path, street) as made:
        for _ in range(QUERIES):
            text = query(draw)
            answer, direct = await ask(made, text), graphql_sync(whole, text)
            assert "errors" not in answer, (text, answer["errors"])
            assert direct.errors is None, direct.errors
            assert answer["data"] == direct.data, text
