"""Node with the packages of routers, installed once by npm into pytest's own cache.

Without npm a test that asks for it is skipped; with REQUIRE_SERVICES=1 it fails. Must
never write a lock file: it would name the registry it was made from.
"""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import shutil
import subprocess
from asyncio.subprocess import PIPE
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from gateway.values import digest

HERE = Path(__file__).parent
PACKAGES = HERE / "package.json"
ROUTER = HERE / "router.mjs"
INSTALL = (
    "npm",
    "install",
    "--no-audit",
    "--no-fund",
    "--no-package-lock",
    "--ignore-scripts",
)


@dataclass(frozen=True, slots=True)
class Routed:
    """What composing came to, by package, and the router's answers."""

    composed: Mapping[str, Sequence[str]]
    answers: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Router:
    """`router.mjs` where its packages are."""

    folder: Path

    async def ask(self, url: str, *queries: str) -> Routed:
        """Compose the subgraph at a URL with the other one, and ask the router."""
        asked = {"url": url, "queries": [{"query": query} for query in queries]}
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
        return Routed(**json.loads(said))


@pytest.fixture(scope="session")
def router(request: pytest.FixtureRequest) -> Router:
    """The router with its packages; they are installed when their list changes."""
    if not (shutil.which("node") and shutil.which("npm")):
        reason = "needs node and npm: apt-get install nodejs npm"
        if os.environ.get("REQUIRE_SERVICES") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    listed = PACKAGES.read_text("utf-8")
    folder: Path = request.config.cache.mkdir(f"federation-{digest(listed)}")  # type: ignore[union-attr]
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # of the processes of a run, one installs
        installed = folder / "installed"
        if not installed.exists():
            shutil.copy(PACKAGES, folder)
            subprocess.run(INSTALL, cwd=folder, check=True, capture_output=True)
            shutil.copy(ROUTER, folder)
            installed.touch()
    return Router(folder)
