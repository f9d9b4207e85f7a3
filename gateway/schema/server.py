"""The gateway's ASGI app: the GraphQL path in front, Starlette for all the rest.

In charge of which way in a request takes. Must never look into one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute

from gateway.record import Model
from gateway.request.model import Asking, RequestContext
from gateway.response.model import shown
from gateway.schema.documents import Documents
from gateway.schema.endpoint import GraphQLEndpoint
from gateway.schema.entrance import Entrance, secured
from gateway.schema.exchange import Receive, Scope, Send
from gateway.schema.explaining import explaining_routes
from gateway.schema.guarding import proven
from gateway.schema.health import health_routes
from gateway.schema.incremental import AnswersInParts
from gateway.schema.invalidation import invalidation_routes
from gateway.schema.measures import metrics_routes
from gateway.schema.numbering import numbered
from gateway.schema.peers import Peers
from gateway.schema.serving import ServerSettings, Serving
from gateway.schema.shedding import Shedding, shed

if TYPE_CHECKING:
    from gateway.schema.connection import Connection
    from gateway.schema.protocols import Protocols
    from gateway.schema.socket_wire import SocketWire

Lifespan: TypeAlias = Callable[[Starlette], AbstractAsyncContextManager[None]]


def application(
    serving: Serving,
    settings: ServerSettings,
    *,
    routes: Sequence[BaseRoute] = (),
    doors: Sequence[BaseRoute] = (),
    lifespan: Lifespan | None = None,
) -> Application:
    """The app of a running gateway.

    ``routes`` are served beside the gateway's own; so are ``doors``, which count among
    the requests under way. ``lifespan`` is entered before the
    first request and left after the last.
    """
    crowding = serving.pipeline.crowding
    crowding.most = settings.requests
    shedding = Shedding(serving.pipeline, crowding)
    documents = Documents()
    others = Others(serving, settings, documents)
    endpoint = GraphQLEndpoint(
        serving, others, settings, AnswersInParts, documents=documents
    )
    pages = [*health_routes(serving), *metrics_routes(serving)]
    rest = Starlette(
        routes=[
            *(proven(pages, serving) if settings.proven_pages else pages),
            *explaining_routes(serving),
            *invalidation_routes(serving),
            *routes,
            *shed(doors, shedding),
        ],
        lifespan=lifespan,
        exception_handlers={404: _not_found},
    )
    rest.router.redirect_slashes = False  # see Note [no redirects]
    peers = Peers(settings.bounds, shedding.noted)
    return Application(endpoint, others, rest, settings.path, shedding, peers)


class Application(Model, frozen=True):
    """The ASGI app; ``endpoint`` answers plain requests without ASGI besides."""

    endpoint: GraphQLEndpoint
    others: Others
    rest: Starlette
    path: str
    shedding: Shedding
    peers: Peers

    @property
    def connection(self) -> type[Connection]:
        """How a server takes connections, so that plain requests go the short way."""
        from gateway.schema.connecting import connections_to

        settings = self.endpoint.settings
        return connections_to(
            self.endpoint,
            self.path,
            settings.body_limit,
            peers=self.peers,
            shedding=self.shedding,
        )

    @property
    def sockets(self) -> type[SocketWire]:
        """How it takes WebSockets."""
        from gateway.schema.connecting import sockets_within

        return sockets_within(self.endpoint.settings.bounds, self.peers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        settings = self.endpoint.settings
        hosts, origins = settings.hosts, settings.origins
        entrance = Entrance(self._inside, hosts, origins, settings.elsewhere)
        await entrance(scope, receive, send)

    async def _inside(self, scope: Scope, receive: Receive, send: Send) -> None:
        kind = scope["type"]
        here = kind != "lifespan" and _path(scope) == self.path
        if here and kind == "http":
            await self.shedding.through(self.endpoint, scope, receive, send)
        elif here and kind == "websocket":
            app = numbered(self.others.socket)
            await self.shedding.socket(app, scope, receive, send)
        else:
            await numbered(secured(self.rest))(scope, receive, send)


@dataclass(slots=True)
class Others:
    """The ways in that are not JSON over HTTP, made when the first one is taken.

    Strawberry costs a sixth of a second to import, which a gateway that is only asked
    by POST never pays.
    """

    serving: Serving
    settings: ServerSettings
    documents: Documents = field(default_factory=Documents)
    _made: Protocols | None = None

    def _protocols(self) -> Protocols:
        if self._made is None:
            from gateway.schema.protocols import protocols

            self._made = protocols(self.serving, self.settings, self.documents)
        return self._made

    async def socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._protocols().socket(scope, receive, send)

    async def stream(
        self, scope: Scope, send: Send, *, asking: Asking, request: RequestContext
    ) -> None:
        protocols = self._protocols()
        await protocols.stream(scope, send, asking=asking, request=request)


def _path(scope: Scope) -> str:
    """The path below where the app is mounted."""
    path: str = scope["path"]
    root = scope.get("root_path", "").rstrip("/")
    return path.removeprefix(root) if root and path.startswith(f"{root}/") else path


async def _not_found(request: Request, _error: Exception) -> JSONResponse:
    nothing = {"message": shown(f"Nothing is served at {request.url.path}.")}
    return JSONResponse({"errors": [nothing]}, status_code=404)


# Note [no redirects]
# Starlette leads `/mcp/` to `/mcp` with a 307 whose URL it makes of the scheme that it
# sees and of the header 'host'. Behind whoever ends TLS that is plain HTTP, and a
# client sends its body and its token there again: so such a path is just not there.
