"""What of a folder's changes is about the files that are watched in it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from gateway.profile.watch import changes, is_one_of


@pytest.mark.parametrize(
    ("path", "about"),
    [
        ("/etc/hw/headwater.yaml", True),
        ("/etc/hw/..data", True),
        ("/etc/hw/..2026_11_23_16_00_00.123", True),
        ("/etc/hw/gateway.log", False),
        ("/etc/hw/headwater.yaml.swp", False),
    ],
)
def test_a_file_beside_it_is_not_meant(path: str, about: bool) -> None:
    """A log that grows there would reload for ever; a ConfigMap's swap is meant."""
    assert is_one_of({"headwater.yaml"})("modified", path) is about


async def test_a_watched_file_that_is_replaced_is_told(tmp_path: Path) -> None:
    """As editors save: a new file is renamed to its name."""
    watched = tmp_path / "headwater.yaml"
    watched.write_text("a: 1")
    stop = asyncio.Event()
    told = changes([watched], stop)
    first = asyncio.ensure_future(anext(told))
    async with asyncio.timeout(60):
        while not first.done():  # the watch begins in its own time
            (tmp_path / "next").write_text("a: 2")
            (tmp_path / "next").replace(watched)
            await asyncio.wait((first,), timeout=0.1)
    stop.set()
    await told.aclose()
