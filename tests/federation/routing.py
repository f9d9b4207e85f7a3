"""Routers, Apollo's and Hive's, driven by `router.mjs` in Node."""

from __future__ import annotations

import asyncio
import json
from asyncio.subprocess import PIPE
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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
    """`router.mjs` where its packages are."""

    folder: Path

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
        running = await asyncio.create_subprocess_exec(
            "node",
            ROUTER.name,
            cwd=self.folder,
            stdin=PIPE,
            stdout=PIPE,
            stderr=PIPE,
        )
        said, complaints = await running.communicate(json.dumps(asked).encode())
        assert running.returncode == 0, complaints.decode()
        return json.loads(said)


@pytest.fixture(scope="session")
def router(request: pytest.FixtureRequest) -> Router:
    """The router with its packages."""
    return Router(node_folder(request, HERE))
