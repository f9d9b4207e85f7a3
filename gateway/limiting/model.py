"""How often, and how much at a time, those who ask may ask: by client and by tenant.

In charge of who is counted as whom and of what is said beyond a limit. State changes
in plain functions. Must never hold a request that does not say whom it counts for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from math import ceil

from gateway.errors import Code
from gateway.limiting.buckets import Buckets
from gateway.policy.limits import Excess
from gateway.record import Model
from gateway.request.model import RequestContext
from gateway.units import spelt


class Whose(Enum):
    """Who shares one budget."""

    CLIENT = "client"
    TENANT = "tenant"
    ALL = "all"

    def of(self, request: RequestContext) -> str | None:
        """By which name a request is counted; None: it is not."""
        if self is Whose.CLIENT:
            return request.origin
        return request.tenant if self is Whose.TENANT else ""


_SUBJECTS = {
    Whose.CLIENT: "This client asks",
    Whose.TENANT: "This tenant asks",
    Whose.ALL: "All clients together ask",
}


class RateRule(Model, frozen=True):
    """One rate: its key below ``limits``, whose it is, and the buckets."""

    limit: str
    whose: Whose
    buckets: Buckets
    code: Code

    def beyond(self, request: RequestContext, now: float) -> Excess | None:
        """Count a request; what is said where there was no more for it."""
        who = self.whose.of(request)
        if who is None:
            return None
        wait = self.buckets.take(who, now)
        if not wait:
            return None
        rate, later = self.buckets.rate, max(1, ceil(wait))
        said = f"{_SUBJECTS[self.whose]} too often, come again in {spelt(later)}"
        allowed = f"{rate.times:,} in {spelt(rate.seconds)}"
        return Excess(
            self.limit, self.code, "", None, rate.times, said, allowed, float(later)
        )


@dataclass(slots=True)
class Crowd:
    """Requests under way, by client: as many at a time as ``most``."""

    most: int
    running: dict[str, int] = field(default_factory=dict)

    def beyond(self, origin: str) -> Excess | None:
        """What is said where as many run as may."""
        running = self.running.get(origin, 0)
        if running < self.most:
            return None
        code, what = Code.CONCURRENCY_LIMITED, f"has {running} requests under way"
        subject = "This client"
        return Excess(
            "concurrency", code, what, running + 1, self.most, subject, None, 1.0
        )

    def enter(self, origin: str) -> None:
        """One more runs."""
        self.running[origin] = self.running.get(origin, 0) + 1

    def leave(self, origin: str) -> None:
        """One less does; who has none is forgotten."""
        left = self.running[origin] - 1
        if left:
            self.running[origin] = left
        else:
            del self.running[origin]


@dataclass(frozen=True, slots=True)
class Limiting:
    """What holds for those who ask. ``warn`` are limits that are only told of.

    ``shares`` says whether a fleet shares its rates at the moment; None where each
    process has its own.
    """

    rates: tuple[RateRule, ...] = ()
    operations: Mapping[str, tuple[RateRule, ...]] = field(default_factory=dict)
    crowd: Crowd | None = None
    warn: frozenset[str] = frozenset()
    shares: Callable[[], bool] | None = None

    def arrives(self, request: RequestContext, now: float) -> Iterator[Excess]:
        """Count a request, before anything of it is read."""
        if request.origin is None:
            return
        if self.crowd is not None:
            excess = self.crowd.beyond(request.origin)
            if excess is not None:
                yield excess
        for rule in self.rates:
            excess = rule.beyond(request, now)
            if excess is not None:
                yield excess

    def runs(
        self, request: RequestContext, roots: Iterable[str], now: float
    ) -> Iterator[Excess]:
        """Count the operations that it runs."""
        if request.origin is None or not self.operations:
            return
        for name in roots:
            for rule in self.operations.get(name, ()):
                excess = rule.beyond(request, now)
                if excess is not None:
                    yield excess
