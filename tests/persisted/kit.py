"""A gateway that knows documents by their ids, on a real port, asked in every way."""

from __future__ import annotations

import asyncio
import hashlib
import json
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from gateway.app import Gateway, build_gateway
from gateway.cli.listening import agent_settings, deployment_of
from gateway.cli.reached import server_settings
from gateway.doors.agents.http import routes as agents
from gateway.doors.rest.routes import routes as rest
from gateway.execution.guards.bulkhead import Bulkhead
from gateway.execution.upstream import Upstream
from gateway.loading.caching import open_store
from gateway.schema.server import application
from gateway.telemetry.events import Event
from gateway.testing import ScriptedSource, answers
from tests.project import write

SDL = """
type Query { book(id: ID!): Book }
type Mutation { rate(id: ID!): Book }
type Book { id: ID!, title: String }
"""
FILES = {
    "schema/shop.graphql": SDL,
    "profiles/book.yaml": """
language: 1
operation: book
steps: [{ name: book, endpoint: "/books/{id}" }]
""",
    "profiles/rate.yaml": """
language: 1
operation: rate
kind: mutation
steps: [{ name: rate, method: POST, endpoint: "/books/{id}/stars" }]
""",
}
DEPLOYMENT = """
sources: { default: { url: "http://upstream.invalid" } }
agents: { query: true }
api: true
"""
BOOK = "query Book($id: ID!) { book(id: $id) { title } }"
RATE = "mutation Rate { rate(id: 1) { id } }"
ONE = {"id": "1"}
TOLD = {"data": {"book": {"title": "Middlemarch"}}}
NOT_FOUND = [
    {
        "message": "PersistedQueryNotFound",
        "extensions": {"code": "PERSISTED_QUERY_NOT_FOUND"},
    }
]
JSON = {"accept": "application/graphql-response+json"}


def hash_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def by_hash(text: str) -> dict[str, Any]:
    """Apollo's extension for a document."""
    return {"persistedQuery": {"version": 1, "sha256Hash": hash_of(text)}}


def named(text: str, **more: Any) -> dict[str, Any]:
    """A request that names a document and does not send it."""
    return {"extensions": by_hash(text), "variables": ONE, **more}


def sent(text: str, **more: Any) -> dict[str, Any]:
    """One that sends it with its hash."""
    return {"query": text, **named(text, **more)}


def manifest(*documents: str, **by_id: str) -> str:
    """As Apollo's tool writes it."""
    known = {hash_of(text): text for text in documents} | by_id
    operations = [
        {
            "id": id_,
            "name": text.split()[1].split("(")[0],
            "type": "query",
            "body": text,
        }
        for id_, text in known.items()
    ]
    form = "apollo-persisted-query-manifest"
    return json.dumps({"format": form, "version": 1, "operations": operations})


@dataclass(slots=True)
class Shop:
    """The gateway, and how it is asked."""

    gateway: Gateway
    folder: Path
    port: int
    calls: ScriptedSource
    client: httpx.AsyncClient
    events: list[Event] = field(default_factory=list)

    async def post(self, **members: Any) -> tuple[int, Any]:
        """Status and body of a POST; the body's members are the arguments."""
        answer = await self.client.post("/graphql", json=members, headers=JSON)
        return answer.status_code, answer.json()

    async def get(self, **members: Any) -> tuple[int, Any]:
        """The same of a GET."""
        query = {
            name: one if isinstance(one, str) else json.dumps(one)
            for name, one in members.items()
        }
        answer = await self.client.get("/graphql", params=query, headers=JSON)
        return answer.status_code, answer.json()

    async def stream(self, **members: Any) -> str:
        """What a POST for events is told."""
        headers = {"accept": "text/event-stream"}
        return (await self.client.post("/graphql", json=members, headers=headers)).text

    async def socket(self, **payload: Any) -> Any:
        """The first message that a subscribe is answered by, but for its number."""
        protocols = [Subprotocol("graphql-transport-ws")]
        url = f"ws://127.0.0.1:{self.port}/graphql"
        async with connect(url, subprotocols=protocols) as ws, asyncio.timeout(60):
            await ws.send('{"type": "connection_init"}')
            await ws.recv()
            message = {"id": "1", "type": "subscribe", "payload": payload}
            await ws.send(json.dumps(message))
            told = json.loads(await ws.recv())
        if told["type"] == "error":
            for error in told["payload"]:
                assert error["extensions"].pop("request_id")
        return told

    async def edit(self, **files: str) -> bool:
        write(self.folder, {n.replace("__", "/"): t for n, t in files.items()})
        return await self.gateway.reload()

    def happened(self, kind: type) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Any:
        yield


@asynccontextmanager
async def shop(
    folder: Path, more: str = "", files: Mapping[str, str] | None = None
) -> AsyncIterator[Shop]:
    """The gateway; ``more`` of its deployment, and more ``files``."""
    said = {**FILES, **(files or {}), "headwater.yaml": DEPLOYMENT + more}
    config = write(folder, said)
    book = answers({"id": "1", "title": "Middlemarch"})
    calls, events = ScriptedSource({"book": book, "rate": book}), list[Event]()
    upstream = Upstream("default", calls, Bulkhead(100))
    stores: Any = []

    def opening(deployment: Any) -> Any:
        store = open_store(deployment.cache, gateway_clock, events.append)
        stores.append(store)
        return store, lambda: None

    from gateway.clock import SystemClock

    gateway_clock = SystemClock()
    gateway = build_gateway(
        [config],
        {},
        observe=events.append,
        open_sources=lambda _: ({"default": upstream}, lambda: None),
        open_cache=opening,
    )
    deployment = deployment_of(gateway)
    settings = server_settings(deployment, "127.0.0.1")
    doors = [
        *agents(gateway, agent_settings(deployment)),
        *rest(gateway, settings, "/api"),
    ]
    app = application(gateway, settings, routes=doors)
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    options: Any = {"ws": "websockets-sansio", "lifespan": "off"}
    config_ = uvicorn.Config(app, http=app.connection, log_level="critical", **options)
    server = _Server(config_)
    url = f"http://127.0.0.1:{port}"
    async with httpx.AsyncClient(base_url=url, timeout=60) as client:
        serving = asyncio.create_task(server.serve([listener]))
        try:
            yield Shop(gateway, folder, port, calls, client, events)
        finally:
            await client.aclose()
            server.should_exit = True
            await serving
            listener.close()
            for store in stores:
                await store.close()
