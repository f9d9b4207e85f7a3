"""Routers, Apollo's and Hive's, driven by `router.mjs` in Node.

One process for all tests: its packages take seconds to load.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.npm import node_folder

HERE = Path(__file__).parent
ROUTER = HERE / "router.mjs"


@dataclass(frozen=True, slots=True)
class Routed:
    """What composing came to, by package, and the routers' answers.

    Both are asked the same, Apollo's first.
    """

    composed: Mapping[str, Sequence[str]]
    answers: Sequence[Mapping[str, Any]]
    hive: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Router:
    """A running `router.mjs`."""

    at: str

    async def ask(self, url: str, *queries: str) -> Routed:
        """Compose the subgraph at a URL with the other one, and ask the router."""
        asked = {"url": url, "queries": [{"query": query} for query in queries]}
        return Routed(**await self._run(asked))

    async def compose(
        self, texts: Mapping[str, Sequence[str]]
    ) -> Mapping[str, Mapping[str, Sequence[str]]]:
        """What both packages have against a subgraph's SDL beside another's."""
        found: Mapping[str, Mapping[str, Sequence[str]]]
        found = (await self._run({"texts": texts}))["composed"]
        return found

    async def _run(self, asked: object) -> Any:
        async with httpx.AsyncClient(timeout=120, trust_env=False) as client:
            reply = await client.post(self.at, json=asked)
        assert reply.status_code == 200, reply.text
        return reply.json()


@pytest.fixture(scope="session")
def router(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Router]:
    """The router with its packages."""
    folder = node_folder(request, HERE)
    complaints = tmp_path_factory.mktemp("router") / "log"
    with (
        complaints.open("wb") as log,
        subprocess.Popen(
            ["node", ROUTER.name],
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
        ) as process,
    ):
        try:
            assert process.stdout is not None
            port = process.stdout.readline().decode().strip()
            assert port, complaints.read_text("utf-8")
            yield Router(f"http://127.0.0.1:{port}")
        finally:
            process.kill()
