"""The SDK's server for messages that stand alone.

In charge of the task that the SDK's work runs in, which begins with the first message.
"""

from __future__ import annotations

import asyncio
from typing import ClassVar

from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

from gateway.doors.agents.catalog import Catalogs
from gateway.doors.agents.server import Context, Desk, server_of
from gateway.doors.agents.settings import AgentSettings
from gateway.doors.agents.tool import Visit
from gateway.schema.exchange import Receive, Scope, Send


class Stateless:
    """Answers messages over HTTP, each by itself, in JSON."""

    KEY: ClassVar = "headwater.agents"
    """Where in the scope what a message runs in is, and who sent it."""

    def __init__(self, settings: AgentSettings) -> None:
        def visiting(context: Context) -> Visit:
            assert context.request is not None  # noqa: S101 - it came over HTTP
            pipeline, generation, request = context.request.scope[self.KEY]
            return Visit(generation, request, pipeline, settings)

        self._server = server_of(Desk(Catalogs(settings), visiting))
        self._manager = StreamableHTTPSessionManager(
            self._server,
            json_response=True,
            stateless=True,
            max_request_body_size=settings.body,
        )
        self._running: asyncio.Task[None] | None = None

    async def begin(self) -> None:
        """Be ready for messages, until the loop ends."""
        ready = asyncio.Event()
        self._running = asyncio.create_task(self._run(ready))
        await ready.wait()

    async def _run(self, ready: asyncio.Event) -> None:
        async with self._manager.run():
            ready.set()
            await asyncio.Event().wait()

    async def answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one message."""
        await self._manager.handle_request(scope, receive, send)
