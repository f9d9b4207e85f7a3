"""The store of replies that a deployment names, kept as long as it stays the same.

A reload that does not touch `cache` keeps what the store holds; a store that no
generation uses any more is closed. Connects to nothing: a store does that by itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from threading import Lock
from typing import TypeAlias

from gateway.cache.base import NoCache, ReplyCache
from gateway.cache.near import SHARE
from gateway.clock import Clock
from gateway.connectors.running import drained
from gateway.deployment import Deployment
from gateway.deployment.cache import CacheSettings
from gateway.record import Struct, field
from gateway.telemetry.events import Observer

_Place: TypeAlias = tuple[str | None, int, float]


class _Held(Struct):
    store: ReplyCache
    users: int = 0


class CachePool(Struct):
    """One store for each place that a generation in use names."""

    clock: Clock
    observe: Observer
    _held: dict[_Place, _Held] = field(default_factory=dict)
    _closing: set[asyncio.Task[None]] = field(default_factory=set)
    _lock: Lock = field(default_factory=Lock)

    def open(self, deployment: Deployment) -> tuple[ReplyCache, Callable[[], None]]:
        """The store of a deployment, and what gives it back.

        May be called in a thread; it is given back on the loop that used it.
        """
        place = _place(deployment.cache)
        with self._lock:
            held = self._held.get(place)
            if held is None:
                made = open_store(deployment.cache, self.clock, self.observe)
                held = self._held[place] = _Held(made)
            held.users += 1
        return held.store, lambda: self._release(place)

    def _release(self, place: _Place) -> None:
        with self._lock:
            held = self._held[place]
            held.users -= 1
            if held.users:
                return
            del self._held[place]
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return  # nothing was asked of it without a loop
        task = loop.create_task(held.store.close())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    async def closed(self) -> None:
        """Wait until every store that was given back has closed."""
        await drained(self._closing)


def open_store(settings: CacheSettings, clock: Clock, observe: Observer) -> ReplyCache:
    """The store that the settings describe. Does no I/O."""
    if settings.url is not None:
        from gateway.cache.shared import NearBy, SharedCache

        near = NearBy(settings.memory // SHARE, settings.near)
        return SharedCache(settings.url, clock, observe, near)
    from gateway.cache.memory import MemoryCache

    return MemoryCache(settings.memory, clock)


def open_no_cache(_deployment: Deployment) -> tuple[ReplyCache, Callable[[], None]]:
    """For those who call no sources, or want each call to be made."""
    return NoCache(), lambda: None


def _place(settings: CacheSettings) -> _Place:
    """What makes two settings name the same store."""
    return settings.url, settings.memory, settings.near if settings.url else 0.0
