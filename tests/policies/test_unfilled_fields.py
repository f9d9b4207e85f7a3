"""A field of an object that only another audience's profile fills is not there."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.app import Gateway, build_gateway
from gateway.request.model import Asking, RequestContext
from gateway.values import JsonValue
from tests.project import write

FILES = {
    "headwater.yaml": "sources: { warehouse: { type: duckdb } }\n",
    "schema/s.graphql": """
type Query { customer(id: ID!): Customer  other: Other }
type Customer { id: ID!, account: Account, extra: Account }
type Account { id: ID!, branch: Branch, limit: Int }
type Branch { city: String }
type Other { name: String }
""",
    "profiles/other.yaml": """
language: 1
operation: other
steps: [{ name: other, type: value, value: { name: o } }]
""",
    "profiles/customer.yaml": """
language: 1
operation: customer
steps:
  - { name: account, type: value, value: { id: "${ id }" } }
  - { name: extra, type: value, value: { id: x } }
  - { name: branch, type: value, value: { city: Oslo }, fills: Account.branch }
fields: { Customer.id: id }
""",
}
REMOVED = """
language: 1
extends: customer
match: { tenant: [acme] }
remove: [branch]
"""
ASKED = '{ customer(id: "1") { account { branch { city } } } }'
OSLO = {"customer": {"account": {"branch": {"city": "Oslo"}}}}
UNKNOWN = "Cannot query field 'branch' on type 'Account'."


def served(folder: Path, **more: str) -> Gateway:
    profiles = {f"profiles/{name}.yaml": text for name, text in more.items()}
    gateway = build_gateway(
        [write(folder, {**FILES, **profiles})], {}, observe=lambda _: None
    )
    assert not [p for p in gateway.current.problems if p.severity.value == "error"]
    return gateway


async def ask(gateway: Gateway, query: str, tenant: str) -> JsonValue:
    clock = gateway.pipeline.clock
    who = RequestContext("r", clock.now(), clock.wall(), tenant=tenant)
    answer = await gateway.pipeline.answer(gateway.current, Asking(query), who)
    said = answer.as_json()
    if said.get("errors"):
        return said["errors"][0]["message"]
    return said["data"]  # type: ignore[index,call-overload]


async def test_what_a_variant_does_without_is_hidden_from_its_callers(
    tmp_path: Path,
) -> None:
    """With the type that nothing else leads to; the base's callers have it."""
    gateway = served(tmp_path, acme=REMOVED)
    assert await ask(gateway, ASKED, "acme") == UNKNOWN
    assert await ask(gateway, ASKED, "globex") == OSLO
    types = '{ __type(name: "Branch") { name } }'
    assert await ask(gateway, types, "acme") == {"__type": None}


@pytest.mark.parametrize(
    "more",
    [
        'account, value: { id: "${ id }", branch: { city: Rome } }',
        "extra, type: value, value: { id: x, branch: { city: Rome } }",
    ],
)
async def test_what_another_body_may_have_is_not(tmp_path: Path, more: str) -> None:
    """A call that the variant changed or added may bring the field by itself."""
    variant = f"{REMOVED}steps: [{{ name: {more} }}]\n"
    gateway = served(tmp_path, acme=variant)
    field = more.partition(",")[0]
    rome = {"customer": {field: {"branch": {"city": "Rome"}}}}
    assert await ask(gateway, ASKED.replace("account", field), "acme") == rome


async def test_what_another_profile_gives_stays(tmp_path: Path) -> None:
    """An entity file fills it for all; so does an operation that leads to its type."""
    entity = """
language: 1
entity: Account
steps: [{ name: branch, type: value, value: { city: Bern } }]
"""
    gateway = served(tmp_path, acme=REMOVED, account=entity)
    bern = {"customer": {"account": {"branch": {"city": "Bern"}}}}
    assert await ask(gateway, ASKED, "acme") == bern


async def test_rows_that_are_known_lack_what_only_a_variant_fills(
    tmp_path: Path,
) -> None:
    """The columns of a statement are all there is; a body of JSON may have more."""
    rows = """
language: 1
operation: customer
steps:
  - { name: account, type: warehouse, query: "SELECT 1 AS id" }
  - { name: extra, type: warehouse, query: "SELECT 2 AS id" }
fields: { Customer.id: id }
"""
    acme = """
language: 1
extends: customer
match: { tenant: [acme] }
steps:
  - { name: limit, type: value, value: 7, fills: Account.limit }
"""
    gateway = served(tmp_path, customer=rows, acme=acme)
    query = '{ customer(id: "1") { account { limit } } }'
    assert await ask(gateway, query, "acme") == {"customer": {"account": {"limit": 7}}}
    said = "Cannot query field 'limit' on type 'Account'."
    assert await ask(gateway, query, "globex") == said
