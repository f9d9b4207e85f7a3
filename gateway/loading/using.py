"""Whether a process counts use: as its deployment says, for as long as it serves.

In charge of beginning, following reloads and ending. Waits for the disk in a thread.
Must never count itself.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Protocol

from gateway.clock import SystemClock
from gateway.deployment import Deployment
from gateway.loading.loader import Loader
from gateway.pipeline import Pipeline
from gateway.record import Struct
from gateway.telemetry.events import Observer
from gateway.usage.flushing import Kept, Using
from gateway.usage.model import By

_KEPT = 90 * 86_400.0
"""Seconds that files are kept where nobody says: 90 days."""


class Serving(Protocol):
    """The process that serves."""

    @property
    def loader(self) -> Loader: ...

    @property
    def pipeline(self) -> Pipeline: ...

    @property
    def observe(self) -> Observer: ...


class UseCounted(Struct):
    """Counts of one process; none before it serves: who only looks is nobody's use."""

    _using: Using | None = None

    @contextlib.asynccontextmanager
    async def running(self, serving: Serving) -> AsyncIterator[None]:
        """Count while it serves; in the end what is left is written."""
        using = self._using = Using(SystemClock().wall, serving.observe)
        await self.serves(serving)
        try:
            yield
        finally:
            self._using = serving.pipeline.preparing.counting = None
            await asyncio.to_thread(using.close)

    async def serves(self, serving: Serving) -> None:
        """Count what its deployment says now."""
        if self._using is not None:
            kept = kept_use(serving.loader.deployment)
            found = await asyncio.to_thread(self._using.serves, kept)
            serving.pipeline.preparing.counting = found


def kept_use(deployment: Deployment | None) -> Kept | None:
    """What is counted, and where to; None where nothing is."""
    usage = deployment.usage if deployment is not None else None
    if usage is None:
        return None
    return Kept(tuple(By(word) for word in usage.by), usage.to, usage.keep or _KEPT)
