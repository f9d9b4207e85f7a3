"""Those for whom a configuration is something else than for others.

In charge of who they are, as far as profiles and policies name them, and of what they
are offered where no more is known of them. Must never compare.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import NamedTuple

from gateway.loading.examining import Examined
from gateway.profile.model import Audience, Matching
from gateway.profile.resolve import Resolver
from gateway.request.model import RequestContext

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Asker(NamedTuple):
    """Somebody for whom a profile is, or from whom a policy hides something.

    Flags are those that a `match` names, ``when`` is its condition, taken as true.
    ``denied`` is the tag of a policy that hides, taken as false while all others hold.
    """

    tenant: str | None
    client: str | None
    flags: tuple[tuple[str, bool], ...]
    when: str | None = None
    denied: str | None = None

    @property
    def name(self) -> str:
        """What people call them: a tenant's name, and what else has to hold."""
        words = [self.tenant] if self.tenant else []
        words += [f"client {self.client}"] if self.client else []
        words += [f"flag {name} {'on' if on else 'off'}" for name, on in self.flags]
        words += [f"when {self.when}"] if self.when else []
        words += [f"those who may not see {self.denied}"] if self.denied else []
        return ", ".join(words)


def askers_of(examined: Examined) -> frozenset[Asker]:
    """Those whom some profile's `match` or some policy that hides tells apart."""
    matches = (
        one.match
        for family in examined.families
        for one in family.candidates
        if one.match is not None
    )
    found = {asker for match in matches for asker in _matched(match)}
    found |= {Asker(None, None, (), denied=h.tag) for h in examined.protection.hidings}
    return frozenset(found)


def _matched(match: Matching) -> Iterator[Asker]:
    flags = tuple(sorted(match.flags.items()))
    when = match.when.text if match.when else None
    for tenant in match.tenants or (None,):
        for client in match.clients or (None,):
            yield Asker(tenant, client, flags, when)


def offered_to(asker: Asker, resolver: Resolver) -> Audience:
    """What they are offered; conditions that they do not name are evaluated."""
    request = RequestContext(
        "",
        0.0,
        _EPOCH,
        tenant=asker.tenant,
        client=asker.client,
        flags=dict(asker.flags),
    )
    if asker.when is None and asker.denied is None:
        return resolver(request)
    return resolver.supposing(request, asker.when, asker.denied)
