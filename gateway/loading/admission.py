"""What of a request is believed, allowed and shown, by the deployment and `--dev`."""

from __future__ import annotations

from gateway.deployment import Deployment
from gateway.execution.keys import HEADER
from gateway.expression import Expression, parse
from gateway.loading.doors import trusts
from gateway.policy.limits import Limits
from gateway.request.adapter import AdapterSettings, Plans
from gateway.usage.counting import VERSION_HEADER


def admission_of(
    deployment: Deployment, *, dev: bool, keyed: bool = False
) -> AdapterSettings:
    """Headers that some source may see, whom to trust, and who may do what.

    ``keyed``: some mutation is known again by the caller's own key.
    """
    named = (
        *(source.forwarded for source in deployment.sources.values()),
        *(((HEADER,),) if keyed else ()),
        *(((VERSION_HEADER,),) if deployment.usage else ()),
    )
    return AdapterSettings(
        headers=frozenset(name.lower() for names in named for name in names),
        trust_headers=trusts(deployment.auth),
        plans=Plans.EVERYONE if dev else _plans(deployment),
        inspection=Plans.EVERYONE if dev else _inspection(deployment),
        invalidation=Plans.EVERYONE if dev else _invalidation(deployment),
        development=dev,
    )


def limits_of(deployment: Deployment) -> Limits:
    """What one document may ask for."""
    bounds = deployment.limits
    return Limits(
        tokens=bounds.tokens,
        depth=bounds.depth,
        errors=bounds.errors,
        fields=bounds.fields,
        aliases=bounds.aliases,
        roots=bounds.roots,
        directives=bounds.directives,
        introspection=bounds.introspection,
        list=bounds.list,
        calls=bounds.calls,
        cost=bounds.cost.max,
        per_call=bounds.cost.call,
        assumed=bounds.cost.list,
        planning=bounds.planning,
        nesting=bounds.nesting,
        variables=bounds.variables,
        warn=frozenset(bounds.warn),
    )


def _plans(deployment: Deployment) -> Plans | Expression:
    if deployment.plan is None:
        return Plans.NOBODY
    return parse(deployment.plan.when)


def _inspection(deployment: Deployment) -> Plans | Expression:
    allowed = deployment.plan.inspect if deployment.plan else None
    return Plans.NOBODY if allowed is None else parse(allowed)


def _invalidation(deployment: Deployment) -> Plans | Expression:
    allowed = deployment.cache.invalidate
    return Plans.NOBODY if allowed is None else parse(allowed.when)
