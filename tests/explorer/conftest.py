"""A small GraphQL server with the explorer in front of it, on a real port."""

from __future__ import annotations

import fcntl
import os
import shutil
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import uvicorn
from graphql import build_schema, graphql_sync
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from gateway.explorer import assets as explorer_assets
from gateway.explorer import building
from gateway.explorer.routes import routes
from tests.browser import browser, page

__all__ = ["browser", "page"]

SCHEMA = build_schema(
    """
    type Query {
      "One customer, from every system that knows them."
      customer(id: ID!): Customer
    }
    "Everything about one customer."
    type Customer { id: ID!, name: String!, "How likely a loss is." risk: Float }
    """
)


class Graph:
    """The one root value: a customer is answered with the asked id."""

    def customer(self, _info: object, *, id: str) -> dict[str, object]:  # noqa: A002
        return {"id": id, "name": "Ada Lovelace", "risk": 0.25}


@pytest.fixture(autouse=True)
def packaged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The page as it is without npm, whatever this checkout has built."""
    monkeypatch.setattr(explorer_assets, "BUILT", tmp_path / "not-built")
    explorer_assets.all_files.cache_clear()
    yield
    explorer_assets.all_files.cache_clear()


@pytest.fixture(scope="session")
def built_folder(request: pytest.FixtureRequest) -> Path:
    """What npm brings, built once for each lock file and kept by pytest."""
    if not (shutil.which("node") and shutil.which("npm")):
        reason = "needs node and npm: apt-get install nodejs npm"
        if os.environ.get("REQUIRE_SERVICES") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    assert request.config.cache is not None
    home = request.config.cache.mkdir("headwater-explorer")
    with (home / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # of the processes of a run, one builds
        if not building.fits(home / "built"):
            building.build(home / "built")
    return home / "built"


@pytest.fixture
def built(built_folder: Path, packaged: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page as it is when npm was there while packaging."""
    monkeypatch.setattr(explorer_assets, "BUILT", built_folder)
    explorer_assets.all_files.cache_clear()


@dataclass(slots=True)
class Served:
    """A running server: where it is, and what it was asked."""

    url: str
    headers: list[dict[str, str]] = field(default_factory=list)
    operations: list[str | None] = field(default_factory=list)


@pytest.fixture
def server() -> Iterator[Served]:
    """The explorer and a graph behind it, on a port that the system chose."""
    listening = socket.create_server(("127.0.0.1", 0))
    served = Served(f"http://127.0.0.1:{listening.getsockname()[1]}/")

    async def graphql(request: Request) -> Response:
        served.headers.append(dict(request.headers))
        if request.headers.get("x-break") == "yes":
            return HTMLResponse("<h1>Bad Gateway</h1>", status_code=502)
        asked = await request.json()
        served.operations.append(asked.get("operationName"))
        result = graphql_sync(
            SCHEMA,
            asked["query"],
            Graph(),
            variable_values=asked.get("variables"),
            operation_name=asked.get("operationName"),
        )
        return JSONResponse(result.formatted)

    app = Starlette(routes=[*routes(), Route("/graphql", graphql, methods=["POST"])])
    config = uvicorn.Config(app, log_level="warning", ws="none", lifespan="off")
    running = uvicorn.Server(config)
    thread = threading.Thread(target=running.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        yield served
    finally:
        running.should_exit = True
        thread.join()
        listening.close()
