"""One Redis for all tests of releases, emptied for each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.release.stores.base import Store
from gateway.release.stores.opening import open_store
from tests.redis_server import RedisServer, a_redis_server


@pytest.fixture(scope="session")
def _redis() -> Iterator[RedisServer]:
    with a_redis_server() as server:
        yield server


@pytest.fixture
def redis(_redis: RedisServer) -> RedisServer:
    """A running Redis in which nothing is."""
    _redis.ask("FLUSHALL")
    return _redis


@pytest.fixture(params=["directory", "redis"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a store can be, of each kind."""
    if request.param == "redis":
        server: RedisServer = request.getfixturevalue("redis")
        return server.url
    return str(tmp_path / "store")


@pytest.fixture(params=["directory", "redis", "fsspec"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """An empty store of each kind."""
    kinds = {
        "directory": lambda: str(tmp_path / "store"),
        "redis": lambda: request.getfixturevalue("redis").url,
        "fsspec": lambda: f"memory://{tmp_path}",
    }
    opened = open_store(kinds[request.param]())
    yield opened
    opened.close()
