"""A gateway of webhook sources on a real port."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn

from gateway.app import Gateway, build_gateway
from gateway.cli.listening import asgi
from gateway.telemetry.events import Event
from tests.project import write

SECRET, TOKEN = "wh-s3cret", "wh-t0ken"
SDL = """
type Query { ping: String }
type Subscription { paid(account: ID!): Paid }
type Paid { payment: Payment }
type Payment { id: ID!, amount: Int }
"""
PROFILE = """
language: 1
operation: paid
kind: subscription
steps:
  - { name: payment, type: stream, source: signed, channel: "${ account }" }
"""
DEPLOYMENT = f"""
sources:
  default: {{ url: "http://upstream.invalid" }}
  signed:
    type: webhook
    hmac: {{ header: x-signature, secret: "{SECRET}", format: prefixed }}
    channel: body.account
    delivery: x-delivery
    body: 1kB
  tokened: {{ type: webhook, token: {{ header: x-token, value: "{TOKEN}" }} }}
  open: {{ type: webhook, verify: none }}
"""


def signature(content: bytes, secret: str = SECRET) -> str:
    made = hmac.new(secret.encode(), content, hashlib.sha256).hexdigest()
    return f"sha256={made}"


@dataclass(frozen=True, slots=True)
class Bank:
    """A running gateway, and who posts to it."""

    gateway: Gateway
    client: httpx.AsyncClient
    events: list[Event]

    def source(self, name: str) -> Any:
        return self.gateway.current.upstreams[name].source

    async def post(
        self, name: str, content: bytes, **headers: str
    ) -> tuple[int, dict[str, Any]]:
        """The status and body of a delivery; JSON unless the headers say otherwise."""
        given = {n.replace("_", "-"): v for n, v in headers.items()}
        sent = {"content-type": "application/json", **given}
        said = await self.client.post(
            f"/webhooks/{name}", content=content, headers=sent
        )
        return said.status_code, said.json()

    async def signed(self, content: bytes, **headers: str) -> int:
        """The status of a delivery that is signed as it should be."""
        told = {"x_signature": signature(content), **headers}
        return (await self.post("signed", content, **told))[0]


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Any:
        yield


@pytest.fixture
async def bank(tmp_path: Path) -> AsyncIterator[Bank]:
    files = {
        "schema/bank.graphql": SDL,
        "profiles/paid.yaml": PROFILE,
        "profiles/ping.yaml": (
            "language: 1\noperation: ping\n"
            "steps: [{ name: ping, type: value, value: pong }]\n"
        ),
        "headwater.yaml": DEPLOYMENT,
    }
    events: list[Event] = []
    gateway = build_gateway([write(tmp_path, files)], {}, observe=events.append)
    listener = socket.create_server(("127.0.0.1", 0))
    server = _Server(uvicorn.Config(asgi(gateway), log_level="critical"))
    serving = asyncio.create_task(server.serve([listener]))
    base = f"http://127.0.0.1:{listener.getsockname()[1]}"
    try:
        async with httpx.AsyncClient(base_url=base, timeout=60) as client:
            yield Bank(gateway, client, events)
    finally:
        server.should_exit = True
        await serving
