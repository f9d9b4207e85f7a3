"""A deployment's sources, opened and kept by what they are.

A reload that does not touch a source keeps its connections and its guards; a dropped
one closes when the last generation that uses it is given up.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from gateway.clock import Clock, LoopClock, SystemClock
from gateway.connectors.registry import open_source
from gateway.connectors.settings import MockSettings
from gateway.connectors.sources import Sources
from gateway.deployment import AnySource, Deployment
from gateway.execution.guards.adaptive import Gradient
from gateway.execution.guards.breaker import BreakerRule, Breakers, Turned, untold
from gateway.execution.guards.bulkhead import Bulkhead, RetryBudget
from gateway.execution.guards.latency import Latencies
from gateway.execution.guards.pace import Pace
from gateway.execution.upstream import Upstream, Upstreams
from gateway.loading.settings import settings_of
from gateway.record import Model, Struct, field
from gateway.telemetry.events import (
    BreakerClosed,
    BreakerOpened,
    Observer,
    unobserved,
)


class Guards(Model, frozen=True):
    """What is remembered of a source between requests, to protect it."""

    bulkhead: Bulkhead
    budget: RetryBudget
    breakers: Breakers
    latencies: Latencies = field(default_factory=Latencies)


class SourcePool(Struct):
    """Opened sources and their guards, shared by the generations that use them."""

    clock: Clock = field(default_factory=SystemClock)
    observe: Observer = unobserved
    sources: Sources = field(default_factory=Sources)
    guards: dict[str, Guards] = field(default_factory=dict)

    def open(self, deployment: Deployment) -> tuple[Upstreams, Callable[[], None]]:
        """Every source of a deployment, and what gives them all back."""
        upstreams: dict[str, Upstream] = {}
        keys = []
        for name, written in deployment.sources.items():
            key = deployment.source_digests[name]
            keys.append(key)
            guards = self.guards.get(key)
            if guards is None:
                guards = self.guards[key] = guards_of(
                    written, self.clock, partial(self._turned, name)
                )
            upstreams[name] = Upstream(
                name,
                self.sources.acquire(key, partial(open_source, settings_of(written))),
                guards.bulkhead,
                written.header_template,
                written.forwarded,
                guards.budget,
                guards.breakers,
                deadline_header=written.deadline_told_in,
                idempotency_header=written.known_again_by,
                latencies=guards.latencies,
                metered=written.metered,
                together=getattr(written, "together", False),
            )
        upstreams.setdefault("mock", self._mock())
        return upstreams, lambda: self._release(keys)

    def _turned(self, source: str, endpoint: str, open_for: float | None) -> None:
        if open_for is None:
            self.observe(BreakerOpened(source, endpoint))
        else:
            self.observe(BreakerClosed(source, endpoint, open_for))

    @staticmethod
    def _mock() -> Upstream:
        """The source of `type: mock` steps; it holds nothing to give back."""
        return Upstream("mock", open_source(MockSettings()), Bulkhead(1_000))

    def _release(self, keys: Sequence[str]) -> None:
        for key in keys:
            self.sources.release(key)
            if key not in self.sources:
                del self.guards[key]

    async def closed(self) -> None:
        """Wait until every source that was given back has closed."""
        await self.sources.closed()


def open_nothing(_deployment: Deployment) -> tuple[Upstreams, Callable[[], None]]:
    """The sources of a gateway that calls none."""
    return {}, lambda: None


def guards_of(
    written: AnySource, clock: Clock | None = None, turned: Turned = untold
) -> Guards:
    """A source's guards, new. ``turned`` hears of its breakers."""
    limits, share, rule = written.limits, written.retry_budget, written.breaker
    least = limits.least
    bulkhead = Bulkhead(
        limits.concurrency,
        limits.queue,
        None if limits.rate is None else Pace(*limits.rate),
        None if least is None else Gradient(least, limits.concurrency),
        clock or LoopClock(),
    )
    stops = BreakerRule(rule.failures, rule.window, rule.min_calls, rule.open)
    budget = RetryBudget() if share is None else RetryBudget(share)
    return Guards(bulkhead, budget, Breakers(stops, turned))
