"""What the page's questions tell nobody who may not know it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.app import build_gateway
from gateway.cli.listening import asgi
from gateway.telemetry.events import unobserved
from tests.project import write

FILES = {
    "headwater.yaml": """
auth: { trust_headers: true }
explorer: true
PLAN
policies:
  pii: { when: "'pii' in request.claims", deny: hide }
sources: { default: { url: "http://hw:cnry-login@core.invalid" } }
""",
    "schema/bank.graphql": """
type Query { customer(id: ID!): Customer }
type Customer { id: ID! name: String note: String cnryssn: String @tag(name: "pii") }
""",
    "profiles/customer.yaml": """
language: 1
operation: customer
steps:
  - name: body
    role: required
    endpoint: "GET /customers/{id}"
    # cnry-comment
    select: "{'id': '1', 'name': 'Ada', 'cnryssn': response.body.cnryraw}"
  - name: note
    endpoint: "GET /cnry-notes/{id}"
    query: { of: "${ body.cnryssn }" }
    policy: "'cnry-role' in request.claims"
    provides: [note]
""",
}
PLAN = """plan:
  when: "'plans' in request.claims"
  inspect: "'all' in request.claims"
"""
NOBODY: dict[str, str] = {}
OWN = {"x-claims": '{"plans": true}'}
ALL = {"x-claims": '{"plans": true, "all": true}'}
QUERY = '{ customer(id: "1") { name note } }'
ASKED: dict[str, dict[str, Any]] = {
    "plan": {"query": QUERY},
    "compare": {"query": QUERY, "left": {}, "right": {}},
    "schema": {},
    "drawing": {"plan": {}},
}
HIDDEN = ("cnryssn", "cnryraw", "cnry-role", "cnry-comment", "cnry-notes", "cnry-login")


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with opened(tmp_path, PLAN) as one:
        yield one


def opened(folder: Path, plan: str) -> httpx.AsyncClient:
    files = {name: text.replace("PLAN", plan) for name, text in FILES.items()}
    gateway = build_gateway([write(folder, files)], {}, observe=unobserved)
    transport = httpx.ASGITransport(asgi(gateway))
    return httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:4000")


@pytest.mark.parametrize("name", ASKED)
async def test_it_is_closed_where_nothing_says_otherwise(
    tmp_path: Path, name: str
) -> None:
    """The default of production, with the page itself open: 403, and not one word."""
    async with opened(tmp_path, "") as client:
        reply = await client.post(f"/explorer/{name}", json=ASKED[name], headers=ALL)
    assert reply.status_code == 403
    assert [one for one in HIDDEN if one in reply.text] == []


@pytest.mark.parametrize("name", ASKED)
async def test_whoever_may_see_his_own_plans_sees_nothing_that_is_hidden_from_him(
    client: httpx.AsyncClient, name: str
) -> None:
    """No file, no rule, no field of another's schema, in errors neither."""
    url, asked = f"/explorer/{name}", ASKED[name]
    assert (await client.post(url, json=asked, headers=NOBODY)).status_code == 403
    wrong = {**asked, "query": '{ customer(id: "1") { cnrysn } }'}
    for body in (asked, wrong):
        reply = await client.post(url, json=body, headers=OWN)
        assert [one for one in HIDDEN if one in reply.text] == []
    other = {"claims": {"pii": True, "cnry-role": True}}
    if name in ("plan", "schema"):
        reply = await client.post(url, json={**asked, "as": other}, headers=OWN)
        assert reply.status_code == 403
    if name == "compare":
        sided = {**asked, "right": {"as": other}}
        reply = await client.post(url, json=sided, headers=OWN)
        assert reply.status_code == 403


async def test_whoever_may_look_at_files_sees_them(client: httpx.AsyncClient) -> None:
    """But for what sources are logged in with, which no file that he sees has."""
    reply = await client.post("/explorer/plan", json=ASKED["plan"], headers=ALL)
    told = reply.json()["steps"]
    assert "cnry-comment" in told["customer.body"]["yaml"]
    assert "cnry-notes" in told["note"]["yaml"]
    assert "cnry-login" not in reply.text
