"""A small gateway on a real port: hand-made profiles, one source, a real uvicorn.

Other rooms' tests may build on it: `Bank` is the running gateway, `running` serves an
ASGI app, `raw` speaks HTTP by hand.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn

from gateway.clock import LoopClock
from gateway.connectors.base import Call, InputUse, Reply, Slot, Source, Wire
from gateway.errors import ErrorClass, Problems, UpstreamError
from gateway.execution.guards.bulkhead import Bulkhead
from gateway.execution.upstream import Upstream
from gateway.expression import parse
from gateway.generation import Generation
from gateway.pipeline import Pipeline
from gateway.profile.model import Audience, Input, OneStep, Profile, Reads, Step
from gateway.request.adapter import AdapterSettings, Plans
from gateway.request.model import OperationKind
from gateway.schema.build import build_schema
from gateway.schema.exchange import App
from gateway.schema.health import describe
from gateway.schema.sdl import read_sdl
from gateway.schema.server import Application
from gateway.telemetry.events import Event
from gateway.values import NOWHERE, JsonValue, SourceSpan, canonical, digest

SDL = """
type Query {
  customer(id: ID!): Customer
  echo(value: JSON): JSON
}
type Mutation { rename(id: ID!, name: String!): Customer }
type Subscription { renamed: Customer }
type Customer { id: ID!, name: String! }
scalar JSON
"""

ARGUMENTS = {
    "customer": ("id",),
    "echo": ("value",),
    "rename": ("id", "name"),
}


@dataclass(slots=True)
class Ledger:
    """The one source: knows every customer, and how to behave badly.

    The id ``slow`` waits until it is cancelled, ``down`` cannot be reached, ``bug``
    raises what a source must not, ``nobody`` does not exist.
    """

    greeting: str = "Ada"
    calls: list[Mapping[str, object]] = field(default_factory=list)
    slow: int = 0
    started: threading.Event = field(default_factory=threading.Event)
    cancelled: threading.Event = field(default_factory=threading.Event)

    def render(self, call: Call[Any]) -> Wire:
        """By step and inputs."""
        return Wire((call.step, canonical(call.inputs)))

    async def call(self, call: Call[Any]) -> Reply:
        """Answer from memory."""
        self.calls.append(dict(call.inputs))
        if "value" in call.inputs:
            return Reply(call.inputs["value"])
        key = str(call.inputs["id"])
        if key == "slow":
            await self._hang()
        if key == "down":
            raise UpstreamError("The source is away.", kind=ErrorClass.CONNECT)
        if key == "bug":
            raise ZeroDivisionError("secret detail")
        if key == "nobody":
            return Reply(None)
        name = call.inputs.get("name", self.greeting)
        return Reply({"id": key, "name": str(name)})

    async def _hang(self) -> None:
        self.slow += 1
        self.started.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.cancelled.set()
            raise

    def describe(self, call: Call[Any]) -> Mapping[str, JsonValue]:
        """The call as it is."""
        return {name: str(value) for name, value in call.inputs.items()}

    async def close(self) -> None:
        """Nothing is open."""


def generation(
    number: int = 1,
    *,
    source: Source[Any],
    sdl: str = SDL,
    plans: Plans = Plans.EVERYONE,
) -> Generation:
    """A real generation: SDL, one profile for each root field, one upstream."""
    problems = Problems()
    read = read_sdl({"bank.graphql": sdl}, problems)
    assert read is not None, problems.found
    schema = build_schema(read, "", problems)
    assert schema is not None, problems.found
    profiles = {
        name: _profile(name, arguments, read.shapes)
        for name, arguments in ARGUMENTS.items()
        if read.shapes.field("Query", name) or read.shapes.field("Mutation", name)
    }
    upstream = Upstream("ledger", source, Bulkhead(16))
    return Generation(
        number=number,
        digest=digest(sdl, str(number)),
        schema=schema,
        schema_digest=digest(sdl),
        shapes=read.shapes,
        audience=Audience(profiles, {}, digest(sdl, "audience")),
        upstreams={"ledger": upstream},
        admission=AdapterSettings(plans=plans),
    )


def _profile(name: str, arguments: tuple[str, ...], shapes: Any) -> Profile:
    writes = shapes.field("Query", name) is None
    shape = shapes.field("Mutation" if writes else "Query", name)
    step = Step(
        name=name,
        type="ledger",
        source="ledger",
        target={argument: Slot(argument) for argument in arguments},
        inputs={a: Input(parse(a), InputUse.VALUE) for a in arguments},
        reads=Reads(),
        span=SourceSpan("bank.yaml", 1, 1),
        timeout=30.0,
    )
    return Profile(
        operation=name,
        kind=OperationKind.MUTATION if writes else OperationKind.QUERY,
        field=shape,
        returns=shape.type.name,
        root=OneStep(name),
        steps={name: step},
        entities={},
        deadline=30.0,
        digest=digest(name),
        span=NOWHERE,
        arguments=arguments,
    )


@dataclass(slots=True)
class Bank:
    """A running gateway over the ledger. Set `current` to reload it."""

    ledger: Ledger = field(default_factory=Ledger)
    events: list[Event] = field(default_factory=list)
    ready: bool = True
    current: Generation = field(init=False)
    pipeline: Pipeline = field(init=False)

    def __post_init__(self) -> None:
        self.current = generation(source=self.ledger)
        self.pipeline = Pipeline(LoopClock(), self.events.append)

    def health(self) -> Mapping[str, JsonValue]:
        """As the app says it."""
        return {**describe(self.current), "ready": self.ready}


@contextmanager
def running(app: App, at: int = 0, **options: Any) -> Iterator[int]:
    """Serve an app by uvicorn in a thread; gives the port, which the system chooses."""
    listening = socket.create_server(("127.0.0.1", at))
    options.setdefault("lifespan", "off")
    options.setdefault("proxy_headers", False)  # as `headwater serve` has it
    if isinstance(app, Application):
        options |= {"http": app.connection, "ws": app.sockets}
    options.setdefault("ws", "websockets-sansio")
    config = uvicorn.Config(app, log_level="warning", **options)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        yield listening.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join()
        listening.close()


def raw(port: int, data: bytes, *, finish: Callable[[bytes], bool] = bool) -> bytes:
    """Send bytes as they are, and read until the other side is done or `finish`."""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.sendall(data)
        got = b""
        while not (got and finish(got)):
            part = connection.recv(65536)
            if not part:
                break
            got += part
        return got
