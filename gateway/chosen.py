"""What is known of a request besides its plan, as the plan's report shows it."""

from __future__ import annotations

from gateway.flags.asked import read_of
from gateway.generation import Generation
from gateway.judging import estimated
from gateway.prepared import Ready
from gateway.request.model import RequestContext
from gateway.values import JsonValue


def chosen_for(
    generation: Generation, request: RequestContext, ready: Ready
) -> dict[str, JsonValue]:
    """The flags that it has read, as they were for it, generation, release, cost."""
    read, release = read_of(request.flags), generation.release
    made_of = ready.plan, ready.bindings, generation.shapes, generation.limits
    told: dict[str, JsonValue] = {
        "generation": generation.number,
        "cost": estimated(*made_of),
    }
    if read:
        told["flags"] = dict(read)
    return {**told, "release": release.bundle} if release else told
