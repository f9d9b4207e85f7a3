"""A source as the engine uses it: its connector, its slots, and what may travel."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import random
from types import MappingProxyType
from typing import Any

from gateway.clock import Clock
from gateway.connectors.base import Source
from gateway.execution.guards.breaker import Breakers
from gateway.execution.guards.bulkhead import Bulkhead, RetryBudget
from gateway.execution.guards.latency import Latencies
from gateway.expression import ABSENT, Template
from gateway.lapses import LapsesOf
from gateway.request.model import RequestContext
from gateway.values import JsonValue

NO_HEADERS: Mapping[str, str] = MappingProxyType({})
"""What most sources are told besides the call."""


@dataclass(frozen=True, slots=True)
class Upstream:
    """One configured source, opened.

    ``headers`` are templates over the request; ``forward`` are the request's headers
    that the source may see, lower-case. Nothing else travels. ``jitter`` gives numbers
    between 0 and 1, by which calls that failed together come back apart. ``metered``:
    its calls are billed, so none is made beside another.
    ``deadline_header`` tells it how much time is left; None where it is not told.
    ``lapses`` watch the time of its attempts.
    """

    name: str
    source: Source[Any]
    bulkhead: Bulkhead
    headers: Template | None = None
    forward: tuple[str, ...] = ()
    budget: RetryBudget = field(default_factory=RetryBudget)
    breakers: Breakers = field(default_factory=Breakers)
    jitter: Callable[[], float] = random
    latencies: Latencies = field(default_factory=Latencies)
    metered: bool = False
    deadline_header: str | None = None
    lapses: LapsesOf = field(default_factory=LapsesOf, repr=False)
    idempotency_header: str | None = None
    """Where a call of a mutation says which act it is; None where it does not."""
    together: bool = False
    """Whether it sends calls of one request together, and is told whose they are."""

    def headers_for(
        self, request: RequestContext, surroundings: Mapping[str, object]
    ) -> Mapping[str, str]:
        """The headers of every call of one request, null ones left out."""
        if self.headers is None and not self.forward:
            return NO_HEADERS
        sent = {n: request.headers[n] for n in self.forward if n in request.headers}
        configured = self.headers(surroundings) if self.headers else {}
        if isinstance(configured, Mapping):
            for name, value in configured.items():
                if value is not None and value is not ABSENT:
                    sent[name.lower()] = str(value)
        return sent

    def timing_headers(self, left: float) -> Mapping[str, str]:
        """What is told of an attempt that has so many seconds left, in milliseconds.

        Never 0, which some take for no limit. It changes with every attempt, so it is
        no part of what a call asks for.
        """
        if self.deadline_header is None:
            return NO_HEADERS
        return {self.deadline_header: str(max(1, int(round(left * 1000, 3))))}

    def state(self, clock: Clock) -> Mapping[str, JsonValue]:
        """How its guards stand, for operators; names endpoints, never hosts."""
        now, wall = clock.now(), clock.wall()
        return {
            "running": self.bulkhead.running,
            "allowed": self.bulkhead.allowed,
            "waiting": self.bulkhead.waiting,
            "retries_left": int(self.budget.left),
            "breakers": {
                endpoint: {
                    "state": "open" if breaker.rests(now) else "half_open",
                    "since": _text(wall - timedelta(seconds=now - breaker.since)),
                }
                for endpoint, breaker in self.breakers.open()
                if breaker.since is not None
            },
        }


def _text(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


Upstreams = Mapping[str, Upstream]
