"""Pages about the process, for those alone who prove who they are, where wished.

In charge of what stays open: whether it lives and is ready, which balancers ask without
a name. Must never know what a page says.
"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import parse_qs

import orjson
from starlette.routing import Route

from gateway.errors import RequestError
from gateway.record import Model
from gateway.schema.exchange import App, Receive, Scope, Send, headers_of, respond
from gateway.schema.serving import Serving, admit

LIVE = ("/livez", "/healthz", "/healthcheck")
READY = ("/readyz", "/readiness")
"""What probes ask, as Kubernetes and others before it call it."""
_OPEN = frozenset({*LIVE, *READY})
_HEALTH, _PROBES = "/health", ("live", "ready")
_HEADERS = (
    (b"content-type", b"application/json; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
)


def proven(routes: Iterable[Route], serving: Serving) -> Iterable[Route]:
    """The same pages, each but the probes behind a proof."""
    for route in routes:
        if route.path not in _OPEN:
            route.app = _Guarded(route.app, serving, probes=route.path == _HEALTH)
        yield route


class _Guarded(Model, frozen=True):
    """One page. With ``probes`` it is also asked whether the process lives."""

    page: App
    serving: Serving
    probes: bool

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not (self.probes and _is_probe(scope)):
            try:
                await admit(self.serving, headers_of(scope))
            except RequestError as error:
                told = {"message": error.message, "extensions": {"code": error.code}}
                body = orjson.dumps({"errors": [told]})
                headers = [*_HEADERS, *error.headers]
                await respond(send, error.status, headers, body)
                return
        await self.page(scope, receive, send)


def _is_probe(scope: Scope) -> bool:
    query = parse_qs(scope.get("query_string", b"").decode("latin-1"), True)
    return any(name in query for name in _PROBES)
