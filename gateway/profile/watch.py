"""Notices that files changed. Must never read them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from pathlib import Path

_DEBOUNCE_MS = 30
_STEP_MS = 10
"""Long enough to see a save as one change, short enough to be live within 100 ms."""


async def changes(paths: Iterable[Path], stop: asyncio.Event) -> AsyncIterator[None]:
    """Yields after each change below the folders, until `stop` is set.

    Folders are watched, never single files: an editor's rename and a ConfigMap's
    ``..data`` symlink swap replace the file that a watch would hold on to.
    """
    from watchfiles import awatch

    folders = {path if path.is_dir() else path.parent for path in paths}
    there = sorted(folder for folder in folders if folder.is_dir())
    if not there:
        return
    async for _ in awatch(
        *there,
        watch_filter=None,
        debounce=_DEBOUNCE_MS,
        step=_STEP_MS,
        stop_event=stop,
        rust_timeout=1_000,
        recursive=True,
    ):
        yield
