"""What the whole suite shares: virtual time where nothing real is waited for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from gateway.testing import VirtualTimeLoop

HERE = Path(__file__).parent
VIRTUAL = ("plan", "execution", "response", "laws", "testing")
"""Folders whose async tests run in virtual time; others ask by the marker."""

LoopFactory = Callable[[], asyncio.AbstractEventLoop]


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "virtual_time: run this async test in virtual time"
    )


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, LoopFactory]:
    """The loop of an async test: virtual by folder or by marker, else the real one."""
    inside = HERE in item.path.parents
    folder = item.path.relative_to(HERE).parts[0] if inside else ""
    if folder in VIRTUAL or item.get_closest_marker("virtual_time"):
        return {"virtual": VirtualTimeLoop}
    return {"real": asyncio.new_event_loop}
