"""A gateway that writes notes and reads them, asked over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from gateway.app import Gateway, build_gateway
from gateway.schema.server import application
from gateway.schema.serving import ServerSettings
from gateway.telemetry.events import Event

READ = """
language: 1
operation: customer
args: { id: ID! }
steps:
  - name: notes
    endpoint: /notes/{id}
    cache: { ttl: 1h, tags: ["notes:${ id }"] }
"""
WRITE = """
language: 1
operation: addNote
kind: mutation
args: { id: ID!, text: String! }
IDEMPOTENCY
steps:
  - name: added
    method: POST
    endpoint: /notes/{id}
    body: { text: "${ text }" }
    retry: { attempts: 2 }
    INVALIDATES
  - { name: notes, endpoint: "/notes/{id}", depends_on: [added], cache: { ttl: 1h } }
"""
TYPED = {"content-type": "application/json"}
STRICT = {**TYPED, "accept": "application/graphql-response+json"}


@dataclass(slots=True)
class Notes:
    """An upstream in this process: notes by customer, and every request it had.

    ``statuses`` are those of the next writes; a gate holds writes until it is open.
    """

    notes: dict[str, list[str]] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    writing: asyncio.Event = field(default_factory=asyncio.Event)
    gate: asyncio.Event | None = None
    url: str = ""

    def count(self, method: str) -> int:
        return sum(one[0] == method for one in self.asked)

    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """HTTP/1.1, as much of it as the gateway speaks with it."""
        try:
            while line := await reader.readline():
                method, path, _ = line.decode().split(" ")
                headers = {}
                while text := (await reader.readline()).decode().strip():
                    name, _, value = text.partition(": ")
                    headers[name.lower()] = value
                length = int(headers.get("content-length", "0"))
                body = await reader.readexactly(length)
                status, answer = await self.answer(method, path, headers, body)
                writer.write(
                    f"HTTP/1.1 {status} X\r\ncontent-type: application/json\r\n"
                    f"content-length: {len(answer)}\r\n\r\n".encode()
                    + answer
                )
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def answer(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, bytes]:
        from orjson import dumps, loads

        self.asked.append((method, path))
        kept = self.notes.setdefault(path.rpartition("/")[2], [])
        if method == "GET":
            return 200, dumps(kept)
        self.keys.append(headers.get("x-once"))
        self.writing.set()
        if self.gate is not None:
            await self.gate.wait()
        if self.statuses and (status := self.statuses.pop(0)) != 200:
            return status, b"{}"
        kept.append(loads(body)["text"])
        return 200, dumps({"n": len(kept), "tags": [f"notes:{path[-1]}"]})


@asynccontextmanager
async def notes() -> AsyncIterator[Notes]:
    """The upstream, listening."""
    made = Notes()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield made
    finally:
        server.close()


@dataclass(slots=True)
class Asker:
    """A client of one gateway."""

    gateway: Gateway
    client: httpx.AsyncClient
    events: list[Event]

    async def ask(
        self, query: str, strict: bool = False, **headers: str
    ) -> tuple[int, Any]:
        sent = (STRICT if strict else TYPED) | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        answer = await self.client.post("/graphql", json={"query": query}, headers=sent)
        return answer.status_code, answer.json()

    async def data(self, query: str, **headers: str) -> Any:
        return (await self.ask(query, **headers))[1]["data"]


@asynccontextmanager
async def asker(
    folder: Path,
    upstream: Notes,
    *,
    redis: str | None = None,
    idempotency: str = "",
    invalidates: str = "",
    source: str = "",
) -> AsyncIterator[Asker]:
    """A gateway over files of its own, with a client."""
    (folder / "profiles").mkdir(parents=True, exist_ok=True)
    (folder / "profiles/customer.yaml").write_text(READ)
    write = WRITE.replace("IDEMPOTENCY", idempotency)
    (folder / "profiles/add.yaml").write_text(write.replace("INVALIDATES", invalidates))
    cache = f"cache: {{ url: '{redis}', near: 20ms }}\n" if redis else ""
    (folder / "headwater.yaml").write_text(
        f"sources: {{ default: {{ url: '{upstream.url}' {source} }} }}\n{cache}"
        "auth: { trust_headers: true }\n"
    )
    events: list[Event] = []
    gateway = build_gateway([folder / "headwater.yaml"], {}, observe=events.append)
    app = application(gateway, ServerSettings())
    transport = httpx.ASGITransport(app)
    async with (
        gateway.serving(),
        httpx.AsyncClient(transport=transport, base_url="http://gateway") as client,
    ):
        yield Asker(gateway, client, events)
