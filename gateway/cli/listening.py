"""A loaded gateway behind uvicorn, from the first signal to the last.

In charge of sockets, processes and signals. Must never look into a request.
"""

from __future__ import annotations

import contextlib
import errno
import functools
import os
import signal
import socket
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import typer
import uvicorn

from gateway.cli.failures import CommandError, misused
from gateway.cli.project import config_files

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from gateway.app import Gateway
    from gateway.deployment import Deployment
    from gateway.schema.exchange import App
    from gateway.schema.serving import ServerSettings

_BACKLOG = 2048
_GRACE = 10
"""Seconds that requests in flight are given when the gateway is told to end."""


_START = 60
"""Seconds that a process is given to start, or to say that it lives, when the machine
is busy with everything else."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the options ask for; None where the deployment decides."""

    config: Sequence[str] = ()
    host: str | None = None
    port: int | None = None
    workers: int | None = None
    json_log: bool = False
    dev: bool = False


def listen(wishes: Wishes) -> None:
    """Serve until a signal ends it.

    Raises:
        CommandError: the deployment cannot be loaded, the address cannot be had, or
            listening there would be unsafe.
    """
    gateway = load(wishes)
    deployment = deployment_of(gateway)
    host = wishes.host or deployment.server.host
    port = deployment.server.port if wishes.port is None else wishes.port
    workers = wishes.workers or deployment.server.workers
    _require_safe(deployment, host, wishes)
    with bound(host, port) as listener:
        here = _Here(listener, _url(listener, host), deployment.limits.body)
        if workers == 1:
            _serve_here(asgi(gateway), here)
        else:
            # Each worker loads its own gateway; ours has only proved that it can.
            gateway.current.lease.retire()
            _serve_in(workers, replace(wishes, host=host), here)


def load(wishes: Wishes) -> Gateway:
    """The gateway with its first generation; its problems go to the log."""
    from gateway.app import build_gateway
    from gateway.errors import ProfileError
    from gateway.telemetry.log import configure

    configure(json=wishes.json_log, debug=wishes.dev)
    try:
        files = config_files(wishes.config)
        return build_gateway(files, os.environ, dev=wishes.dev, remember=True)
    except ProfileError as error:
        from gateway.cli.problems import print_problems

        print_problems(error.problems)
        raise CommandError("the configuration cannot be loaded") from error


def deployment_of(gateway: Gateway) -> Deployment:
    deployment = gateway.loader.deployment
    assert deployment is not None, "a gateway that was built has one"  # noqa: S101
    return deployment


def asgi(gateway: Gateway) -> App:
    """The ASGI app of a gateway: GraphQL, health, and the explorer at `/`."""
    from gateway.schema.server import application

    deployment = deployment_of(gateway)
    settings = server_settings(deployment)
    routes: list[Any] = []
    if deployment.explorer:
        from gateway.explorer.routes import routes as explorer

        routes += explorer(settings.path)

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with gateway.serving():
            yield

    return application(gateway, settings, routes=routes, lifespan=lifespan)


def server_settings(deployment: Deployment) -> ServerSettings:
    """How requests are taken, by the deployment."""
    from gateway.schema.serving import ServerSettings

    return ServerSettings(body_limit=deployment.limits.body)


def _require_safe(deployment: Deployment, host: str, wishes: Wishes) -> None:
    from gateway.deployment import unsafe

    reason = unsafe(deployment, host)
    if reason is not None and not wishes.dev:
        raise misused(reason)


# -- sockets ------------------------------------------------------------------------


def bound(host: str, port: int) -> socket.socket:
    """A socket that holds the address.

    Raises:
        CommandError: the address cannot be had.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host.strip("[]"), port, type=socket.SOCK_STREAM
        )[0]
    except OSError:
        raise misused(f"{host} is no address of this machine") from None
    listener = socket.socket(family, kind, protocol)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(address)
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        raise _not_bound(error, host, port) from None
    listener.set_inheritable(True)
    return listener


def _not_bound(error: OSError, host: str, port: int) -> CommandError:
    if error.errno == errno.EADDRINUSE:
        return CommandError(
            f"port {port} on {host} is in use",
            hint=f"choose another one: --port {port + 1}",
        )
    if error.errno == errno.EACCES:
        return CommandError(f"port {port} on {host} is not allowed to you")
    return CommandError(f"cannot listen on {host}:{port}: {error.strerror}")


def _url(listener: socket.socket, host: str) -> str:
    """Where a browser on this machine finds what listens there."""
    port = listener.getsockname()[1]
    near = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host.strip("[]"), host)  # noqa: S104
    bracketed = f"[{near}]" if ":" in near and not near.startswith("[") else near
    return f"http://{bracketed}:{port}/"


# -- processes ----------------------------------------------------------------------


class _Announcing(uvicorn.Server):
    """A server that says where it listens once it answers."""

    def __init__(self, config: uvicorn.Config, url: str) -> None:
        super().__init__(config)
        self.url = url

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            announce(self.url)


def announce(url: str) -> None:
    typer.echo(f"Ready: {url}")
    typer.echo(f"       {url}graphql for programs")


@dataclass(frozen=True, slots=True)
class _Here:
    """Where a server listens, and how large a message may be, in bytes."""

    listener: socket.socket
    url: str
    body_limit: int


def _config(app: Any, here: _Here, **more: Any) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        loop="uvloop",
        http="httptools",
        ws="websockets-sansio",
        ws_max_size=here.body_limit,
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_GRACE,
        timeout_worker_healthcheck=_START,
        **more,
    )


def _serve_here(app: App, here: _Here) -> None:
    server = _Announcing(_config(app, here), here.url)
    _end_by_signal(server)
    server.run(sockets=[here.listener])


def _end_by_signal(server: uvicorn.Server) -> None:
    """A signal ends the server in peace, and the process with status 0.

    uvicorn raises the signal again when it is done, for whoever waits to see it. For
    a gateway a signal is the normal end.
    """

    def end(_number: int, _frame: object) -> None:
        server.should_exit = True

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)


def _serve_in(workers: int, wishes: Wishes, here: _Here) -> None:
    from uvicorn.supervisors import Multiprocess

    class Announcing(Multiprocess):
        """Says where it listens once every process answers."""

        def init_processes(self) -> None:
            super().init_processes()
            if all(
                p.wait_until_ready(_START, self.should_exit) for p in self.processes
            ):
                announce(here.url)
            elif not self.should_exit.is_set():
                self.terminate_all()
                self.join_all()
                raise CommandError("the processes that serve did not start")

    make = functools.partial(worker, wishes)
    config = _config(make, here, factory=True, workers=workers)
    Announcing(config, [here.listener]).run()


def worker(wishes: Wishes) -> App:
    """The app of one of several processes, made in that process."""
    return asgi(load(wishes))
