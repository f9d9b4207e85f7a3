"""Whether there is a choice for each request, and what makes it."""

from __future__ import annotations

from gateway.profile.model import Audience, Family
from gateway.profile.resolve import Resolver
from gateway.shape import Shapes


def resolver_of(
    common: Audience, families: tuple[Family, ...], shapes: Shapes
) -> Resolver | None:
    """The choice for each request; None where everybody is offered the same."""
    hidings = common.protection.hidings
    if not families and not hidings:
        return None
    return Resolver(common, families, shapes, hidings)
