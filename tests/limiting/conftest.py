"""A gateway with limits, on a real port, with every door open."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from gateway.app import Gateway
from gateway.cli.listening import Wishes, asgi, built
from gateway.telemetry.events import Event
from gateway.telemetry.limiting import LimitExceeded
from tests.identity.conftest import PROFILE
from tests.project import write
from tests.redis_server import redis_server
from tests.serving import running

__all__ = ["Limited", "limited", "redis_server"]

DOORS = "agents: true\napi: true\noperations: ./operations\n"


DIRECT = {"proxy_headers": False}
"""As the command listens: uvicorn does not look for clients behind proxies."""


@dataclass(slots=True)
class Limited:
    """A running gateway, its client, and all that it told."""

    client: httpx.Client
    gateway: Gateway
    heard: list[Event] = field(default_factory=list)

    def counts(self) -> dict[tuple[str, str], int]:
        """How often each limit was exceeded, by what came of it."""
        return dict(self.gateway.pipeline.preparing.excesses.counts)  # type: ignore[arg-type]

    def told(self) -> list[LimitExceeded]:
        return [event for event in self.heard if isinstance(event, LimitExceeded)]


@contextmanager
def limited(
    folder: Path,
    limits: str,
    more: str = "",
    files: Mapping[str, str] | None = None,
) -> Iterator[Limited]:
    """A gateway with these `limits`."""
    heard: list[Event] = []
    with ExitStack() as stack:
        made = {
            "profiles/me.yaml": PROFILE,
            "operations/who.graphql": "query who { me { told } }",
            "headwater.yaml": f"{DOORS}limits: {limits}\n{more}",
            **(files or {}),
        }
        config = write(folder, made)
        gateway = built(Wishes(config=(str(config),)), heard.append)
        port = stack.enter_context(
            running(asgi(gateway), lifespan="on", proxy_headers=False)
        )
        client = stack.enter_context(
            httpx.Client(
                base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=60
            )
        )
        yield Limited(client, gateway, heard)
