"""A candidate's generation, set apart so that it cannot harm what serves.

Connections and slots are shared, as they protect the source; breakers, budgets and
measured times are its own, as they would turn away others for its failures. What it
keeps of replies only it finds again; what others kept it may read. See Note [whose
replies].
"""

from __future__ import annotations

from collections.abc import Sequence

from gateway.cache.base import CallKey, Entry, Key, ReplyCache, text_of
from gateway.execution.guards.breaker import Breakers
from gateway.execution.guards.bulkhead import RetryBudget
from gateway.execution.guards.latency import Latencies
from gateway.execution.upstream import Upstream
from gateway.generation import Generation
from gateway.pipeline import Pipeline
from gateway.record import Model, replace
from gateway.telemetry.events import Observer


def set_apart(generation: Generation, bundle: str) -> Generation:
    """The generation with guards and a part of the cache for itself."""
    upstreams = {name: _apart(one) for name, one in generation.upstreams.items()}
    return replace(
        generation, upstreams=upstreams, cache=OwnPart(generation.cache, bundle)
    )


def pipeline_apart(pipeline: Pipeline, observe: Observer) -> Pipeline:
    """A pipeline for it: what callers are known by is shared, what it does is not.

    A mutation is known again in both, and what changes in one has changed in both.
    """
    made = Pipeline(
        pipeline.clock, observe, ways=pipeline.ways, turnstile=pipeline.turnstile
    )
    made.aside = pipeline.aside
    made.repeating, made.live = pipeline.repeating, pipeline.live
    made.commons.in_flight.beside = pipeline.commons.in_flight
    pipeline.commons.in_flight.beside = made.commons.in_flight
    return made


def _apart(upstream: Upstream) -> Upstream:
    return replace(
        upstream,
        breakers=Breakers(upstream.breakers.rule),
        budget=RetryBudget(upstream.budget.share),
        latencies=Latencies(),
    )


class _OwnKey(CallKey):
    """A key of a candidate: known by the plain one's text, and whose it is."""

    __slots__ = ("_plain", "_whose")

    def __init__(self, plain: CallKey, whose: str) -> None:
        super().__init__(whose, *plain.of)
        self._plain, self._whose = plain, whose

    @property
    def text(self) -> str:
        return f"{self._plain.text}.{self._whose}"


class OwnPart(Model, frozen=True):
    """A store of replies: what is put there is found here alone."""

    store: ReplyCache
    whose: str

    def near(self, key: CallKey, tags: Sequence[str]) -> Entry | None:
        """What is at hand, its own first."""
        own = self.store.near(_OwnKey(key, self.whose), tags)
        return own or self.store.near(key, tags)

    async def get(self, key: Key, tags: Sequence[str]) -> Entry | None:
        """What is kept, its own first."""
        own = await self.store.get(self._own(key), tags)
        return own or await self.store.get(key, tags)

    async def put(
        self, key: Key, entry: Entry, tags: Sequence[str], since: float
    ) -> None:
        """Keep it for itself."""
        await self.store.put(self._own(key), entry, tags, since)

    async def invalidate(
        self, *, tags: Sequence[str] = (), keys: Sequence[str] = ()
    ) -> int:
        """Take away what everybody kept: what changed has changed for all."""
        own = [f"{key}.{self.whose}" for key in keys]
        return await self.store.invalidate(tags=tags, keys=[*keys, *own])

    async def close(self) -> None:
        """The store is not its own."""

    def _own(self, key: Key) -> Key:
        if isinstance(key, CallKey):
            return _OwnKey(key, self.whose)
        return f"{text_of(key)}.{self.whose}"


# Note [whose replies]
# A reply that a candidate takes for an answer may be none for the steps that serve, and
# may lack a tag by which they would forget it. So they never see what it kept. The
# other way round nothing is lost: what serves is believed, and a candidate that could
# not read it would be slow by an empty cache alone.
