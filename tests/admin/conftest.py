"""A gateway that follows a store in a directory, with its admin API on a real port."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.app import Gateway, build_gateway
from gateway.cli.administering import Administered, administered
from gateway.release.releases import Releases
from gateway.release.stores.opening import open_store
from gateway.telemetry.events import Event
from tests.project import write
from tests.release.kit import ADA, bundle, releases

TOKEN = "an-operators-token-1"
DEPLOYMENT = """
profiles: { state: ./state }
release: { store: ./store, poll: 1h }
admin: { port: 0, tokens: { ci: an-operators-token-1, eve: another-token-of-hers } }
"""


@dataclass(slots=True)
class Operated:
    """A gateway, its store, and an operator's client."""

    gateway: Gateway
    admin: Administered
    client: httpx.AsyncClient
    releases: Releases
    config: Path
    heard: list[Event]

    async def ask(self, method: str, path: str, **more: Any) -> Any:
        answer = await self.client.request(method, f"/v1{path}", **more)
        return answer.status_code, answer.json()


@pytest.fixture
async def operated(tmp_path: Path) -> AsyncIterator[Operated]:
    config = write(tmp_path, {"headwater.yaml": DEPLOYMENT})
    here = releases(open_store(str(tmp_path / "store")))
    here.publish(bundle(1))
    here.activate(bundle(1).id, ADA)
    heard: list[Event] = []
    gateway = build_gateway([config], {}, observe=heard.append, remember=True)
    admin = administered(gateway)
    assert admin is not None
    bearer = {"authorization": f"Bearer {TOKEN}"}
    async with (
        admin.serving(),
        httpx.AsyncClient(base_url=admin.url, headers=bearer) as client,
    ):
        yield Operated(gateway, admin, client, here, config, heard)
