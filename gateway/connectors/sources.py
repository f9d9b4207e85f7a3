"""Opened sources by what they are, so that a reload keeps what it does not touch.

In charge of who still uses which. Must never open a source that nobody asked for, nor
close one in use. Acquired in a loader's thread and released on the event loop, hence
the lock.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from gateway.connectors.base import Source
from gateway.connectors.running import drained
from gateway.errors import InternalError


@dataclass(slots=True)
class _Held:
    source: Source[Any]
    users: int = 0


@dataclass(slots=True)
class Sources:
    """One source for each digest of settings, shared by the generations in use."""

    _held: dict[str, _Held] = field(default_factory=dict)
    _closing: set[asyncio.Task[None]] = field(default_factory=set)
    _lock: Lock = field(default_factory=Lock)

    def acquire(self, digest: str, factory: Callable[[], Source[Any]]) -> Source[Any]:
        """The source of these settings, opened by `factory` where nobody uses it yet.

        Every `acquire` wants one `release`.
        """
        with self._lock:
            held = self._held.get(digest)
            if held is None:
                held = self._held[digest] = _Held(factory())
            held.users += 1
            return held.source

    def release(self, digest: str) -> None:
        """Give one use back; after the last one the source closes by itself.

        Called on the event loop that the source was used on. Without a running loop
        (a check, a test that only loads) there is nothing open that could be closed.

        Raises:
            InternalError: it was released more often than acquired.
        """
        with self._lock:
            held = self._held.get(digest)
            if held is None:
                raise InternalError("a source was released that nobody holds")
            held.users -= 1
            if held.users:
                return
            del self._held[digest]
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return
        task = loop.create_task(_close(held.source))
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    def __contains__(self, digest: str) -> bool:
        return digest in self._held

    async def closed(self) -> None:
        """Wait until every source that was given back has closed."""
        await drained(self._closing)


async def _close(source: Source[Any]) -> None:
    """Close; one that cannot keeps no other from closing, nor an answer from being."""
    try:
        await source.close()
    except Exception as error:  # noqa: BLE001 - sources may be other packages'
        message = f"a source did not close: {type(error).__name__}"
        asyncio.get_running_loop().call_exception_handler({"message": message})
