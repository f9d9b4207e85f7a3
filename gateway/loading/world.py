"""A deployment and its SDL as the world that profiles are compiled against."""

from __future__ import annotations

from gateway.connectors.registry import step_types
from gateway.deployment import Deployment
from gateway.profile.model import Names
from gateway.profile.world import SourceFacts, World
from gateway.schema.sdl import Sdl
from gateway.schema.types import argument_reader, read_type
from gateway.values import digest


def world_of(deployment: Deployment, sdl: Sdl) -> World:
    """What compiling may depend on: an equal world gives equal profiles."""
    facts = {
        name: SourceFacts(source.type, Names(source.names), source.timeout)
        for name, source in deployment.sources.items()
    }
    facts.setdefault("mock", SourceFacts("mock"))  # of `type: mock`, needs no place
    timed = "timeout" in deployment.defaults.model_fields_set
    described = (f"{name}:{fact}" for name, fact in sorted(facts.items()))
    return World(
        shapes=sdl.shapes,
        sources=facts,
        step_types=step_types(),
        timeout=deployment.defaults.timeout,
        read_type=read_type,
        read_argument=argument_reader(sdl.schema),
        digest=digest(
            sdl.digest, f"{deployment.defaults.timeout}:{timed}", *described
        ),
        timed=timed,
    )
