"""The command line's table of contents: every command, in the order of a first day."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from copy import copy
from typing import Annotated

import typer

from gateway.cli.cache import cache
from gateway.cli.check import check
from gateway.cli.demo import demo
from gateway.cli.diff import diff
from gateway.cli.draw import draw
from gateway.cli.explain import explain
from gateway.cli.group import OneLineGroup
from gateway.cli.hold import hold, holds, unhold
from gateway.cli.importing import importing
from gateway.cli.init import init
from gateway.cli.key import key
from gateway.cli.mcp import mcp
from gateway.cli.plan import plan
from gateway.cli.record import record
from gateway.cli.release import release
from gateway.cli.run import run as run_query
from gateway.cli.schema import schema
from gateway.cli.serve import serve
from gateway.cli.status import status
from gateway.cli.test import run_tests
from gateway.cli.usage import usage

app = typer.Typer(
    name="headwater",
    cls=OneLineGroup,
    help="A GraphQL gateway that is configured, not programmed.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:  # noqa: FBT001 - typer's callback
    if wanted:
        from importlib.metadata import version

        typer.echo(f"headwater {version('headwater')}")
        raise typer.Exit


@app.callback()
def _headwater(
    *,
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    _ = version


app.command()(init)
app.add_typer(demo)
app.command()(serve)
app.command()(mcp)
app.command()(check)
app.command()(diff)
app.command()(key)
app.command(name="test")(run_tests)
app.command(name="run")(run_query)
app.command()(plan)
app.command()(draw)
app.command()(explain)
app.command()(record)
app.command()(schema)
app.add_typer(importing)
app.command()(usage)
app.add_typer(release)
app.command()(status)
app.command()(hold)
app.command()(unhold)
app.command()(holds)
app.add_typer(cache)


def commands() -> Mapping[str, str]:
    """Every command with the first line of its help, for whoever checks the docs."""
    return _first_lines(app, "")


def _first_lines(group: typer.Typer, prefix: str) -> Mapping[str, str]:
    found = {}
    for registered in group.registered_commands:
        callback = registered.callback
        if callback is not None:
            name = registered.name or callback.__name__
            found[prefix + name] = (callback.__doc__ or "").partition("\n")[0]
    for below in group.registered_groups:
        inner = below.typer_instance
        if inner is not None:
            name = f"{prefix}{inner.info.name}"
            found[name] = str(inner.info.help)
            found.update(_first_lines(inner, f"{name} "))
    return found


def narrowed(words: Sequence[str]) -> typer.Typer:
    """The app with the one command that is called, where the first word is its name.

    To make all of them takes a tenth of a start. The whole app answers whatever else
    was typed: help, a wrong word, completion.
    """
    named = [
        one
        for one in app.registered_commands
        if one.callback and (one.name or one.callback.__name__) in words[:1]
    ]
    if not named:
        return app
    alone = copy(app)
    alone.registered_commands, alone.registered_groups = named, []
    return alone


def run() -> None:
    """The entry point `headwater`."""
    narrowed(sys.argv[1:])(prog_name="headwater")
