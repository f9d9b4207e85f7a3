"""A whole gateway over real sockets, with the hostile upstream as its only source.

The gateway listens by uvicorn in the test's own loop; a client asks it over HTTP.
Every wait here is bounded generously: what hangs fails, what is slow does not.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import uvicorn

from gateway.app import Gateway, build_gateway
from gateway.cli.listening import asgi
from gateway.execution.upstream import Upstream
from gateway.telemetry.events import Event
from gateway.testing import HostileUpstream, hostile

PATIENCE = 60.0
"""Seconds after which something hangs."""
SDL = """
type Query {
  customer(id: ID!): Customer
  hurried(id: ID!): Customer
  patient(id: ID!): Customer
}
type Customer { account: Account, risk: Risk, branch: JSON }
type Account { id: ID!, name: String! }
type Risk { score: Int, note: JSON }
scalar JSON
"""
DEPLOYMENT = """
profiles: {{ path: ./profiles, watch: false }}
schema: ./schema
sources:
  default:
    url: "{url}"
    forward_headers: [x-tenant]
    limits: {{ concurrency: 16, response: 5MB }}
"""
PROFILE = """
language: 1
operation: {operation}
deadline: 6m
steps:
  - {{ name: account, endpoint: "/accounts/{{id}}", role: required, timeout: 5m }}
  - {{ name: risk, endpoint: "/risk/{{id}}", timeout: {timeout}{more} }}
  - {{ name: branch, endpoint: "/branches/{{account.id}}", timeout: 5m }}
"""
PROFILES = {
    "customer": PROFILE.format(operation="customer", timeout="5m", more=""),
    "hurried": PROFILE.format(operation="hurried", timeout="200ms", more=""),
    "patient": PROFILE.format(
        operation="patient",
        timeout="5m",
        more=", retry: { attempts: 2, errors: [reset, 429, 5xx] }",
    ),
}
"""Three ways to take the same trouble: at leisure, in a hurry, and once more."""
ADA = {"id": "42", "name": "Ada"}
BRANCH = {"city": "Uppsala"}
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""A client reads every authority of the world for itself where it is given none."""
QUERY = (
    'query ($id: ID = "42") '
    "{ customer(id: $id) { account { id name } risk { score } branch } }"
)
HURRIED = QUERY.replace("customer", "hurried")
PATIENT = QUERY.replace("customer", "patient")


@dataclass(slots=True)
class Stand:
    """A running gateway, its upstream, and a client."""

    upstream: HostileUpstream
    gateway: Gateway
    client: httpx.AsyncClient
    events: list[Event] = field(default_factory=list)

    @property
    def source(self) -> Upstream:
        """The gateway's side of the upstream, guards included."""
        return self.gateway.current.upstreams["default"]

    async def post(
        self,
        query: str = QUERY,
        variables: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """One request over the wire."""
        body = {"query": query, "variables": variables or {}}
        async with asyncio.timeout(PATIENCE):
            return await self.client.post("/graphql", json=body, headers=headers)

    async def ask(self, query: str = QUERY, **variables: object) -> dict[str, Any]:
        """The answer's ``data`` and ``errors``, without where in the query."""
        answer = (await self.post(query, variables)).json()
        for error in answer.get("errors", ()):
            error.pop("locations", None)
        return {key: answer[key] for key in ("data", "errors") if key in answer}


@contextlib.asynccontextmanager
async def standing(
    folder: Path,
    profiles: Mapping[str, str] = PROFILES,
    *,
    deployment: str = DEPLOYMENT,
    sdl: str = SDL,
) -> AsyncIterator[Stand]:
    """A project in a folder, served; everything is closed and given back behind it."""
    async with HostileUpstream() as upstream:
        upstream.script("/accounts/*", hostile.answers(ADA))
        upstream.script("/branches/*", hostile.answers(BRANCH))
        config = _project(folder, profiles, sdl)
        config.write_text(deployment.format(url=upstream.url))
        events: list[Event] = []
        gateway = build_gateway([config], {}, observe=events.append)
        async with (
            _listening(gateway) as url,
            httpx.AsyncClient(base_url=url, timeout=PATIENCE, verify=NO_TLS) as client,
        ):
            yield Stand(upstream, gateway, client, events)


def _project(folder: Path, profiles: Mapping[str, str], sdl: str) -> Path:
    for name in ("profiles", "schema"):
        (folder / name).mkdir()
    (folder / "schema" / "bank.graphql").write_text(sdl)
    for name, text in profiles.items():
        (folder / "profiles" / f"{name}.yaml").write_text(text)
    return folder / "headwater.yaml"


@contextlib.asynccontextmanager
async def _listening(gateway: Gateway) -> AsyncIterator[str]:
    listener = socket.create_server(("127.0.0.1", 0))
    app = asgi(gateway)
    config = uvicorn.Config(
        app, http=app.connection, log_config=None, server_header=False
    )
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    await server.startup(sockets=[listener])
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        async with asyncio.timeout(PATIENCE):
            await _ended(server)
            listener.close()


async def _ended(server: uvicorn.Server) -> None:
    """As its own shutdown, which looks every 100 ms whether it is over."""
    for one in server.servers:
        one.close()
    for connection in list(server.server_state.connections):
        connection.shutdown()
    state = server.server_state
    while state.connections or state.tasks:  # noqa: ASYNC110 - ends are not events
        await asyncio.sleep(0)
    for one in server.servers:
        await one.wait_closed()
    await server.lifespan.shutdown()


def whole(risk: object, root: str = "customer") -> dict[str, Any]:
    """The answer in which nothing is missing."""
    return {"data": {root: {"account": ADA, "risk": risk, "branch": BRANCH}}}


def partial(code: str, message: str, root: str = "customer") -> dict[str, Any]:
    """The answer in which ``risk`` alone is missing, for one reason."""
    error = {
        "message": message,
        "path": [root, "risk"],
        "extensions": {"code": code},
    }
    return {**whole(None, root), "errors": [error]}
