"""``headwater demo``: everything a newcomer needs to ask a first question.

In charge of starting the demo's services, warehouse and gateway, of saying what to
try, and of ending all of it together. It never configures the gateway but through
the project's own files.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import signal
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from rich.console import Console
from rich.markup import escape

from gateway.demo.children import Child, Children
from gateway.demo.control import DemoError, forget, remember
from gateway.demo.listener import HOST, PortTakenError, bind
from gateway.demo.project import Project, find_project
from gateway.demo.tour import TOUR
from gateway.demo.upstreams import CONTROL, CONTROL_PORT, LATENCY
from gateway.demo.warehouse import make_warehouse

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PORT = 4000
_PATIENCE = 30.0
_POLL = 0.03
_WATCH = 0.2


class _Ended(BaseException):
    """Somebody asked the demo to end."""


def run_demo(
    port: int = PORT, *, here: Path | None = None, first_port: int = CONTROL_PORT
) -> int:
    """Run the demo until Ctrl-C, SIGTERM or SIGHUP; the process's exit status.

    ``here`` is where a project is looked for, or copied to; ``first_port`` is the
    upstreams' control port, which their own ports follow (0: free ports).
    """
    console = Console(highlight=False)
    with _ending_on_signals():
        try:
            with Children() as children:
                project = find_project(here or Path.cwd())
                _run(console, children, project, (port, first_port))
        except _Ended:
            console.print("\nEnded, with everything it started.")
            return 0
        except DemoError as error:
            console.print(f"[red]{escape(str(error))}[/]")
            return 1


def _run(
    console: Console, children: Children, project: Project, ports: tuple[int, int]
) -> NoReturn:
    port, first_port = ports
    port = _free(port)
    console.print(f"Headwater demo, from {escape(str(project.root))}")
    warehouse = make_warehouse(project.state.resolve() / "warehouse.duckdb")
    addresses = _start_services(console, children, first_port)
    console.print("  warehouse     risk_profiles in DuckDB")
    urls = {f"{name.upper()}_URL": addresses[name] for name in LATENCY}
    gateway = children.start(
        "the gateway",
        ["gateway", "serve", "-c", str(project.config), "--dev", "--port", str(port)],
        environment={**urls, "WAREHOUSE": str(warehouse)},
        stdout=subprocess.DEVNULL,  # we say where it listens; its log is on stderr
    )
    _await_ready(gateway, port)
    remember(addresses)
    try:
        _welcome(console, port, project)
        _watch(children)
    finally:
        forget(addresses)


def _free(port: int) -> int:
    """The port itself, or a free one for 0. Raises `DemoError` where it is taken."""
    try:
        with bind(port) as sock:
            name: tuple[str, int] = sock.getsockname()
    except PortTakenError as error:
        raise DemoError(
            f"port {port} is already in use: choose another with PORT={port + 1} "
            f"make demo, or headwater demo --port {port + 1}"
        ) from error
    return name[1]


def _start_services(
    console: Console, children: Children, first_port: int
) -> Mapping[str, str]:
    child = children.start(
        "the upstream services",
        ["gateway.demo.upstreams", "--first-port", str(first_port)],
        stdout=subprocess.PIPE,
    )
    assert child.process.stdout is not None  # noqa: S101 - started with a pipe
    announced = child.process.stdout.readline()
    if not announced:
        raise DemoError(f"{child.name} did not start: see the message above")
    addresses: Mapping[str, str] = json.loads(announced)
    for name, latency in LATENCY.items():
        console.print(f"  {name:<13} {addresses[name]}  {latency * 1000:.0f} ms")
    if first_port and addresses[CONTROL] != f"http://{HOST}:{first_port}":
        console.print("  (the usual ports are taken, so these are others)")
    return addresses


def _await_ready(gateway: Child, port: int) -> None:
    until = time.monotonic() + _PATIENCE
    while not _ready(port):
        if gateway.ended:
            status = gateway.process.returncode
            raise DemoError(f"{gateway.name} did not start (exit status {status})")
        if time.monotonic() > until:
            raise DemoError(f"{gateway.name} was not ready within {_PATIENCE:.0f} s")
        time.sleep(_POLL)


def _ready(port: int) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=1)
    try:
        connection.request("GET", "/health?ready")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _welcome(console: Console, port: int, project: Project) -> None:
    page = f"http://{HOST}:{port}/"
    console.print(
        f"\n[bold green]Ready:[/] [bold]{page}[/]  (plans, runs and GraphiQL)"
    )
    console.print(f"       {page}graphql  (for programs)\n")
    console.print("Try:")
    for number, one in enumerate(TOUR, start=1):
        opened = one.link(page)
        console.print(f"  {number}. [link={opened}]{one.title}[/link]")
        console.print(f"     [cyan]{escape(one.query)}[/]", soft_wrap=True)
        console.print(f"     calls: {one.cost}")
    profile = escape(str(project.root / "profiles" / "customer360.yaml"))
    console.print(f"\nEdit {profile}: it is live when saved.", soft_wrap=True)
    console.print("Break a service: headwater demo break fraud. Ctrl-C ends the demo.")


def _watch(children: Children) -> NoReturn:
    while (gone := children.ended()) is None:
        time.sleep(_WATCH)
    raise DemoError(f"{gone.name} ended with status {gone.process.returncode}")


@contextlib.contextmanager
def _ending_on_signals() -> Iterator[None]:
    """SIGINT, SIGTERM and SIGHUP raise `_Ended` once; a second one is not heard.

    Deaf afterwards, because the ending itself must not be interrupted half-way.
    """
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.getsignal(number) for number in numbers}

    def end(_number: int, _frame: object) -> NoReturn:
        for number in numbers:
            signal.signal(number, signal.SIG_IGN)
        raise _Ended

    for number in numbers:
        signal.signal(number, end)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
