"""What a deployment promises of its operations and steps → `Objectives`."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.deployment import Deployment
from gateway.deployment.slo import ObjectiveSettings
from gateway.errors import Problems, did_you_mean
from gateway.loading.catalog import Catalog
from gateway.profile.model import Profile
from gateway.values import SourceSpan
from gateway.watching.objectives import Objective, Objectives


def objectives_of(deployment: Deployment) -> Objectives | None:
    """None where nothing is promised."""
    slo = deployment.slo
    if slo is None:
        return None
    steps = {}
    for name, one in slo.steps.items():
        of, _, step = name.partition(".")
        steps[of, step] = _objective(one)
    operations = {name: _objective(one) for name, one in slo.operations.items()}
    return Objectives(operations, steps, slo.window)


def check_objectives(
    deployment: Deployment, catalog: Catalog, problems: Problems
) -> None:
    """Warn of promises of what is not there: they would be kept for ever.

    A name that a broken file may have had is not judged, nor one where there is none.
    """
    slo, audience = deployment.slo, catalog.audience
    if slo is None or audience.unavailable or audience.lost:
        return
    profiles = [*audience.profiles.values(), *_chosen(catalog)]
    if not profiles:
        return
    operations = {profile.operation for profile in profiles}
    steps = {f"{p.operation}.{name}" for p in profiles for name in p.steps}
    for type_, entity in audience.entities.items():
        steps.update(f"{type_}.{name}" for name in entity.steps)
    known = {"operations": operations, "steps": steps}
    for key, named in (("operations", slo.operations), ("steps", slo.steps)):
        for name in named:
            if name not in known[key]:
                span = deployment.places.get(("slo", key, name), _FILE)
                message = f"'slo.{key}' has a promise of {name!r}, and there is none"
                problems.warn(span, message, hint=did_you_mean(name, known[key]))


_FILE = SourceSpan("headwater.yaml")


def _chosen(catalog: Catalog) -> Iterator[Profile]:
    """The profiles of which each request gets one."""
    for family in catalog.families:
        for candidate in family.candidates:
            if candidate.profile is not None:
                yield candidate.profile


def _objective(one: ObjectiveSettings) -> Objective:
    within = None if one.latency is None else one.within
    return Objective(one.availability, one.latency, within)
