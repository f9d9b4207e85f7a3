"""How the gateway says that it lives, that it is ready, and what it is made of."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from importlib import metadata

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from gateway.clock import Clock
from gateway.errors import RequestError
from gateway.generation import Generation
from gateway.request.adapter import adapt
from gateway.schema.exchange import headers_of
from gateway.schema.guarding import LIVE, READY
from gateway.schema.serving import Serving
from gateway.values import JsonValue

_NOT_READY = 503
_NO_STORE = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
_SHOWN = ("headwater", "graphql-core", "strawberry-graphql", "starlette", "uvicorn")


def describe(generation: Generation) -> Mapping[str, JsonValue]:
    """What a running generation is, and what of it does not run as written.

    ``stale`` operations serve an older version, ``unavailable`` ones none; a gateway
    with either is ready all the same, since it answers everything else.
    """
    return {
        "ready": True,
        "generation": {"number": generation.number, "digest": generation.digest},
        "operations": len(generation.whole.profiles),
        "stale": list(generation.stale),
        "unavailable": {
            name: [problem.as_json() for problem in problems]
            for name, problems in sorted(generation.whole.unavailable.items())
        },
        "problems": [problem.as_json() for problem in generation.problems],
    }


def sources_of(
    generation: Generation, clock: Clock
) -> Mapping[str, Mapping[str, JsonValue]]:
    """How each source's guards stand. It shows load and trouble: for operators."""
    return {
        name: upstream.state(clock)
        for name, upstream in sorted(generation.upstreams.items())
    }


def health_routes(serving: Serving) -> list[Route]:
    """`/health` with its aliases, and `/-/versions`."""
    # In the loop, all of them: nothing changes while it is read, and a probe waits for
    # no thread while all are busy.

    async def live(_request: Request) -> JSONResponse:
        return _said({"live": True})

    async def ready(_request: Request) -> JSONResponse:
        found = bool(serving.health().get("ready"))
        return _said({"ready": found}, ready=found)

    async def health(request: Request) -> JSONResponse:
        if "live" in request.query_params:
            return await live(request)
        if "ready" in request.query_params:
            return await ready(request)
        report = {"live": True, **serving.health()}
        if _explained(serving, request):
            report["sources"] = sources_of(serving.current, serving.pipeline.clock)
        return _said(report, ready=bool(report.get("ready")))

    async def versions(_request: Request) -> JSONResponse:
        return _said(versions_of(serving))

    return [
        Route("/health", health, methods=["GET"]),
        *(Route(path, live, methods=["GET"]) for path in LIVE),
        *(Route(path, ready, methods=["GET"]) for path in READY),
        Route("/-/versions", versions, methods=["GET"]),
    ]


def versions_of(serving: Serving) -> Mapping[str, JsonValue]:
    """What this process runs: packages, generation and, with a store, the release."""
    known = serving.health()
    told = ("generation", "release", "trial", "worker")
    running = {k: known[k] for k in told if k in known}
    return {**installed(), "python": platform.python_version(), **running}


def _explained(serving: Serving, request: Request) -> bool:
    """Whether who asks may see plans, and so sources by name."""
    try:
        context = adapt(
            headers_of(request.scope),
            serving.current.admission,
            request_id="health",
            clock=serving.pipeline.clock,
        )
    except RequestError:
        return False
    return context.explain


def installed() -> dict[str, JsonValue]:
    """The versions of the packages that shape an answer; null where unpackaged."""
    return {name: _version(name) for name in _SHOWN}


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _said(content: Mapping[str, JsonValue], *, ready: bool = True) -> JSONResponse:
    status = 200 if ready else _NOT_READY
    return JSONResponse(content, status_code=status, headers=_NO_STORE)
