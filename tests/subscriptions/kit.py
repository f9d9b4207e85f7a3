"""A gateway with subscriptions on a real port of this loop, and its clients."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from gateway.app import Gateway, build_gateway
from gateway.cli.listening import Draining
from gateway.execution.guards.bulkhead import Bulkhead
from gateway.execution.upstream import Upstream
from gateway.schema.server import application
from gateway.schema.serving import ServerSettings
from gateway.telemetry.events import Event
from gateway.testing import ScriptedSource, ScriptedStream, answers
from tests.project import write

SDL = """
type Query { ping: String }
type Subscription { paid(customer: ID!): Paid }
type Paid { payment: Payment, account: Account, rate: Rate }
type Payment { id: ID!, amount: Int, account: ID }
type Account { id: ID!, owner: String }
type Rate { value: Float }
"""
PAID = """
language: 1
operation: paid
kind: subscription
steps:
  - { name: payment, type: stream, source: events, channel: "paid:${ customer }" KEYS }
  - { name: account, endpoint: "/accounts/{payment.account}" }
  - { name: rate, endpoint: "/rates/{payment.id}" }
"""
DEPLOYMENT = """
sources:
  default: { url: "http://upstream.invalid" }
  events: { type: redis, url: "REDIS" }
auth: { trust_headers: true }
"""
QUERY = (
    'subscription { paid(customer: "7") { payment { id amount } account { owner } } }'
)
JSON = {"content-type": "application/json"}
SSE = {**JSON, "accept": "text/event-stream"}


def files(
    keys: str = "",
    *,
    more: str = "",
    redis: str = "redis://events.invalid",
    sdl: str = SDL,
) -> dict[str, str]:
    """The project, with more keys of the stream's step and of the deployment."""
    return {
        "schema/bank.graphql": sdl,
        "profiles/paid.yaml": PAID.replace("KEYS", keys),
        "headwater.yaml": DEPLOYMENT.replace("REDIS", redis) + more,
    }


def payment(number: int, **more: object) -> Mapping[str, object]:
    return {"id": str(number), "amount": number * 10, "account": f"a{number}", **more}


def told(number: int) -> Mapping[str, object]:
    """The answer to `QUERY` for a payment."""
    said = {"id": str(number), "amount": number * 10}
    return {"data": {"paid": {"payment": said, "account": {"owner": "Ada"}}}}


@dataclass(slots=True)
class Bank:
    """A running gateway; ``folder`` has its files."""

    gateway: Gateway
    folder: Path
    port: int
    server: uvicorn.Server
    calls: ScriptedSource
    stream: ScriptedStream
    events: list[Event] = field(default_factory=list)

    def happened(self, kind: type[Event]) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]

    @asynccontextmanager
    async def sse(
        self, query: str = QUERY, **headers: str
    ) -> AsyncIterator[AsyncIterator[tuple[str, str, Any]]]:
        """A subscription as server-sent events: each one's id, name and data."""
        sent = {**SSE, **{n.replace("_", "-"): v for n, v in headers.items()}}
        async with (
            httpx.AsyncClient(timeout=60) as client,
            client.stream(
                "POST",
                f"http://127.0.0.1:{self.port}/graphql",
                json={"query": query},
                headers=sent,
            ) as response,
        ):
            assert response.headers["content-type"].startswith("text/event-stream")
            yield sse_events(response)

    @asynccontextmanager
    async def socket(
        self,
        init: Mapping[str, object] | None = None,
        *,
        max_queue: int = 16,
        **headers: str,
    ) -> AsyncIterator[Client]:
        """A WebSocket that has introduced itself."""
        async with connect(
            f"ws://127.0.0.1:{self.port}/graphql",
            subprotocols=[Subprotocol("graphql-transport-ws")],
            max_size=None,
            compression=None,
            max_queue=max_queue,
            additional_headers={n.replace("_", "-"): v for n, v in headers.items()},
        ) as connection:
            client = Client(connection)
            await client.send({"type": "connection_init", "payload": init or {}})
            assert await client.receive() == {"type": "connection_ack"}
            yield client


@dataclass(frozen=True, slots=True)
class Client:
    """One end of a WebSocket."""

    connection: ClientConnection

    async def send(self, message: Mapping[str, object]) -> None:
        await self.connection.send(json.dumps(message))

    async def receive(self) -> Any:
        return json.loads(await asyncio.wait_for(self.connection.recv(), 60))

    async def subscribe(
        self, id_: str = "1", query: str = QUERY, after: str | None = None
    ) -> None:
        payload: dict[str, object] = {"query": query}
        if after is not None:
            payload["extensions"] = {"lastEventId": after}
        await self.send({"id": id_, "type": "subscribe", "payload": payload})


async def sse_events(response: httpx.Response) -> AsyncIterator[tuple[str, str, Any]]:
    """Each event's id, name and data."""
    found: dict[str, str] = {}
    async for line in response.aiter_lines():
        if line:
            name, _, value = line.partition(":")
            found[name] = value.strip()
        elif "event" in found or "retry" in found:
            data = found.get("data")
            name = found.get("event", "retry")
            yield found.get("id", ""), name, json.loads(data) if data else None
            found = {}
        else:
            found = {}


class _Server(Draining):
    """One that leaves the signals of the process alone."""

    @contextlib.contextmanager
    def capture_signals(self) -> Any:
        yield


@asynccontextmanager
async def bank(
    folder: Path,
    written: Mapping[str, str] | None = None,
    *,
    real: bool = False,
    stream: ScriptedStream | None = None,
    settings: ServerSettings | None = None,
    serves: bool = False,
    bounded: bool = False,
) -> AsyncIterator[Bank]:
    """The gateway of a project; ``real``: of its sources only calls are scripted.

    ``serves``: with all that a process has besides, such as an exporter of traces.
    ``bounded``: behind the connections that `headwater serve` has.
    """
    calls = ScriptedSource(
        {"account": answers({"id": "a", "owner": "Ada"}), "rate": answers({"value": 1})}
    )
    said, events = stream or ScriptedStream({}), list[Event]()
    config = write(folder, written or files())
    told = {"observe": events.append, "remember": serves}
    gateway = build_gateway([config], {}, **told)
    scripted = {
        "default": Upstream("default", calls, Bulkhead(1_000)),
        "events": Upstream("events", said, Bulkhead(1_000), jitter=lambda: 0.0),
    }
    if real:
        opened = gateway.loader.open_sources

        def opening(deployment: Any) -> Any:
            upstreams, give_back = opened(deployment)
            return {**upstreams, "default": scripted["default"]}, give_back
    else:

        def opening(deployment: Any) -> Any:
            return scripted, lambda: None

    gateway.loader.open_sources = opening
    gateway.current.lease.retire()
    gateway.current = gateway.holding.upon(gateway.loader.load())
    app = application(gateway, settings or ServerSettings())
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    options: Any = {"ws": "websockets-sansio", "lifespan": "off"}
    if bounded:
        options["http"] = app.connection
    server = _Server(uvicorn.Config(app, log_level="critical", **options), gateway)
    async with gateway.serving():
        serving = asyncio.create_task(server.serve([listener]))
        try:
            yield Bank(gateway, folder, port, server, calls, said, events)
        finally:
            server.should_exit = True
            server.force_exit = True
            await serving
            listener.close()


async def until(condition: Callable[[], bool]) -> None:
    """Let everybody go on until something is so."""
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110 - any condition, no event of its own
            await asyncio.sleep(0)
