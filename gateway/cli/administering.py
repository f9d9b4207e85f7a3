"""The admin API of one process, beside what it serves.

In charge of its port and of what the API may reach. Must never end the gateway: an
admin server that fails leaves one that serves.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Generator, Mapping
from typing import TYPE_CHECKING

import uvicorn

from gateway.cli.binding import bound, following, shareable, to_serve, url_of
from gateway.cli.failures import CommandError
from gateway.record import Model
from gateway.telemetry.releasing import AdminServes

if TYPE_CHECKING:
    from gateway.app import Gateway
    from gateway.release.holds import Holds
    from gateway.release.model import Bundle
    from gateway.release.trials import Trials
    from gateway.schema.exchange import App
    from gateway.values import JsonValue

_GRACE = 2
"""Seconds that calls in flight are given at the end."""


class Administered(Model, frozen=True):
    """The app with the socket that it listens on."""

    gateway: Gateway
    app: App
    listener: socket.socket
    url: str

    @contextlib.asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        """Answer operators until the gateway ends."""
        config = uvicorn.Config(
            self.app,
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=_GRACE,
        )
        server = _Quiet(config)
        task = asyncio.create_task(server.serve(sockets=[self.listener]))
        self.gateway.observe(AdminServes(self.url))
        try:
            yield
        finally:
            server.should_exit = True
            await asyncio.gather(task, return_exceptions=True)


class _Quiet(uvicorn.Server):
    """A server that leaves signals to the one that serves."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


def administered(gateway: Gateway, *, follows: bool = False) -> Administered | None:
    """The admin API where the deployment has one; its port is taken at once.

    Each of several processes has a port of its own, counted from the first one's.

    Raises:
        CommandError: the port cannot be had.
    """
    from gateway.admin.holds import HoldDeeds
    from gateway.admin.process import ProcessDeeds
    from gateway.admin.releases import ReleaseDeeds
    from gateway.admin.server import admin_app
    from gateway.cli.reached import hosts_on
    from gateway.schema.entrance import Entrance, secured
    from gateway.schema.numbering import numbered

    deployment = gateway.loader.deployment
    settings = deployment.admin if deployment else None
    if settings is None:
        return None
    deeds = (
        *ProcessDeeds(gateway).table(),
        *ReleaseDeeds(_Shelf(gateway)).table(),
        *HoldDeeds(_Levers(gateway)).table(),
    )
    port = settings.port + gateway.worker.number - 1 if settings.port else 0
    try:
        holds = following if follows else bound
        listener = to_serve(holds(settings.host, port))
        shareable(listener)
    except CommandError as error:
        told = str(error).partition(" — ")[0]
        hint = "write another admin.port in headwater.yaml"
        raise CommandError(f"the admin API: {told}", hint=hint) from None
    inside = admin_app(deeds, lambda: _tokens(gateway), gateway.observe)
    hosts = hosts_on(settings.host, settings.hosts)
    app = Entrance(numbered(secured(inside)), hosts, key="admin.hosts")
    return Administered(gateway, app, listener, url_of(listener, settings.host))


def _tokens(gateway: Gateway) -> Mapping[str, str]:
    """Those of the deployment as it is now: a token that is taken out is out."""
    deployment = gateway.loader.deployment
    settings = deployment.admin if deployment else None
    known = settings.tokens if settings else {}
    return {name: token.get_secret_value() for name, token in known.items()}


class _Shelf(Model, frozen=True):
    """The releases of a running gateway."""

    gateway: Gateway

    def releases(self) -> Trials:
        from gateway.release.model import ReleaseError

        chosen = self.gateway.releases
        store = chosen.store if chosen else None
        if store is None:
            raise ReleaseError(
                "this gateway serves its folders: its deployment names no store",
                hint="write 'release' in headwater.yaml",
            )
        return store.releases

    def prove(self, bundle: Bundle) -> None:
        from gateway.loading.proving import require_serves

        chosen, loader = self.gateway.releases, self.gateway.loader
        if chosen is not None and chosen.store is not None:
            chosen.store.proved(bundle)
        require_serves(bundle, loader.config, loader.environ)

    async def take(self) -> bool:
        return await self.gateway.take_release()


class _Levers(Model, frozen=True):
    """The holds of a running gateway."""

    gateway: Gateway

    def holds(self) -> Holds:
        return self.gateway.holding.log()

    def shared(self) -> bool:
        return self.gateway.holding.shared

    def require(self, step: str) -> None:
        from gateway.loading.withheld import unknown
        from gateway.release.holding import require_name
        from gateway.release.model import ReleaseError

        require_name(step)
        wrong = unknown(step, self.gateway.current)
        if wrong is not None:
            raise ReleaseError(wrong[0], hint=wrong[1])

    async def take(self) -> None:
        await self.gateway.holds.take()

    def standing(self) -> list[JsonValue]:
        return self.gateway.holding.standing()
