"""The graph that the shop's subgraphs, an HTTP API and SQL make, as people write it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from gateway.app import Gateway, build_gateway
from tests.composition.street import Street
from tests.project import write

SDL = """
type Query {
  me: User
  users(first: Int): [User!]!
  products(first: Int): [Product!]!
  product(upc: ID!): Product
  search(text: String!): [Result!]!
  items: [Item!]!
  shelves: [[Product!]!]!
  stock: [Product!]!
  reviews(first: Int): [Review!]!
  picked(upcs: [ID!]!): [Product!]!
}
type Mutation { review(upc: ID!, input: ReviewInput!): Review }
type User {
  id: ID!
  email: String
  name: String
  age: Int
  friends(first: Int): [User!]
  reviews(first: Int): [Review!]
}
interface Item { upc: ID!, name: String }
union Result = Product | Voucher
union Subject = Product | Voucher
type Product implements Item {
  upc: ID!
  sku: String
  brand: Brand
  name: String
  price(currency: Currency): Float
  weight: Int
  dimensions: Dimensions
  stale: Boolean
  inStock: Int
  shipping(zip: String): Float
  bin: Bin
  reviews: [Review!]
  score: Float
  warranty: Warranty
  claims: [String!]
  sold: Int
}
type Voucher implements Item {
  upc: ID!
  name: String
  value: Float
  left: Int
  reviews: [Review!]
}
type Brand { code: ID!, name: String }
type Dimensions { size: String, height: Int }
type Bin { shelf: Int }
type Warranty { months: Int }
enum Currency { EUR USD }
type Review {
  id: ID!
  body: String
  author: User
  writer: User
  product: Product
  subject: Subject
}
input ReviewInput { body: String!, stars: Int }
"""
USER = """
language: 1
entity: User
on_conflict: nearest
steps:
  - name: account
    type: graphql
    source: accounts
    provides: [email, name, age, friends]
    entity: { type: User, key: [id] }
  - name: writing
    type: graphql
    source: reviews
    provides: [reviews]
    entity: { type: User, key: [id] }
"""
PRODUCT = """
language: 1
entity: Product
key: [upc]
on_conflict: nearest
steps:
  - name: catalog
    type: graphql
    source: products
    provides: [sku, brand, name, price, weight, dimensions]
    entity: { type: Product, key: [upc], max: 3 }
  - name: labelled
    type: graphql
    source: products
    provides: [upc, name, price, weight, dimensions]
    entity: { type: Product, key: [sku, "brand { code }"] }
  - name: stock
    type: graphql
    source: inventory
    provides: [inStock, stale, bin]
    entity: { type: Product, key: [sku, "brand { code }"] }
  - name: parcel
    type: graphql
    source: inventory
    provides: [shipping]
    entity:
      type: Product
      key: [sku, "brand { code }"]
      requires: [weight, "dimensions { size }"]
  - name: opinions
    type: graphql
    source: reviews
    provides: [reviews, score]
    entity: { type: Product, key: [upc] }
  - name: warranty
    source: api
    endpoint: /warranties
    batch: { key: "${ self.upc }", query: { upcs: "${ keys }" }, by: upc }
  - name: claiming
    source: api
    endpoint: /warranties
    provides: [claims]
    batch: { key: "${ self.upc }", query: { upcs: "${ keys }" }, by: upc }
  - name: sales
    type: warehouse
    provides: [sold]
    query: >
      SELECT * FROM (VALUES ('p1', 3), ('p2', 5)) AS sales(upc, sold)
      WHERE upc IN (SELECT unnest(:keys))
    batch: { key: "${ self.upc }", by: upc }
"""
VOUCHER = """
language: 1
entity: Voucher
on_conflict: nearest
steps:
  - name: catalog
    type: graphql
    source: products
    provides: [name, value]
    entity: { type: Voucher, key: [upc] }
  - name: stock
    type: graphql
    source: inventory
    provides: [left, name]
    entity: { type: Voucher, key: [upc] }
  - name: opinions
    type: graphql
    source: reviews
    provides: [reviews]
    entity: { type: Voucher, key: [upc] }
"""
REVIEW = """
language: 1
operation: review
kind: mutation
steps:
  - name: review
    type: graphql
    source: reviews
    mutation: true
    field: review
    arguments: { upc: "${ upc }", input: "${ input }" }
"""
PICKED = """
language: 1
operation: picked
steps:
  - { name: picked, type: value, value: "${ upcs.map(upc, {'upc': upc}) }" }
"""
ROOTS = {
    "me": ("accounts", ()),
    "users": ("accounts", ("first",)),
    "products": ("products", ("first",)),
    "product": ("products", ("upc",)),
    "search": ("products", ("text",)),
    "items": ("products", ()),
    "shelves": ("products", ()),
    "stock": ("inventory", ()),
    "reviews": ("reviews", ("first",)),
}


def _root(name: str, source: str, arguments: tuple[str, ...]) -> str:
    given = ", ".join(f'{one}: "${{ {one} }}"' for one in arguments)
    return f"""
language: 1
operation: {name}
steps:
  - name: {name}
    type: graphql
    source: {source}
    field: {name}
    arguments: {{ {given} }}
"""


def files(street: Street, changed: Mapping[str, str] | None = None) -> dict[str, str]:
    """The project's files, with others in their place or beside them."""
    base = f"http://127.0.0.1:{street.port}"
    sources = "".join(
        f"  {name}: {{ type: graphql, url: '{base}/{name}', "
        f"schema: subgraphs/{name}.graphql }}\n"
        for name in street.subgraphs
    )
    return {
        "headwater.yaml": f"profiles: ./profiles\nschema: ./schema\nsources:\n{sources}"
        f"  api: {{ url: '{base}' }}\n"
        "  warehouse: { type: duckdb, path: ':memory:' }\n",
        **{f"subgraphs/{n}.graphql": one.sdl for n, one in street.subgraphs.items()},
        "schema/shop.graphql": SDL,
        **{f"profiles/{n}.yaml": _root(n, *given) for n, given in ROOTS.items()},
        "profiles/picked.yaml": PICKED,
        "profiles/review.yaml": REVIEW,
        "profiles/entities/user.yaml": USER,
        "profiles/entities/product.yaml": PRODUCT,
        "profiles/entities/voucher.yaml": VOUCHER,
        **(changed or {}),
    }


@asynccontextmanager
async def gateway(
    folder: Path, street: Street, changed: Mapping[str, str] | None = None
) -> AsyncIterator[Gateway]:
    """The graph, opened for one test."""
    made = build_gateway((write(folder, files(street, changed)),), environ={})
    async with made.serving():
        yield made
