"""The door over stdin and stdout, for an agent that starts the gateway itself.

In charge of one session, from its first line to the end of stdin. Must never write to
stdout besides the protocol.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from mcp.server.context import CallNext, HandlerResult
from mcp.server.lowlevel import NotificationOptions
from mcp.server.session import ServerSession
from mcp.server.stdio import stdio_server
from mcp.server.subscriptions import (
    InMemorySubscriptionBus,
    ListenHandler,
    ResourcesListChanged,
    ToolsListChanged,
)
from mcp_types.version import MODERN_PROTOCOL_VERSIONS

from gateway.doors.agents.catalog import Catalogs
from gateway.doors.agents.server import Context, Desk, server_of
from gateway.doors.agents.settings import AgentSettings
from gateway.doors.agents.tool import Visit
from gateway.generation import Generation
from gateway.request.model import RequestContext
from gateway.schema.serving import Serving

Asking = Callable[[Generation], RequestContext]
"""Who asks: the same person all the time, in a request of its own each time."""


async def serve_stdio(
    serving: Serving,
    settings: AgentSettings,
    asking: Asking,
    changed: asyncio.Event,
) -> None:
    """Serve until stdin ends. Who listens is told each time that `changed` is set."""

    def visiting(_context: Context) -> Visit:
        generation = serving.current
        request = asking(generation)
        return Visit(generation, request, serving.pipeline, settings)

    bus = InMemorySubscriptionBus()
    listening = ListenHandler(bus)
    server = server_of(Desk(Catalogs(settings), visiting), listening)
    sessions = _Sessions()
    server.middleware.append(sessions)
    options = server.create_initialization_options(
        NotificationOptions(tools_changed=True, resources_changed=True)
    )
    telling = asyncio.create_task(_tell(changed, bus, sessions))
    try:
        async with stdio_server() as (incoming, outgoing):
            await server.run(incoming, outgoing, options)
    finally:
        telling.cancel()
        listening.close()


class _Sessions:
    """Remembers the session of those who speak the protocol with a handshake."""

    def __init__(self) -> None:
        self.session: ServerSession | None = None

    async def __call__(self, ctx: Context, call_next: CallNext) -> HandlerResult:
        if ctx.protocol_version not in MODERN_PROTOCOL_VERSIONS:
            self.session = ctx.session
        return await call_next(ctx)


async def _tell(
    changed: asyncio.Event, bus: InMemorySubscriptionBus, sessions: _Sessions
) -> None:
    """Say that the lists are others now, in the words of either era."""
    while await changed.wait():
        changed.clear()
        await bus.publish(ToolsListChanged())
        await bus.publish(ResourcesListChanged())
        if sessions.session is not None:
            await sessions.session.send_tool_list_changed()
            await sessions.session.send_resource_list_changed()
