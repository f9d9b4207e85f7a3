"""This process over the admin API: what it runs, load anew, forget replies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from gateway.admin.model import Asked, Deed
from gateway.admin.server import JSON
from gateway.schema.health import versions_of
from gateway.schema.serving import Serving
from gateway.schema.wanted import read_wanted
from gateway.splitting import cache_of
from gateway.values import JsonValue


class Tried(Protocol):
    """What is tried in this process."""

    def report(self) -> Mapping[str, JsonValue] | None:
        """Where a shadow's answers differ; None where there is none."""

    def counted(self) -> Mapping[str, JsonValue] | None:
        """How it stands, with all figures; None where nothing is tried."""


class Running(Serving, Protocol):
    """The gateway of this process."""

    @property
    def trying(self) -> Tried: ...

    async def reload(self) -> bool:
        """Load anew; False where what is loaded was rejected."""

    async def take_release(self) -> bool:
        """Ask the store first, where there is one."""


@dataclass(frozen=True, slots=True)
class ProcessDeeds:
    """What can be asked of the process that answers."""

    gateway: Running

    def table(self) -> Sequence[Deed]:
        """Every one of them."""
        return (
            Deed("GET", "/versions", self.versions),
            Deed("GET", "/shadow", self.shadow),
            Deed("GET", "/trial", self.trial),
            Deed("POST", "/reload", self.reloaded, JSON),
            Deed("POST", "/cache/invalidate", self.invalidated, JSON),
        )

    async def versions(self, _asked: Asked) -> JsonValue:
        """Packages, generation, release, and which process this is."""
        return versions_of(self.gateway)

    async def shadow(self, _asked: Asked) -> JsonValue:
        """What this process found out by a shadow; empty where there is none."""
        return self.gateway.trying.report() or {}

    async def trial(self, _asked: Asked) -> JsonValue:
        """What all processes count of what is tried; empty where nothing is."""
        return self.gateway.trying.counted() or {}

    async def reloaded(self, _asked: Asked) -> JsonValue:
        """Ask the store, read the files, and serve what came of it."""
        await self.gateway.take_release()
        taken = await self.gateway.reload()
        health: Mapping[str, JsonValue] = self.gateway.health()
        kept = ("generation", "release", "rejected", "worker")
        return {"taken": taken, **{k: health[k] for k in kept if k in health}}

    async def invalidated(self, asked: Asked) -> JsonValue:
        """Take replies out of the cache, as `/-/cache/invalidate` does."""
        generation = self.gateway.current
        wanted = read_wanted(asked.raw, generation.audience)
        with generation.lease:
            try:
                cache = cache_of(self.gateway.pipeline.splitting, generation)
                gone = await cache.invalidate(tags=wanted.tags, keys=wanted.keys)
            finally:
                self.gateway.pipeline.commons.in_flight.part()
        return {"invalidated": gone}
