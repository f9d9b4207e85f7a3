"""What every way in needs of the gateway, and the settings they share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from gateway.generation import Generation
from gateway.pipeline import Pipeline
from gateway.request.model import Asking, RequestContext
from gateway.response.model import Answer
from gateway.values import JsonValue


class Serving(Protocol):
    """The running gateway. A reload changes ``current``: read it once a request."""

    @property
    def current(self) -> Generation: ...

    @property
    def pipeline(self) -> Pipeline: ...

    def health(self) -> Mapping[str, JsonValue]:
        """How it is; ``ready`` says whether it can answer."""


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """How requests are taken; fixed as long as the process listens.

    ``body_limit`` is in bytes, of a body and of one WebSocket message. ``watch_after``
    is how long, in seconds, a request may run before its client is watched for going
    away; ``init_timeout`` how long a socket may take to introduce itself.
    """

    path: str = "/graphql"
    body_limit: int = 1_000_000
    watch_after: float = 0.1
    init_timeout: float = 10.0
    operations_per_socket: int = 100


async def answer_safely(
    pipeline: Pipeline, generation: Generation, asking: Asking, request: RequestContext
) -> Answer:
    """The answer by the configuration that the request began with, whatever happens.

    A bug of ours becomes an event for the operators and a code for the client.
    """
    return await pipeline.answer(generation, asking, request)
