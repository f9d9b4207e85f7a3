"""What every way in needs of the gateway, and the settings they share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from gateway.errors import RequestError
from gateway.generation import Generation
from gateway.pipeline import Pipeline
from gateway.policy.limits import LimitError
from gateway.record import Model
from gateway.request.adapter import adapt
from gateway.request.model import Arrived, Asking, RequestContext
from gateway.response.model import Answer
from gateway.schema.bounds import DEFAULT, Bounds
from gateway.schema.hosts import EVERY_HOST, Hosts
from gateway.schema.origins import NO_ORIGINS, Origins
from gateway.splitting import Given
from gateway.values import JsonValue


class Serving(Protocol):
    """The running gateway. A reload changes ``current``: read it once a request."""

    @property
    def current(self) -> Generation: ...

    @property
    def pipeline(self) -> Pipeline: ...

    def health(self) -> Mapping[str, JsonValue]:
        """How it is; ``ready`` says whether it can answer."""


class ServerSettings(Model, frozen=True):
    """How requests are taken; fixed as long as the process listens.

    ``body_limit`` is in bytes, of a body and of one WebSocket message. ``watch_after``
    is how long, in seconds, a request may run before its client is watched for going
    away; ``init_timeout`` how long a socket may take to introduce itself. ``hosts`` are
    the names under which it is reached, ``origins`` the pages that may ask;
    ``elsewhere`` are paths that judge origins themselves.
    ``requests`` is how many may be under way in the process at a time, ``bounds`` are
    those of one connection. ``proven_pages``: pages about the process are for those
    who prove who they are.
    """

    path: str = "/graphql"
    body_limit: int = 1_000_000
    watch_after: float = 0.1
    init_timeout: float = 10.0
    operations_per_socket: int = 100
    bounds: Bounds = DEFAULT
    requests: int = 1_000
    proven_pages: bool = False
    hosts: Hosts = EVERY_HOST
    origins: Origins = NO_ORIGINS
    elsewhere: frozenset[str] = frozenset()

    def admits(self, headers: Arrived) -> bool:
        """Whether a POST with such headers is for us: no more than `Entrance` does."""
        return (
            self.hosts.take(headers.get("host"))
            and "host" not in headers.repeated
            and not self.origins.refuses(headers, "POST")
        )


async def admit(
    serving: Serving, headers: Mapping[str, str], door: str | None = None
) -> None:
    """Wait until it can be said who asks: before anything else of a request is read.

    ``door`` is the way in, where it may have a rule of its own.

    Raises:
        RequestError: UNAUTHENTICATED or FORBIDDEN, and whoever asks learns no more.
    """
    prover = serving.current.admission_at(door).prover
    if prover is not None:
        await prover.ready(headers, serving.pipeline.clock.wall().timestamp())


async def answer_safely(
    pipeline: Pipeline, generation: Generation, asking: Asking, request: RequestContext
) -> Answer:
    """The answer by the configuration that the request began with, whatever happens.

    A bug of ours becomes an event for the operators and a code for the client.
    """
    return await pipeline.answer(generation, asking, request)


def begun(
    serving: Serving,
    headers: Mapping[str, str],
    request_id: str,
    door: str | None = None,
) -> Given:
    """A request that starts now, and what it runs in. ``headers`` are lower-case.

    ``door`` is as `admit` has it.

    Raises:
        RequestError: its headers cannot be read.
    """
    pipeline, generation = serving.pipeline, serving.current
    admission = generation.admission_at(door)
    request = adapt(headers, admission, request_id=request_id, clock=pipeline.clock)
    return given_of(serving, generation, request, headers)


def given_of(
    serving: Serving,
    generation: Generation,
    request: RequestContext,
    headers: Mapping[str, str],
) -> Given:
    """What a request runs in that was read for the current generation."""
    pipeline = serving.pipeline
    if pipeline.splitting is None:
        return Given(pipeline, generation, request, told=False)
    return pipeline.splitting.given((pipeline, generation), request, headers)


def counted(serving: Serving, error: RequestError, request_id: str) -> None:
    """Count what a way in refuses by itself for being beyond a limit."""
    if isinstance(error, LimitError):
        pipeline = serving.pipeline
        now, excess = pipeline.clock.now(), error.excess
        pipeline.preparing.excesses.note(excess, "refused", (request_id, now), now)
