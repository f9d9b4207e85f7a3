"""What a deployment promises of its operations and steps → `Objectives`."""

from __future__ import annotations

from gateway.deployment import Deployment
from gateway.deployment.slo import ObjectiveSettings
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


def _objective(one: ObjectiveSettings) -> Objective:
    within = None if one.latency is None else one.within
    return Objective(one.availability, one.latency, within)
