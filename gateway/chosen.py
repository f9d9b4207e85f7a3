"""What was chosen for a request besides its plan, as the plan's report shows it."""

from __future__ import annotations

from gateway.flags.asked import read_of
from gateway.generation import Generation
from gateway.request.model import RequestContext
from gateway.values import JsonValue


def chosen_for(generation: Generation, request: RequestContext) -> dict[str, JsonValue]:
    """The flags that it has read, with what they were for it, and its release."""
    read, release = read_of(request.flags), generation.release
    flags: dict[str, JsonValue] = {"flags": dict(read)} if read else {}
    return {**flags, "release": release.bundle} if release else flags
