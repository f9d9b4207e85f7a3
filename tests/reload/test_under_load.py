"""Files change while clients query: nothing wrong, nothing lost, nothing refused.

A real gateway process, a real upstream, 16 clients. Each third change is broken, and
a new one is written as soon as the last one shows, which is faster than every 100 ms.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from tests.processes import ending
from tests.serving import running

CLIENTS = 16
CHANGES = 30
QUERY = '{ customer(id: "7") { version } steady(id: "7") { version } }'

DEPLOYMENT = """
profiles: {{ path: ./profiles }}
schema: ./schema
sources:
  default: {{ url: "http://127.0.0.1:{port}" }}
"""
SDL = """
type Query {
  customer(id: ID!): Customer
  steady(id: ID!): Customer
}
type Customer { version: Int! }
"""
STEADY = """
language: 1
operation: steady
steps:
  - { name: body, endpoint: "/customers/{id}/0" }
"""
BROKEN = """
language: 1
operation: customer
stepz: []
"""


def profile(version: int) -> str:
    """One version: which URL it calls is what its answers tell."""
    return STEADY.replace("steady", "customer").replace("/0", f"/{version}")


async def _customer(request: Request) -> JSONResponse:
    return JSONResponse({"version": int(request.path_params["version"])})


@dataclass(slots=True)
class Project:
    """A project on disk, its newest good version, and the newest seen to answer."""

    folder: Path
    written: int = 0
    live: int = 0
    answers: list[int] = field(default_factory=list)

    def write(self, text: str) -> None:
        """Replace the profile as an editor does: a new file in its place."""
        path = self.folder / "profiles" / "customer.yaml"
        fresh = path.with_suffix(".new")
        fresh.write_text(text)
        fresh.replace(path)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Two operations; only one of them ever changes."""
    for folder in ("profiles", "schema"):
        (tmp_path / folder).mkdir()
    (tmp_path / "schema" / "bank.graphql").write_text(SDL)
    (tmp_path / "profiles" / "steady.yaml").write_text(STEADY)
    made = Project(tmp_path)
    made.write(profile(0))
    return made


@pytest.fixture
def url(project: Project) -> Iterator[str]:
    """The gateway as a process of its own, and an upstream beside it."""
    route = Route("/customers/{id}/{version}", _customer, methods=["GET"])
    with running(Starlette(routes=[route])) as port:
        config = project.folder / "headwater.yaml"
        config.write_text(DEPLOYMENT.format(port=port))
        command = [sys.executable, "-m", "gateway", "serve", "-c", str(config)]
        process = subprocess.Popen(
            [*command, "--port", "0"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
            text=True,
            start_new_session=True,
        )
        with ending(process):
            assert process.stdout is not None
            yield process.stdout.readline().split()[-1].rstrip("/")
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=60)
            assert process.returncode == 0


@pytest.fixture
async def client(url: str) -> AsyncIterator[httpx.AsyncClient]:
    """Clients that wait as long as it takes: slow is not lost."""
    limits = httpx.Limits(max_connections=CLIENTS + 1)
    async with httpx.AsyncClient(base_url=url, limits=limits, timeout=60) as made:
        yield made


async def ask(client: httpx.AsyncClient, project: Project) -> int:
    """One query; its answer is right for some moment between asking and hearing."""
    oldest = project.live
    response = await client.post("/graphql", json={"query": QUERY})
    body = response.json()
    assert (response.status_code, body.get("errors")) == (200, None), body
    version: int = body["data"]["customer"]["version"]
    assert body["data"]["steady"] == {"version": 0}
    assert oldest <= version <= project.written
    project.live = max(project.live, version)
    return version


async def keep_asking(client: httpx.AsyncClient, project: Project) -> None:
    while True:
        project.answers.append(await ask(client, project))


async def shows(client: httpx.AsyncClient, project: Project) -> None:
    """Wait until the newest good version answers."""
    while await ask(client, project) != project.written:
        pass


async def is_stale(client: httpx.AsyncClient) -> None:
    """Wait until the health says that the profile's file is broken."""
    while (await client.get("/health")).json()["stale"] != ["customer"]:
        pass


async def test_no_answer_is_wrong_lost_or_refused_while_files_change(
    client: httpx.AsyncClient, project: Project
) -> None:
    """The last good version serves until the next one does; readiness stays green."""
    asking = [asyncio.create_task(keep_asking(client, project)) for _ in range(CLIENTS)]
    async with asyncio.timeout(120):
        for change in range(1, CHANGES + 1):
            if change % 3 == 0:
                project.write(BROKEN)
                await is_stale(client)
                assert (await client.get("/health?ready")).status_code == 200
            else:
                project.written = change
                project.write(profile(change))
                await shows(client, project)
    for task in asking:
        task.cancel()
    ended = await asyncio.gather(*asking, return_exceptions=True)
    assert [type(end) for end in ended] == [asyncio.CancelledError] * CLIENTS
    assert len(project.answers) > CHANGES
    assert set(project.answers) <= {n for n in range(CHANGES + 1) if n % 3 or not n}


async def test_a_config_maps_symlink_swap_is_seen(
    client: httpx.AsyncClient, project: Project
) -> None:
    """Kubernetes changes a folder by pointing ``..data`` at another one."""
    mounted = project.folder / "profiles"
    for version in (1, 2):
        data = mounted / f"..{version}"
        data.mkdir()
        (data / "customer.yaml").write_text(profile(version))
        fresh = mounted / "..data_tmp"
        fresh.symlink_to(data.name)
        fresh.replace(mounted / "..data")
        if version == 1:
            (mounted / "customer.yaml").unlink()
            (mounted / "customer.yaml").symlink_to("..data/customer.yaml")
        project.written = version
        async with asyncio.timeout(60):
            await shows(client, project)
