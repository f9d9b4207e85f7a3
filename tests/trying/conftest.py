"""A fleet over each kind of store."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.redis_server import RedisServer
from tests.release.conftest import _redis, redis
from tests.trying.kit import Fleet

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
