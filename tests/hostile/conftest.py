"""Every scenario runs over every transport there is."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.connectors.transports import transport
from tests.hostile.stand import Stand, standing

__all__ = ["stand", "transport"]


@pytest.fixture
async def stand(tmp_path: Path, transport: str) -> AsyncIterator[Stand]:
    """A whole gateway in front of a hostile upstream."""
    async with standing(tmp_path) as made:
        yield made
