"""Step types that know what the step's source offers.

In charge of one look-up. A step type that wants to know has a method ``knowing``, which
gives the same type for one offer; one whose answers are known in depth has ``types``,
and one that may answer with a list ``gives_list``.
"""

from __future__ import annotations

from typing import Any

from gateway.connectors.base import StepType
from gateway.profile.world import World


def step_type_of(name: str, source: str | None, world: World) -> StepType[Any] | None:
    """The step type of this name; ``source`` is what a step or its file names."""
    found = world.step_types.get(name)
    knowing = getattr(found, "knowing", None)
    if found is None or knowing is None:
        return found
    facts = world.sources.get(source or found.default_source or "default")
    known: StepType[Any] = knowing(facts.offer if facts else None)
    return known
