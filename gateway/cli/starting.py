"""From what was asked for to processes that serve.

In charge of where is listened, by how many processes, and that it is safe. Must never
look into a request.
"""

from __future__ import annotations

import contextlib
import functools
import socket
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import typer
import uvicorn

from gateway.cli.binding import bound, shares, to_serve, url_of
from gateway.cli.cpus import cpus
from gateway.cli.descriptors import BESIDE, bearable, raise_limit
from gateway.cli.failures import CommandError, misused
from gateway.cli.listening import (
    Draining,
    Wishes,
    asgi,
    deployment_of,
    load,
    server_config,
)
from gateway.cli.signals import end_by_signal, serve_by_signal

if TYPE_CHECKING:
    from gateway.app import Gateway
    from gateway.deployment import Deployment
    from gateway.deployment.serving import ServerSettings
    from gateway.telemetry.events import Event, Observer


def start(wishes: Wishes) -> None:
    """Serve until a signal ends it.

    Raises:
        CommandError: the deployment cannot be loaded, the address cannot be had, or
            listening there would be unsafe.
    """
    held = _Held()
    gateway = load(wishes, held)
    deployment = deployment_of(gateway)
    host = wishes.host or deployment.server.host
    port = deployment.server.port if wishes.port is None else wishes.port
    workers = wishes.workers or deployment.server.workers
    count = cpus() if workers == "auto" else workers
    _require_safe(deployment, host, wishes)
    _require_files(deployment)
    if wishes.mock:
        typer.echo("Mocked: no source is called.")
    with contextlib.closing(bound(host, port)) as listener:
        url = url_of(listener, host)
        if count == 1 and deployment.server.memory is None:
            held.tell()
            _serve_here(gateway, listener, url)
        else:
            # Each worker loads its own gateway; ours has only proved that it can.
            gateway.current.lease.retire()
            _serve_in(count, wishes, listener, url, deployment.server)


@dataclass(slots=True)
class _Held:
    """Keeps events until it is known that this process serves.

    Where others do, what this one loaded is not worth a line: they tell the same.
    """

    events: list[Event] = field(default_factory=list)
    to: Observer | None = None

    def __call__(self, event: Event) -> None:
        if self.to is None:
            self.events.append(event)
        else:
            self.to(event)

    def tell(self) -> None:
        """To the log: what was kept, and from now on everything at once."""
        from gateway.telemetry.log import log_observer

        self.to = log_observer()
        for event in self.events:
            self.to(event)
        self.events.clear()


def _require_safe(deployment: Deployment, host: str, wishes: Wishes) -> None:
    from gateway.deployment import unsafe

    reason = unsafe(deployment, host)
    if reason is not None and not wishes.dev:
        raise misused(reason)


def _require_files(deployment: Deployment) -> None:
    """Have as many open files as the system gives, and say where that is too few."""
    from gateway.telemetry.log import log_observer
    from gateway.telemetry.processes import FilesFew

    wished = deployment.server.connections
    allowed, wanted = raise_limit(), wished + BESIDE
    if allowed < wanted:
        log_observer()(FilesFew(allowed, wanted, bearable(wished)))


class _Announcing(Draining):
    """A server that says where it listens once it answers."""

    def __init__(self, config: uvicorn.Config, gateway: Gateway, url: str) -> None:
        super().__init__(config, gateway)
        self.url = url

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            serve_by_signal(self.gateway, alone=self)
            announce(self.url)


def announce(url: str) -> None:
    typer.echo(f"Ready: {url}")
    typer.echo(f"       {url}graphql for programs")


def _serve_here(gateway: Gateway, listener: socket.socket, url: str) -> None:
    server = _Announcing(server_config(asgi(gateway), gateway), gateway, url)
    end_by_signal(server)
    server.run(sockets=[to_serve(listener)])


def _serve_in(
    count: int, wishes: Wishes, first: socket.socket, url: str, own: ServerSettings
) -> None:
    from gateway.cli.workers import Workers
    from gateway.clock import SystemClock
    from gateway.telemetry.log import log_observer

    try:
        listeners = shares(first, count)
    except OSError as error:
        raise CommandError(
            f"the port cannot be shared by {count} processes: {error.strerror}",
            hint="write workers: 1",
        ) from None
    announcing = functools.partial(announce, url)
    observe, clock = log_observer(), SystemClock()
    told = wishes, listeners, announcing, observe, clock, own.memory
    Workers(*told, drain=own.drain).run()
