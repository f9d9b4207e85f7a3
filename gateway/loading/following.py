"""A process hears of holds: as soon as its store says so, and when their time is over.

In charge of waiting. What is held is decided in `holding`. Must never end because a
store is away.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from gateway.deployment import Deployment
from gateway.record import Struct, field
from gateway.release.hearing import heard, pause
from gateway.release.holds import log_of_holds

if TYPE_CHECKING:
    from gateway.app import Gateway

_UNNAMED = 1.0
"""Seconds between two looks whether the deployment names a store by now."""
_AT_MOST = 0.5
"""Seconds between two looks into a directory, where the first hold makes the log."""
_FURTHEST = 3_600.0
"""Seconds after which a timer is set anew: the time of day may have been corrected."""


class Following(Struct):
    """What hears of holds for one gateway."""

    gateway: Gateway
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    _timer: asyncio.TimerHandle | None = None

    @property
    def _deployed(self) -> Deployment | None:
        return self.gateway.loader.deployment

    async def take(self) -> None:
        """Ask the log, and hold what it says."""
        async with self._turn:
            await asyncio.to_thread(self.gateway.holding.look, self._deployed)
        self._now()

    def _now(self) -> None:
        """Hold what is to be held at this moment, and come again when one ends."""
        gateway = self.gateway
        fresh = gateway.holding.again()
        if fresh is not None:
            gateway.current = fresh
            gateway.escalating.serves(fresh)
            gateway.pipeline.live.serves()
            gateway.trying.hold_again()
        if self._timer is not None:
            self._timer.cancel()
        left, self._timer = gateway.holding.left(), None
        if left is not None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(min(left + 0.001, _FURTHEST), self._now)

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop` is set."""
        self._now()
        try:
            while not stop.is_set():
                await self._follow(stop)
        finally:
            if self._timer is not None:
                self._timer.cancel()
            self.gateway.holding.close()

    async def _follow(self, stop: asyncio.Event) -> None:
        """Follow the store that is named now, until another one is."""
        deployment = self._deployed
        release = deployment.release if deployment else None
        if release is None:
            await pause(stop, _UNNAMED)
            return
        local = "://" not in release.store or release.store.startswith("file:")
        every = min(release.poll, _AT_MOST) if local else release.poll
        log = log_of_holds(release.channel)
        told = heard(release.store, log, every=every, stop=stop)
        async with contextlib.aclosing(told):
            async for _ in told:
                await self.take()
                now = self._deployed
                if now is None or now.release != release:
                    return
