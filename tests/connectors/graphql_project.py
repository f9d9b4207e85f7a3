"""A gateway in front of the tests' GraphQL server, whose schema mirrors it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from gateway.app import Gateway, build_gateway
from tests.project import ask, write

TYPES = """
scalar JSON
enum Status { OPEN CLOSED }
input Filter { above: Float, kinds: [String!], status: Status }
interface Node { id: ID! }
type Customer implements Node {
  id: ID!
  name: String!
  nick: String
  status: Status!
  accounts(first: Int = 2, filter: Filter): [Account!]!
  main: Account
  events: [Event!]!
  favourite: Node
  grid: [[Cell]!]!
  secret: String
  strict: Strict
  friends: [Customer!]!
}
type Strict { ok: String!, fails: String! }
type Cell { x: Int!, y: Int! }
type Account implements Node {
  id: ID!
  iban: String!
  balance: Float!
  owner: Customer!
  limit: Float
}
union Event = Payment | Login | Note
type Payment { amount: Float!, value: Float!, at: String!, account: Account! }
type Login { device: String!, value: String!, at: String!, account: String }
type Note { text: String!, at: String }
"""
SDL = "type Query { customer(id: ID!): Customer }" + TYPES
PROFILE = """
language: 1
operation: customer
steps:
  - name: customer
    type: graphql
    source: bank
    field: customer
    arguments: { id: "${ id }" }
"""


def files(url: str, changed: Mapping[str, str] | None = None) -> dict[str, str]:
    """The project's files, with others in their place or beside them."""
    return {
        "headwater.yaml": "profiles: ./profiles\nschema: ./schema\n"
        f"sources:\n  bank: {{ type: graphql, url: '{url}' }}\n",
        "schema/bank.graphql": SDL,
        "profiles/customer.yaml": PROFILE,
        **(changed or {}),
    }


@asynccontextmanager
async def gateway(
    folder: Path, url: str, changed: Mapping[str, str] | None = None
) -> AsyncIterator[Gateway]:
    """The project, opened for one test."""
    made = build_gateway((write(folder, files(url, changed)),), environ={})
    async with made.serving():
        yield made


async def data(made: Gateway, query: str, **variables: Any) -> Any:
    """The data of an answer that has no errors."""
    answer = await ask(made, query, variables)
    assert "errors" not in answer, answer["errors"]
    return answer["data"]
