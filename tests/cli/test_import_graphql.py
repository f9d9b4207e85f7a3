"""`headwater import graphql`: a project that loads, from a schema or from an API."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.app import build_gateway
from tests.cli.conftest import Invoke
from tests.graphql_server import SDL, Upstream, graphql_server, upstream
from tests.project import ask

__all__ = ["graphql_server", "upstream"]
SUBGRAPH = """
extend schema @link(url: "https://specs.apollo.dev/federation/v2.3")
extend type Query { account(id: ID!, request: String): Account, me: Viewer }
extend type Mutation { close(id: ID!): Account }
type Subscription { closed: Account }
scalar Money
type Viewer { query: Query, name: String }
type Account @key(fields: "id") @key(fields: "bank { code }") {
  id: ID!
  balance: Money
  old: String @deprecated
  bank: Bank
}
type Bank @key(fields: "code") { code: ID! }
"""


def texts_below(folder: Path) -> list[str]:
    return [path.read_text() for path in folder.rglob("*.*") if path.is_file()]


def test_a_subgraph_becomes_a_project_and_the_rest_is_told(
    tmp_path: Path, invoke: Invoke
) -> None:
    """Types, an operation a field, entities where wanted; what is missing, and why."""
    (tmp_path / "ledger.graphql").write_text(SUBGRAPH)
    ran = invoke(
        "import",
        "graphql",
        str(tmp_path / "ledger.graphql"),
        "--entities",
        "--into",
        str(tmp_path / "made"),
    )
    assert ran.exit_code == 0, ran.output
    made = tmp_path / "made"
    assert (made / "profiles/account.yaml").read_text() == (
        "language: 1\n"
        "operation: account\n"
        "steps:\n"
        "  - name: account\n"
        "    type: graphql\n"
        "    source: ledger\n"
        "    field: account\n"
        '    arguments: { id: "${ id }", request: "${ request_ }" }\n'
        "    types: { id: ID!, request: String }\n"
    )
    assert (made / "profiles/Account.entity.yaml").read_text() == (
        "language: 1\n"
        "entity: Account\n"
        "key: [id]\n"
        "steps:\n"
        "  - name: ledgerAccount\n"
        "    type: graphql\n"
        "    source: ledger\n"
        "    provides: [balance, old, bank]\n"
        "    entity: { type: Account, key: [id] }\n"
    )
    assert "scalar Money" in (made / "schema/ledger.graphql").read_text()
    for told in (
        "--mutations",
        "subscriptions",
        "Viewer.query",
        "request_",
        "bank { co",
    ):
        assert told in ran.output


async def test_an_api_is_asked_for_its_schema_and_the_project_asks_it(
    tmp_path: Path, invoke: Invoke, upstream: Upstream
) -> None:
    """From introspection to an answer; a header is sent and stands nowhere."""
    ran = invoke(
        "import",
        "graphql",
        upstream.url,
        "--source",
        "bank",
        "--header",
        "x-key: hunter2",
        "--mutations",
        "--into",
        str(tmp_path),
    )
    assert ran.exit_code == 0, ran.output
    assert upstream.headers[0]["x-key"] == "hunter2"
    texts = texts_below(tmp_path)
    assert not any("hunter2" in text for text in (*texts, ran.output))
    gateway = build_gateway((tmp_path / "headwater.yaml",), environ={})
    query = """{ customer(id: "1") {
      name accounts(first: 1) { id } events { ... on Note { text } }
    } }"""
    async with gateway.serving():
        answer = await ask(gateway, query)
    assert answer["data"] == upstream.direct(query)["data"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("type Query { a: Nowhere }", "Unknown type"),
        ("type Query {", "Syntax Error"),
        ("type A { a: Int }", "it has no field that can be asked for"),
        ('{"errors": [{"message": "no introspection"}]}', "there is no introspection"),
        ('{"data": {"__schema": {"types": "x"}}}', "a part of it has another form"),
        ("{" * 100_000, "this is neither SDL nor JSON"),
        ("{nope", "neither SDL nor JSON"),
    ],
)
def test_what_is_no_schema_is_refused(
    tmp_path: Path, invoke: Invoke, text: str, said: str
) -> None:
    """Nothing is written, and the reason is told."""
    (tmp_path / "a.graphql").write_text(text)
    into = tmp_path / "made"
    ran = invoke("import", "graphql", str(tmp_path / "a.graphql"), "--into", str(into))
    assert ran.exit_code != 0
    assert said in ran.output
    assert not into.exists()


def test_the_servers_own_schema_is_whole(tmp_path: Path, invoke: Invoke) -> None:
    """Interfaces, unions, nested lists and inputs come over as they are."""
    (tmp_path / "bank.graphql").write_text(SDL)
    into = tmp_path / "made"
    ran = invoke(
        "import", "graphql", str(tmp_path / "bank.graphql"), "--into", str(into)
    )
    assert ran.exit_code == 0, ran.output
    made = (into / "schema/bank.graphql").read_text()
    for line in ("grid: [[Cell]!]!", "union Event = Payment | Login | Note"):
        assert line in made
    assert "_Entity" not in made
