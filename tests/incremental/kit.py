"""A gateway whose steps a test holds back, on a real port, and a reader of parts."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import uvicorn

from gateway.app import Gateway, build_gateway
from gateway.connectors.base import Call, Reply
from gateway.errors import ErrorClass, UpstreamError
from gateway.execution.guards.bulkhead import Bulkhead
from gateway.execution.upstream import Upstream
from gateway.schema.bounds import DEFAULT, Bounds
from gateway.schema.server import application
from gateway.schema.serving import ServerSettings
from gateway.telemetry.events import Event
from gateway.testing import ScriptedSource
from tests.project import write

SDL = """
type Query { customer(id: ID!): Customer, ping: Ping }
type Mutation { rename(id: ID!): Renamed }
type Renamed { profile: Profile, risk: Risk }
type Ping { value: String }
type Customer { profile: Profile, risk: Risk, orders: [Order!], grid: [[Cell!]!] }
type Profile { name: String!, branch: Branch, nick: String }
type Branch { id: ID!, city: String }
type Risk { score: Int!, note: String }
type Order { id: ID!, total: Int, shop: Shop }
type Shop { name: String }
type Cell { x: Int! }
"""
CUSTOMER = """
language: 1
operation: customer
KEYS
steps:
  - { name: profile, endpoint: "/profiles/{id}" }
  - { name: risk, endpoint: "/risks/{id}", role: ROLE }
  - { name: orders, endpoint: "/orders/{id}" }
  - { name: grid, endpoint: "/grids/{id}" }
"""
BRANCH = """
language: 1
entity: Profile
steps:
  - { name: branch, endpoint: "/branches/{self.branchId}" }
"""
SHOP = """
language: 1
entity: Order
steps:
  - { name: shop, endpoint: "/shops/{self.id}" }
"""
RENAME = """
language: 1
operation: rename
kind: mutation
steps:
  - { name: profile, endpoint: "/renamed/{id}", method: POST }
  - { name: risk, endpoint: "/risks/{id}" }
"""
PING = """
language: 1
operation: ping
steps:
  - { name: value, endpoint: "/ping" }
"""
BODIES: Mapping[str, object] = {
    "profile": {"name": "Ada", "nick": "A", "branchId": "b1"},
    "branch": {"id": "b1", "city": "Berlin"},
    "risk": {"score": 7, "note": "low"},
    "orders": [{"id": "o1", "total": 1}, {"id": "o2", "total": 2}, {"id": "o3"}],
    "shop": {"name": "Corner"},
    "grid": [[{"x": 1}, {"x": 2}], [{"x": 3}]],
    "value": "pong",
}
EARLIER = "multipart/mixed;deferSpec=20220824,application/json"
CURRENT = "multipart/mixed;incrementalSpec=v0.2, application/json"
URQL = (
    "application/graphql-response+json, application/graphql+json,"
    " application/json, text/event-stream, multipart/mixed"
)


def files(
    *, role: str = "optional", keys: str = "", deployment: str = ""
) -> dict[str, str]:
    """The project; the role of the step ``risk``, and more keys."""
    return {
        "schema/bank.graphql": SDL,
        "profiles/customer.yaml": CUSTOMER.replace("ROLE", role).replace("KEYS", keys),
        "profiles/profile.yaml": BRANCH,
        "profiles/order.yaml": SHOP,
        "profiles/rename.yaml": RENAME,
        "profiles/ping.yaml": PING,
        "headwater.yaml": 'sources:\n  default: { url: "http://upstream.invalid" }\n'
        + deployment,
    }


@dataclass(slots=True)
class Held:
    """What steps answer. Those in ``gates`` wait until the test opens them."""

    bodies: dict[str, object] = field(default_factory=lambda: dict(BODIES))
    gates: dict[str, asyncio.Event] = field(default_factory=dict)

    def hold(self, *steps: str) -> None:
        self.gates.update({step: asyncio.Event() for step in steps})

    def open(self, *steps: str) -> None:
        for step in steps:
            self.gates[step].set()

    async def behave(self, call: Call[Any]) -> Reply:
        if call.step in self.gates:
            await self.gates[call.step].wait()
        body = self.bodies[call.step]
        if body is None:
            raise UpstreamError("The source is away.", kind=ErrorClass.CONNECT)
        return Reply(body)


@dataclass(slots=True)
class Bank:
    """A running gateway, and what it is told."""

    gateway: Gateway
    port: int
    source: ScriptedSource
    held: Held
    events: list[Event] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)

    def happened(self, kind: type[Event]) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]

    @asynccontextmanager
    async def asked(
        self, query: str, accept: str = CURRENT, **variables: object
    ) -> AsyncIterator[Parts]:
        """One request, and a reader of its parts."""
        async with (
            httpx.AsyncClient(timeout=60) as client,
            client.stream(
                "POST",
                f"http://127.0.0.1:{self.port}/graphql",
                json={"query": query, "variables": variables},
                headers={"accept": accept, **self.headers},
            ) as response,
        ):
            yield Parts(response)

    async def whole(self, query: str, **variables: object) -> Any:
        """The same asked for one answer."""
        async with self.asked(query, "application/json", **variables) as parts:
            return await parts.json()

    async def all(self, query: str, accept: str = CURRENT, **more: object) -> list[Any]:
        """Every part, when all are there."""
        async with self.asked(query, accept, **more) as parts:
            return [part async for part in parts.each()]


class Parts:
    """Reads a part the moment its delimiter has come, as clients do."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self.ended = False
        self._text = ""
        self._bytes = response.aiter_text()
        events = self.kind.startswith("text/event-stream")
        self._between = "\n\n" if events else "\r\n---"

    @property
    def kind(self) -> str:
        found: str = self.response.headers["content-type"]
        return found

    async def json(self) -> Any:
        return json.loads(await self.response.aread())

    async def next(self) -> Any:
        """The next part; None at the end."""
        while self._between not in self._text:
            async with asyncio.timeout(60):
                self._text += await anext(self._bytes)
        part, self._text = self._text.split(self._between, 1)
        if self._between == "\n\n":
            name, _, data = part.partition("\ndata:")
            return json.loads(data) if name == "event: next" else None
        return json.loads(part.split("\r\n\r\n", 1)[1])

    async def each(self) -> AsyncIterator[Any]:
        """All that are left; the answer has to end with the last."""
        while True:
            part = await self.next()
            if part is None:
                return
            yield part
            if not part["hasNext"]:
                break
        rest = self._text + "".join([text async for text in self._bytes])
        events = self._between == "\n\n"
        assert rest == ("event: complete\ndata:\n\n" if events else "--\r\n")


class _Server(uvicorn.Server):
    """One that leaves the signals of the process alone."""

    @contextlib.contextmanager
    def capture_signals(self) -> Any:
        yield


@asynccontextmanager
async def bank(
    folder: Path,
    written: Mapping[str, str] | None = None,
    bounds: Bounds | None = None,
) -> AsyncIterator[Bank]:
    """The gateway of a project, served.

    Where there are ``bounds``, behind the connections that `headwater serve` has.
    """
    held, events = Held(), list[Event]()
    source = ScriptedSource({}, otherwise=held.behave)
    upstream = {"default": Upstream("default", source, Bulkhead(1_000))}
    gateway = build_gateway(
        [write(folder, written or files())],
        {},
        observe=events.append,
        open_sources=lambda _: (upstream, lambda: None),
    )
    app = application(
        gateway, ServerSettings(watch_after=0.01, bounds=bounds or DEFAULT)
    )
    # asyncio turns off Nagle's delay only where the protocol is said
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    listener.listen()  # who connects before the server begins has to wait
    options: Any = {"http": app.connection} if bounds else {}
    config = uvicorn.Config(app, log_level="critical", lifespan="off", **options)
    server = _Server(config)
    async with gateway.serving():
        serving = asyncio.create_task(server.serve([listener]))
        try:
            port = listener.getsockname()[1]
            yield Bank(gateway, port, source, held, events)
        finally:
            server.should_exit = server.force_exit = True
            await serving
            listener.close()
