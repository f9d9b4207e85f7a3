"""`headwater mcp`: the gateway over stdin and stdout, for the agent that started it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from gateway.cli.failures import command
from gateway.cli.options import Claims, Config, Flags, Tenant

if TYPE_CHECKING:
    import asyncio

    from gateway.app import Gateway
    from gateway.cli.query import Asker
    from gateway.generation import Generation
    from gateway.request.model import RequestContext
    from gateway.telemetry.events import Event


@command
def mcp(
    config: Config = None,
    tenant: Tenant = None,
    flag: Flags = None,
    claims: Claims = None,
) -> None:
    """Serve agents over stdin and stdout, by the Model Context Protocol.

    Started by the agent's own program, which has this command in its settings. The
    log is on stderr. What is offered stands under 'agents' of the deployment file.
    """
    import asyncio

    from gateway.cli.listening import Wishes, load
    from gateway.cli.query import Asker
    from gateway.telemetry.events import GenerationChanged
    from gateway.telemetry.log import log_observer

    asker = Asker(tenant, tuple(flag or ()), claims)
    changed = asyncio.Event()
    said = None

    def observe(event: Event) -> None:
        if said is not None:
            said(event)
        if event.__class__ is GenerationChanged:
            changed.set()

    json_log = not sys.stderr.isatty()
    wishes = Wishes(config=tuple(config or ()), json_log=json_log)
    gateway = load(wishes, observe)
    said = log_observer()
    changed.clear()
    asyncio.run(_serve(gateway, asker, changed))


async def _serve(gateway: Gateway, asker: Asker, changed: asyncio.Event) -> None:
    """Serve until stdin ends, or a signal comes."""
    import asyncio
    import os
    import signal

    from gateway.cli.listening import agent_settings, deployment_of
    from gateway.doors.agents.stdio import serve_stdio
    from gateway.request.adapter import identify
    from gateway.request.model import PlanWish

    def asking(_generation: Generation) -> RequestContext:
        made = asker.request(gateway, PlanWish.NONE)
        return made._replace(request_id=identify({}))

    asking(gateway.current)  # what cannot be read is told now
    loop, told = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, told.set)
    settings = agent_settings(deployment_of(gateway))
    async with gateway.serving():
        serving = asyncio.create_task(serve_stdio(gateway, settings, asking, changed))
        ending = asyncio.create_task(told.wait())
        await asyncio.wait({serving, ending}, return_when=asyncio.FIRST_COMPLETED)
    ending.cancel()
    if serving.done():
        await serving
    os._exit(0)  # else a thread that waits for a line of stdin would be waited for
