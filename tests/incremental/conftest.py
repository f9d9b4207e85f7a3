"""A bank whose steps a test holds back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.incremental.kit import Bank
from tests.incremental.kit import bank as serving


@pytest.fixture
async def bank(tmp_path: Path) -> AsyncIterator[Bank]:
    """Served on a real port."""
    async with serving(tmp_path) as made:
        yield made
