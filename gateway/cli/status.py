"""`headwater status`: how a running gateway does, once or while one watches."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.failures import command, misused
from gateway.cli.options import HERE, Headers
from gateway.cli.release_options import Json, Token

if TYPE_CHECKING:
    from gateway.cli.status_asking import Place

_BRIEFEST = 0.2
"""Seconds between two looks, at the least: asking is work for who is asked."""


@command
def status(  # noqa: PLR0913 - one parameter for each option
    url: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help=f"Where the gateway listens; else {HERE}.",
            show_default=False,
        ),
    ] = None,
    header: Headers = None,
    admin: Annotated[
        list[str] | None,
        typer.Option(
            metavar="URL",
            help="Ask an admin API instead: http://127.0.0.1:4001. Repeat it.",
            show_default=False,
        ),
    ] = None,
    token_file: Token = None,
    every: Annotated[
        str, typer.Option(metavar="TIME", help="How often, with --watch.")
    ] = "2s",
    top: Annotated[
        int, typer.Option(metavar="ROWS", min=1, help="Operations and steps shown.")
    ] = 15,
    *,
    workers: Annotated[
        bool,
        typer.Option(
            "--workers",
            help="With --admin: all processes of that gateway, each at its own port.",
        ),
    ] = False,
    watch: Annotated[
        bool, typer.Option("--watch", "-w", help="Look again and again.")
    ] = False,
    json: Json = False,
) -> None:
    """Say how a running gateway does: operations, steps, sources, holds, releases."""
    from gateway.cli.status_asking import Asking
    from gateway.cli.status_watching import Shows, show_once, watch_on

    if workers and not admin:
        raise misused("--workers asks admin APIs", hint="name the first with --admin")
    pause = _seconds(every)
    asking = Asking(_places(url, header, admin, token_file))
    with contextlib.closing(asking):
        if workers:
            asking.all_workers()
        shows = Shows(top=top, json=json)
        if watch:
            watch_on(asking, shows, pause)
        else:
            show_once(asking, shows)


def _places(
    url: str | None,
    header: Sequence[str] | None,
    admin: Sequence[str] | None,
    token_file: Path | None,
) -> Sequence[Place]:
    """Who is asked.

    Raises:
        CommandError: options do not go together, or there is no token.
    """
    from gateway.cli.query import read_pairs
    from gateway.cli.release_admin import token_of
    from gateway.cli.status_asking import listener, operators

    if admin:
        if url or header:
            raise misused(
                "an admin API has its own port and token",
                hint="leave out --url and --header, or --admin",
            )
        token = token_of(token_file)
        return [operators(each, token) for each in admin]
    return [listener(url or HERE, read_pairs(header or (), "a header"))]


def _seconds(every: str) -> float:
    from gateway.units import UnitError, duration

    try:
        return max(_BRIEFEST, duration(every))
    except UnitError as error:
        raise misused(f"--every {every}: {error.message}", hint=error.hint) from None
