"""What was chosen for a request besides its plan, as the plan's report shows it."""

from __future__ import annotations

from gateway.flags.asked import read_of
from gateway.generation import Generation
from gateway.request.model import RequestContext
from gateway.values import JsonValue


def chosen_for(generation: Generation, request: RequestContext) -> dict[str, JsonValue]:
    """The flags that it has read, as they were for it, generation and release."""
    read, release = read_of(request.flags), generation.release
    told: dict[str, JsonValue] = {"generation": generation.number}
    if read:
        told["flags"] = dict(read)
    return {**told, "release": release.bundle} if release else told
