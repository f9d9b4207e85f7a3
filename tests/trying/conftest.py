"""A fleet over each kind of store."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from tests.redis_server import RedisServer
from tests.release.conftest import _redis, redis
from tests.serving import running
from tests.trying.kit import Fleet
from tests.trying.shadow_kit import Core, Shadowing

__all__ = ["_redis", "redis"]


@pytest.fixture
def fleet(tmp_path: Path, redis: RedisServer) -> Iterator[Fleet]:
    """One on a real Redis in which nothing is."""
    made = Fleet(tmp_path / "project", redis.url)
    yield made
    made.close()


@pytest.fixture
def on_disk(tmp_path: Path) -> Iterator[Fleet]:
    """One on a directory."""
    made = Fleet(tmp_path / "project", str(tmp_path / "store"))
    yield made
    made.close()


@pytest.fixture(scope="session")
def served() -> Iterator[tuple[Core, int]]:
    core = Core()
    route = Route("/{rest:path}", core.answer, methods=["GET", "POST"])
    with running(Starlette(routes=[route])) as port:
        yield core, port


@pytest.fixture
def shadowing(tmp_path: Path, served: tuple[Core, int]) -> Iterator[Shadowing]:
    core, port = served
    core.calls.clear()
    url = f"http://127.0.0.1:{port}"
    fleet = Fleet(
        tmp_path / "project",
        str(tmp_path / "store"),
        f'sources: {{ core: {{ type: rest, url: "{url}" }} }}\n',
    )
    yield Shadowing(fleet, core)
    fleet.close()
