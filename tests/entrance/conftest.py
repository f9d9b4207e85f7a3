"""A gateway with all its listeners, made as `headwater serve` makes it."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from gateway.app import Gateway, build_gateway
from gateway.cli.listening import asgi
from gateway.execution.guards.bulkhead import Bulkhead
from gateway.execution.upstream import Upstream
from gateway.testing import ScriptedSource, answers
from tests.project import write
from tests.serving import running

TOKEN = "an-operators-token-1"
DEPLOYMENT = f"""
sources: {{ default: {{ url: "http://upstream.invalid" }} }}
agents: true
api: true
admin: {{ port: 0, tokens: {{ ci: {TOKEN} }} MORE }}
"""
FILES = {
    "schema/shop.graphql": """
type Query { book(id: ID!): Book }
type Mutation { rate: Book }
type Book { id: ID!, title: String }
""",
    "profiles/book.yaml": """
language: 1
operation: book
steps: [{ name: book, endpoint: "/books/{id}" }]
""",
    "profiles/rate.yaml": """
language: 1
operation: rate
kind: mutation
steps: [{ name: book, method: POST, endpoint: "/stars" }]
""",
}


@dataclass(frozen=True, slots=True)
class Listening:
    """The ports of the gateway, and its source."""

    gateway: Gateway
    main: int
    admin: int
    calls: ScriptedSource


Listen = Callable[..., Listening]


@pytest.fixture
def listen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Listen]:
    """Starts one with more keys; ``dev``, and the address it is told it listens on."""
    from gateway.cli import administering

    ports: list[int] = []
    url_of = administering.url_of

    def told(listener: object, host: str) -> str:
        ports.append(listener.getsockname()[1])  # type: ignore[attr-defined]
        return url_of(listener, host)  # type: ignore[arg-type]

    monkeypatch.setattr(administering, "url_of", told)
    with ExitStack() as stack:

        def start(
            more: str = "",
            admin: str = "",
            *,
            host: str | None = None,
            dev: bool = False,
        ) -> Listening:
            said = DEPLOYMENT.replace("MORE", admin) + more
            config = write(tmp_path, {**FILES, "headwater.yaml": said})
            book = answers({"id": "1", "title": "Middlemarch"})
            calls = ScriptedSource({"book": book})
            upstream = Upstream("default", calls, Bulkhead(10))
            made = build_gateway(
                [config],
                {},
                observe=lambda _: None,
                open_sources=lambda _: ({"default": upstream}, lambda: None),
                dev=dev,
            )
            made.loader.identity.host = host
            main = stack.enter_context(running(asgi(made), lifespan="on"))
            _reached(ports[-1])
            return Listening(made, main, ports[-1], calls)

        yield start


def _reached(port: int) -> None:
    """A port takes no connection before somebody answers there."""
    for _ in range(1_000):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=60).close()
        except ConnectionRefusedError:
            time.sleep(0.01)
        else:
            return
    raise AssertionError(f"nobody listens at {port}")
