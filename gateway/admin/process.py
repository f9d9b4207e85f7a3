"""This process over the admin API: what it runs, load anew, forget replies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from gateway.admin.model import Asked, Content, Deed
from gateway.admin.server import JSON
from gateway.record import Model
from gateway.schema.health import sources_of, versions_of
from gateway.schema.measures import samples
from gateway.schema.serving import Serving
from gateway.schema.wanted import read_wanted
from gateway.splitting import cache_of
from gateway.telemetry.metrics import CONTENT_TYPE, exposition
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


class ProcessDeeds(Model, frozen=True):
    """What can be asked of the process that answers."""

    gateway: Running

    def table(self) -> Sequence[Deed]:
        """Every one of them."""
        return (
            Deed("GET", "/versions", self.versions),
            Deed("GET", "/health", self.health),
            Deed("GET", "/metrics", self.metrics),
            Deed("GET", "/shadow", self.shadow),
            Deed("GET", "/trial", self.trial),
            Deed("POST", "/reload", self.reloaded, JSON),
            Deed("POST", "/cache/invalidate", self.invalidated, JSON),
        )

    async def versions(self, _asked: Asked) -> JsonValue:
        """Packages, generation, release, and which process this is."""
        return versions_of(self.gateway)

    async def health(self, _asked: Asked) -> JsonValue:
        """What `/health` says to those who may see plans, of just this process."""
        gateway = self.gateway
        known = sources_of(gateway.current, gateway.pipeline.clock)
        return {"live": True, **gateway.health(), "sources": dict(known)}

    async def metrics(self, _asked: Asked) -> Content:
        """What `/metrics` says of just this process."""
        return Content(exposition(samples(self.gateway)), CONTENT_TYPE)

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
