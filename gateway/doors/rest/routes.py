"""Where the REST door stands in the gateway's app."""

from __future__ import annotations

from starlette.routing import BaseRoute, Route

from gateway.doors.rest.endpoint import RestDoor
from gateway.schema.serving import ServerSettings, Serving


def routes(serving: Serving, settings: ServerSettings, path: str) -> list[BaseRoute]:
    """Everything below a path, for the gateway that serves."""
    door = RestDoor(serving, path, settings)
    return [Route(path, door), Route(f"{path}/{{below:path}}", door)]
