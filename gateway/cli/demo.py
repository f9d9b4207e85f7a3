"""`headwater demo`: a live Customer 360, and its services broken and mended."""

from __future__ import annotations

from enum import Enum
from typing import Annotated

import typer

from gateway.cli.failures import CommandError, Status, command

demo = typer.Typer(
    name="demo",
    help="Run a live Customer 360 with services you can break; Ctrl-C ends it.",
    invoke_without_command=True,
)

Service = Annotated[
    str, typer.Argument(help="accounts, transactions, fraud, ...", show_default=False)
]


class Mode(str, Enum):  # noqa: UP042 - typer shows the values of a str
    """How a service is broken."""

    DOWN = "down"
    SLOW = "slow"
    ERROR = "error"


@demo.callback()
@command
def start(
    context: typer.Context,
    port: Annotated[
        int,
        typer.Option(
            envvar="HEADWATER_PORT", min=0, max=65535, help="Where the gateway listens."
        ),
    ] = 4000,
) -> None:
    """Run a live Customer 360 with services you can break; Ctrl-C ends it."""
    if context.invoked_subcommand is not None:
        return
    from gateway.demo.run import run_demo

    raise typer.Exit(run_demo(port))


@demo.command(name="break")
@command
def break_(
    service: Service,
    mode: Annotated[Mode, typer.Option(help="How it is broken.")] = Mode.DOWN,
) -> None:
    """Break a service of the running demo."""
    from gateway.demo.control import DemoError, break_service

    try:
        typer.echo(break_service(service, mode.value))
    except DemoError as error:
        raise CommandError(str(error)) from error


@demo.command()
@command
def mend(service: Service) -> None:
    """Mend a service of the running demo."""
    from gateway.demo.control import DemoError, mend_service

    try:
        typer.echo(mend_service(service))
    except DemoError as error:
        raise CommandError(str(error), status=Status.PROBLEM) from error
