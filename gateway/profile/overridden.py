"""Fields that one source has taken over from another, held against entity files.

In charge of refusing a step whose values nobody keeps up any more. Which fields those
are, the sources' own schemas say.
"""

from __future__ import annotations

from gateway.errors import Problems
from gateway.held import Holding
from gateway.profile.model import Entity


def check_taken(entity: Entity, problems: Problems) -> None:
    """No step gives what another source has taken over from its own: it is outdated."""
    for step in entity.steps.values():
        held = step.target.held if isinstance(step.target, Holding) else None
        lost = held.lost if held is not None else {}
        for name in step.fields:
            by = lost.get((entity.type, name))
            if by is not None:
                message = (
                    f"step {step.name!r} gives {entity.type}.{name}, which {by!r} "
                    f"overrides in {step.source!r}"
                )
                hint = f"take it out of 'provides', and into a step of {by!r}"
                problems.add(step.span, message, hint=hint)
