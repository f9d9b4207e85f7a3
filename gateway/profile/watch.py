"""Notices that files changed. Must never read them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Iterable
from pathlib import Path

_DEBOUNCE_MS = 30
_STEP_MS = 10
"""Long enough to see a save as one change, short enough to be live within 100 ms."""


async def changes(paths: Iterable[Path], stop: asyncio.Event) -> AsyncIterator[None]:
    """Yields after each change of a file or below a folder, until `stop` is set.

    Never a file itself is watched, but its folder: an editor's rename and a
    ConfigMap's ``..data`` symlink swap replace what a watch would hold on to. Several
    changes while the last one is worked on count as one.
    """
    all_ = set(paths)
    below = {path for path in all_ if path.is_dir()}
    beside = {path.parent for path in all_ - below if path.parent.is_dir()} - below
    changed, ended = asyncio.Event(), asyncio.Event()
    named = is_one_of({path.name for path in all_ - below})
    watching = [
        asyncio.create_task(_watch(folders, changed, ended, about))
        for folders, about in ((below, None), (beside, named))
        if folders
    ]
    stopped = asyncio.create_task(stop.wait())
    try:
        while not stop.is_set():
            told = asyncio.create_task(changed.wait())
            await asyncio.wait({told, stopped}, return_when=asyncio.FIRST_COMPLETED)
            told.cancel()
            if changed.is_set() and not stop.is_set():
                changed.clear()
                yield
    finally:
        stopped.cancel()
        ended.set()
        await asyncio.gather(*watching, return_exceptions=True)


def is_one_of(names: Collection[str]) -> Callable[[object, str], bool]:
    """Whether a change beside watched files is about one of them.

    A log that is written beside the deployment file is not. A ConfigMap's swap is, by
    the name of its link (``..data``): every file in it may be another.
    """

    def is_about(_change: object, path: str) -> bool:
        name = Path(path).name
        return name in names or name.startswith("..")

    return is_about


async def _watch(
    folders: Iterable[Path],
    changed: asyncio.Event,
    stop: asyncio.Event,
    about: Callable[[object, str], bool] | None,
) -> None:
    """By all that is below the folders; with ``about``, by what is that in them."""
    from watchfiles import awatch

    async for _ in awatch(
        *folders,
        watch_filter=about,
        debounce=_DEBOUNCE_MS,
        step=_STEP_MS,
        stop_event=stop,
        rust_timeout=1_000,
        recursive=about is None,
    ):
        changed.set()
