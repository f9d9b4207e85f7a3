"""`headwater serve`: the gateway over HTTP."""

from __future__ import annotations

import sys
from enum import Enum
from pathlib import Path
from typing import Annotated, Literal

import typer

from gateway.cli.failures import command, misused
from gateway.cli.options import Config


class Log(str, Enum):  # noqa: UP042 - typer shows the values of a str
    """How the log is written."""

    TEXT = "text"
    JSON = "json"


@command
def serve(  # noqa: PLR0913 - one parameter for each option
    config: Config = None,
    host: Annotated[
        str | None,
        typer.Option(
            envvar="HEADWATER_HOST",
            help="Address to listen on; else the deployment's, else 127.0.0.1.",
            show_default=False,
        ),
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(
            envvar="HEADWATER_PORT",
            min=0,
            max=65535,
            help="Port to listen on; else the deployment's, else 4000. 0: a free one.",
            show_default=False,
        ),
    ] = None,
    workers: Annotated[
        str | None,
        typer.Option(
            envvar="HEADWATER_WORKERS",
            metavar="NUMBER|auto",
            help="Processes that serve; else the deployment's, else 1. auto: one for "
            "each CPU.",
            show_default=False,
        ),
    ] = None,
    log: Annotated[
        Log | None,
        typer.Option(
            envvar="HEADWATER_LOG",
            help="How the log is written; else text on a terminal and json elsewhere.",
            show_default=False,
        ),
    ] = None,
    recorded: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="With --mock: replies that `headwater record` wrote.",
            show_default=False,
        ),
    ] = None,
    *,
    mock: Annotated[
        bool,
        typer.Option(
            "--mock",
            help="Call no source at all: steps answer by their `mock`, by what was "
            "recorded, or by values of their type.",
        ),
    ] = False,
    dev: Annotated[
        bool,
        typer.Option(
            "--dev",
            envvar="HEADWATER_DEV",
            help="For your own machine: everybody may see plans and the details of "
            "errors, and the log says more.",
        ),
    ] = False,
) -> None:
    """Serve GraphQL over HTTP; files that change are live at once."""
    if recorded is not None and not mock:
        raise misused("--recorded is for mocks", hint="write --mock as well")
    count = None if workers is None else _workers(workers)
    from gateway.cli.collecting import collect_nothing

    collect_nothing()  # before all that a start loads
    from gateway.cli.listening import Wishes
    from gateway.cli.starting import start

    form = log or (Log.TEXT if sys.stderr.isatty() else Log.JSON)
    start(
        Wishes(
            config=tuple(config or ()),
            host=host,
            port=port,
            workers=count,
            json_log=form is Log.JSON,
            dev=dev,
            mock=mock,
            recorded=None if recorded is None else str(recorded),
        )
    )


def _workers(written: str) -> int | Literal["auto"]:
    if written == "auto":
        return "auto"
    if written.isascii() and written.isdigit() and int(written) > 0:
        return int(written)
    raise misused(
        f"--workers {written}: a number from 1 is wanted", hint="or write auto"
    )
