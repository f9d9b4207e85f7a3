"""`limits` of a deployment → what holds those who ask; counts are kept as they stay.

A reload that does not touch a rate forgets nobody. Connects to nothing: a store that a
fleet shares does that by itself.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from typing import TYPE_CHECKING, TypeAlias

from gateway.clock import Clock, SystemClock
from gateway.deployment import AuthSettings, Deployment
from gateway.deployment.limits import OperationRate, RateSettings
from gateway.errors import Code, Problems
from gateway.limiting.buckets import Buckets
from gateway.limiting.model import Crowd, Limiting, RateRule, Whose
from gateway.record import Struct, field
from gateway.request.adapter import OriginOf
from gateway.telemetry.events import Observer, unobserved
from gateway.units import Rate
from gateway.values import SourceSpan

if TYPE_CHECKING:
    from gateway.limiting.ledger import Ledger

_CODES = {
    Whose.CLIENT: Code.CLIENT_RATE_LIMITED,
    Whose.TENANT: Code.TENANT_RATE_LIMITED,
}
_Key: TypeAlias = tuple[str, Whose, Rate, str | None]


class LimitPool(Struct):
    """What is counted of those who ask, by the rates of the newest load."""

    clock: Clock = field(default_factory=SystemClock)
    observe: Observer = unobserved
    _buckets: dict[_Key, Buckets] = field(default_factory=dict)
    _crowd: Crowd | None = None
    _ledgers: dict[str, Ledger] = field(default_factory=dict)

    def open(
        self, deployment: Deployment, problems: Problems
    ) -> tuple[Limiting | None, OriginOf | None]:
        """What holds those who ask, and who each of them is; None: nobody is held."""
        limits, rate = deployment.limits, deployment.limits.rate or RateSettings()
        url = deployment.cache.url if rate.store == "redis" else None
        if rate.store == "redis" and url is None:
            place = deployment.places.get(("limits",), SourceSpan("headwater.yaml"))
            problems.add(
                place,
                "'limits.rate.store' is redis, and there is none",
                hint="name it in 'cache.url'",
            )
            return None, None
        kept, self._buckets = self._buckets, {}
        rates = tuple(self._rules("rate", rate, url, kept))
        operations = {
            name: tuple(self._rules(f"rate.operations.{name}", one, url, kept))
            for name, one in rate.operations.items()
        }
        if limits.concurrency is None:
            self._crowd = None
        elif self._crowd is None or self._crowd.most != limits.concurrency:
            self._crowd = Crowd(limits.concurrency)
        if not rates and not operations and self._crowd is None:
            return None, None
        shares = self._ledger(url).reachable if url is not None else None
        warn = frozenset(limits.warn)
        made = Limiting(rates, operations, self._crowd, warn, shares)
        return made, origins_of(deployment)

    def _rules(
        self,
        under: str,
        written: RateSettings | OperationRate,
        url: str | None,
        kept: dict[_Key, Buckets],
    ) -> Iterator[RateRule]:
        for whose in Whose:
            rate: Rate | None = getattr(written, whose.value, None)
            if rate is None:
                continue
            limit, key = f"{under}.{whose.value}", (under, whose, rate, url)
            buckets = kept.get(key)
            if buckets is None:
                buckets = Buckets(rate)
                if url is not None:
                    self._ledger(url).account(f"{limit} {rate}", buckets)
            self._buckets[key] = buckets
            of_operation = isinstance(written, OperationRate)
            code = Code.OPERATION_RATE_LIMITED if of_operation else _CODES[whose]
            yield RateRule(limit, whose, buckets, code)

    def _ledger(self, url: str) -> Ledger:
        if url not in self._ledgers:
            from gateway.cache.rates import SharedRates
            from gateway.limiting.ledger import Ledger

            self._ledgers[url] = Ledger(SharedRates(url), self.clock, self.observe)
        return self._ledgers[url]

    async def closed(self) -> None:
        """Give up every store."""
        for ledger in self._ledgers.values():
            await ledger.close()


def origins_of(deployment: Deployment) -> OriginOf:
    """Whom requests count for."""
    from gateway.identity.origins import Origins

    return Origins(proxies_of(deployment))


def proxies_of(
    deployment: Deployment,
) -> tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]:
    """The proxies that are believed: those of any `auth`, and of `limits`."""
    known = (o for o in deployment.auths.values() if isinstance(o, AuthSettings))
    of_auth = (n for one in known if one.proxy for n in one.proxy.networks)
    written = (*deployment.limits.proxies, *of_auth)
    return tuple(ipaddress.ip_network(one) for one in written)
