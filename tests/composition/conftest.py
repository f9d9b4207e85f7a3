"""One street of upstreams for the whole run, and a gateway in front of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from gateway.app import Gateway
from tests.composition.project import gateway
from tests.composition.street import Street, opened


@pytest.fixture(scope="session")
def served() -> Iterator[Street]:
    with opened() as street:
        yield street


@pytest.fixture
def street(served: Street) -> Street:
    """The upstreams with nothing asked of them yet."""
    served.clear()
    return served


@pytest.fixture
async def shop(street: Street, tmp_path: Path) -> AsyncIterator[Gateway]:
    """The graph of all of them."""
    async with gateway(tmp_path, street) as made:
        yield made
