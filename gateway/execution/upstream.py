"""A source as the engine uses it: its connector, its slots, and what may travel."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import random
from typing import Any

from gateway.connectors.base import Source
from gateway.execution.breaker import Breakers
from gateway.execution.guards import Bulkhead, RetryBudget
from gateway.expression import ABSENT, Template
from gateway.request.model import RequestContext


@dataclass(frozen=True, slots=True)
class Upstream:
    """One configured source, opened.

    ``headers`` are templates over the request; ``forward`` are the request's headers
    that the source may see, lower-case. Nothing else travels. ``jitter`` gives numbers
    between 0 and 1, by which calls that failed together come back apart.
    """

    name: str
    source: Source[Any]
    bulkhead: Bulkhead
    headers: Template | None = None
    forward: tuple[str, ...] = ()
    budget: RetryBudget = field(default_factory=RetryBudget)
    breakers: Breakers = field(default_factory=Breakers)
    jitter: Callable[[], float] = random

    def headers_for(
        self, request: RequestContext, surroundings: Mapping[str, object]
    ) -> Mapping[str, str]:
        """The headers of every call of one request, null ones left out."""
        if self.headers is None and not self.forward:
            return {}
        sent = {n: request.headers[n] for n in self.forward if n in request.headers}
        configured = self.headers(surroundings) if self.headers else {}
        if isinstance(configured, Mapping):
            for name, value in configured.items():
                if value is not None and value is not ABSENT:
                    sent[name.lower()] = str(value)
        return sent


Upstreams = Mapping[str, Upstream]
