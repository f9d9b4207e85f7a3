"""A loaded gateway as an app behind uvicorn, in one process.

In charge of what each process that serves is made of. Must never look into a request.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import uvicorn

from gateway.cli.failures import CommandError
from gateway.cli.project import config_files
from gateway.record import Model

if TYPE_CHECKING:
    import socket
    from types import FrameType

    from starlette.applications import Starlette

    from gateway.app import Gateway
    from gateway.deployment import Deployment
    from gateway.doors.agents.settings import AgentSettings
    from gateway.loading.loader import Dressing
    from gateway.schema.server import Application
    from gateway.telemetry.events import Observer

GRACE = 10
"""Seconds that requests in flight are given when the gateway is told to end."""
_LOOK = 0.1
"""Seconds between two looks at whether balancers had their time."""
_DRAIN = 5
"""Seconds before that in which subscribers may take what was heard already."""


class Wishes(Model, frozen=True):
    """What the options ask for; None where the deployment decides."""

    config: Sequence[str] = ()
    host: str | None = None
    port: int | None = None
    workers: int | Literal["auto"] | None = None
    json_log: bool = False
    dev: bool = False
    mock: bool = False
    recorded: str | None = None


def load(wishes: Wishes, observe: Observer | None = None) -> Gateway:
    """The gateway with its first generation; what happens in it goes to the log.

    Raises:
        CommandError: it cannot be loaded; why was printed.
    """
    from gateway.errors import ProfileError
    from gateway.telemetry.log import configure

    configure(json=wishes.json_log, debug=wishes.dev)
    try:
        return built(wishes, observe)
    except ProfileError as error:
        from gateway.cli.problems import print_problems

        print_problems(error.problems)
        raise CommandError("the configuration cannot be loaded") from error


def built(wishes: Wishes, observe: Observer | None = None) -> Gateway:
    """The gateway with its first generation; nothing is printed.

    ``observe`` hears of what the log would be told, now or later.

    Raises:
        ProfileError: it cannot be loaded.
    """
    from gateway.cli.collecting import collect_nothing, collect_seldom, keep_modules

    collect_nothing()
    try:
        from gateway.app import build_gateway
        from gateway.telemetry.log import debugs

        keep_modules()
        files = config_files(wishes.config)
        made = build_gateway(
            files,
            os.environ,
            observe=observe,
            usual=debugs(),
            dev=wishes.dev,
            remember=not wishes.mock,
            mocking=_mocking(wishes) if wishes.mock else None,
        )
    finally:
        collect_seldom()
    # A later load may not open to everybody what listens where others reach it.
    made.loader.identity.host = wishes.host or deployment_of(made).server.host
    return made


def _mocking(wishes: Wishes) -> Dressing:
    """What takes the systems out of every generation.

    Raises:
        ProfileError: the recorded replies cannot be read.
    """
    from gateway.mocking.dressing import Mocking
    from gateway.mocking.tape import read_tape

    return Mocking({} if wishes.recorded is None else read_tape(Path(wishes.recorded)))


def deployment_of(gateway: Gateway) -> Deployment:
    deployment = gateway.loader.deployment
    assert deployment is not None, "a gateway that was built has one"  # noqa: S101
    return deployment


def asgi(gateway: Gateway, *, follows: bool = False) -> Application:
    """The ASGI app of a gateway: GraphQL, health, and the explorer at `/`.

    Raises:
        CommandError: the port of its admin API cannot be had.
    """
    from gateway.cli.exploring import bench_of, explorer_routes
    from gateway.cli.reached import server_settings
    from gateway.schema.server import application

    deployment = deployment_of(gateway)
    host = gateway.loader.identity.host or deployment.server.host
    settings = server_settings(deployment, host, dev=gateway.loader.dev)
    routes: list[Any] = []
    bench = bench_of(gateway)
    if deployment.explorer:
        shown = deployment.explorer != "proven"
        routes += explorer_routes(gateway, settings, bench, shown=shown)
    doors: list[Any] = []
    if deployment.agents is not None:
        from gateway.doors.agents.http import load
        from gateway.doors.agents.http import routes as agents

        load()
        doors += agents(gateway, agent_settings(deployment))
    if deployment.api is not None:
        from gateway.doors.rest.routes import routes as rest

        doors += rest(gateway, settings, deployment.api.path)

    from gateway.doors.webhooks.http import routes as webhooks

    doors += webhooks(gateway)

    from gateway.cli.administering import administered

    admin = (
        administered(gateway, follows=follows) if deployment.admin is not None else None
    )

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        beside = contextlib.nullcontext() if admin is None else admin.serving()
        async with gateway.serving(), beside:
            yield
            bench.close()

    return application(gateway, settings, routes=routes, doors=doors, lifespan=lifespan)


def agent_settings(deployment: Deployment) -> AgentSettings:
    """What agents are offered, by the deployment; the defaults where it is silent."""
    from gateway.deployment.agents import AgentsSettings
    from gateway.doors.agents.settings import AgentSettings

    written = deployment.agents or AgentsSettings()
    return AgentSettings(
        path=written.path,
        profiles=written.operations == "all",
        mutations=written.mutations,
        query=written.query,
        result=written.result,
        body=deployment.limits.body,
        hosts=frozenset((*written.hosts, *deployment.server.hosts)),
        origins=frozenset(written.origins),
    )


def server_config(app: Application, gateway: Gateway, **more: Any) -> uvicorn.Config:
    """How uvicorn takes connections, the same in every process."""
    return uvicorn.Config(
        app,
        loop="uvloop",
        http=app.connection,
        ws=app.sockets,
        ws_max_size=deployment_of(gateway).limits.body,
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # nobody here asks who a proxy says that a client is
        timeout_graceful_shutdown=GRACE,
        **more,
    )


class Draining(uvicorn.Server):
    """A server that is not ready before it listens no more, and then ends in peace.

    Balancers learn by its readiness that it goes; it answers meanwhile. Subscriptions
    end before their connections: uvicorn closes WebSockets at once, and what they have
    not sent is lost. ``hurried``: told again to end, it does not wait for balancers.
    """

    def __init__(self, config: uvicorn.Config, gateway: Gateway) -> None:
        super().__init__(config)
        self.gateway = gateway
        self.hurried = False

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self.hurried = self.should_exit
        super().handle_exit(sig, frame)

    async def main_loop(self) -> None:
        from gateway.standing import Stage

        await super().main_loop()
        gateway = self.gateway
        gateway.stage, clock = Stage.DRAINING, gateway.pipeline.clock
        until = clock.now() + deployment_of(gateway).server.drain
        # A signal sets it outside the loop: looked at, as uvicorn does.
        while clock.now() < until and not self.hurried:  # noqa: ASYNC110
            await asyncio.sleep(_LOOK)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        if not self.force_exit:
            await self.gateway.pipeline.live.drain(_DRAIN)
        await super().shutdown(sockets)
