"""A project that two tenants see differently, and the explorer's endpoints of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from gateway.app import Gateway, build_gateway
from gateway.cli.listening import asgi
from gateway.explorer.asked import Place
from gateway.explorer.bench_routes import Workbench
from gateway.telemetry.events import unobserved
from tests.project import write

QUERY = '{ customer(id: "1") { name risk { score } } }'
FILES = {
    "headwater.yaml": """
profiles: ./profiles
schema: ./schema
auth: { trust_headers: true }
plan: { when: "'plans' in request.claims", inspect: "'inspects' in request.claims" }
policies:
  pii: { when: "'pii' in request.claims", deny: hide }
sources:
  default: { url: "http://core.invalid" }
  scores: { url: "http://scores.invalid", timeout: 2s }
""",
    "schema/bank.graphql": """
type Query { customer(id: ID!): Customer }
"Everything about one customer."
type Customer { id: ID! name: String risk: Risk ssn: String @tag(name: "pii") }
type Risk { score: Int }
""",
    "profiles/customer.yaml": """
language: 1
operation: customer
steps:
  - { name: body, role: required, endpoint: "/customers/{id}" }
  - { name: risk, source: scores, endpoint: "/scores/{id}", provides: [risk] }
""",
    "profiles/customer.acme.yaml": """
language: 1
profile: customer.acme
extends: customer
match: { tenant: [acme] }
steps:
  - { name: risk, timeout: 700ms }
  - { name: audit, endpoint: "/audit/{id}", always: true }
""",
}
PLANS = {"x-claims": '{"plans": true}'}
INSPECTS = {"x-claims": '{"plans": true, "inspects": true}'}


def loaded(
    folder: Path, files: Mapping[str, str] | None = None, *, dev: bool = False
) -> Gateway:
    """The gateway of the project in a folder."""
    config = write(folder, {**FILES, **(files or {})})
    return build_gateway([config], {}, observe=unobserved, dev=dev)


@asynccontextmanager
async def client(gateway: Gateway) -> AsyncIterator[httpx.AsyncClient]:
    """Who asks it, by a connection from this machine; its workbench ends with that."""
    app = asgi(gateway)
    transport = httpx.ASGITransport(app, client=("127.0.0.1", 4711))
    async with httpx.AsyncClient(
        transport=transport, base_url="http://localhost"
    ) as http:
        yield http
    for route in app.rest.router.routes:
        place = getattr(route, "endpoint", None)
        for act in place.acts.values() if isinstance(place, Place) else ():
            if isinstance(own := getattr(act, "__self__", None), Workbench):
                own.bench.close()


async def asked(
    gateway: Gateway,
    path: str,
    said: object,
    headers: Mapping[str, str] = INSPECTS,
) -> tuple[int, Any]:
    """The status and the JSON of one question."""
    async with client(gateway) as http:
        answer = await http.post(f"/explorer/{path}", json=said, headers=headers)
    return answer.status_code, answer.json()
