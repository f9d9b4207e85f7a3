"""`headwater usage`: which clients use what, and what nobody uses."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.failures import CommandError, command, misused
from gateway.cli.options import Config

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from graphql import GraphQLSchema

    from gateway.usage.reading import Usage


@command
def usage(  # noqa: PLR0913 - one parameter for each option
    folder: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="FOLDER",
            help="Where counts are, several of several regions; else the deployment's.",
            show_default=False,
        ),
    ] = None,
    config: Config = None,
    since: Annotated[
        str, typer.Option(metavar="TIME", help="How far back: 30d, 12h.")
    ] = "30d",
    field: Annotated[
        str | None,
        typer.Option(
            metavar="TYPE.FIELD", help="Who uses this field.", show_default=False
        ),
    ] = None,
    *,
    unused: Annotated[
        bool, typer.Option("--unused", help="List the fields that nobody used.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say which clients of which tenants use what, and what nobody does.

    Reads what `usage` of the deployment has counted. Calls nothing.
    """
    from gateway.cli.usage_shown import Wanted, print_usage

    schema, folders = _known(config, folder)
    found = read(folders, first_day(since))
    if field is not None:
        _require_field(schema, field)
    print_usage(found, schema, Wanted(field, unused=unused, json=json))


def first_day(since: str) -> date:
    """The day that long ago.

    Raises:
        CommandError: it is no time.
    """
    from gateway.units import UnitError, duration

    try:
        seconds = duration(since)
        return (datetime.now(UTC) - timedelta(seconds=seconds)).date()
    except UnitError as error:
        raise misused(f"--since {since}: {error}", hint="write 30d") from None
    except OverflowError:
        raise misused(f"--since {since} is before all days") from None


def read(folders: Sequence[Path], since: date) -> Usage:
    """What was counted there.

    Raises:
        CommandError: a folder is not there, or cannot be read.
    """
    from gateway.usage.reading import read_usage

    for one in folders:
        if not one.is_dir():
            raise misused(
                f"there is no folder {one}",
                hint="counts are written while a gateway with 'usage' serves",
            )
    try:
        return read_usage(folders, since)
    except OSError as error:
        raise CommandError(f"{error.filename}: {error.strerror}") from None


def _known(
    config: list[str] | None, folders: list[Path] | None
) -> tuple[GraphQLSchema, Sequence[Path]]:
    """The schema here, and where its use is counted."""
    from gateway.cli.project import planning_gateway

    gateway = planning_gateway(config)
    deployment = gateway.loader.deployment
    counted = deployment.usage if deployment else None
    if not folders and counted is None:
        raise misused(
            "this deployment counts no use",
            hint="write 'usage: { to: ./usage }' in headwater.yaml, or name a folder",
        )
    return gateway.current.schema, folders or ([counted.to] if counted else [])


def _require_field(schema: GraphQLSchema, name: str) -> None:
    from gateway.errors import did_you_mean

    known = [
        f"{type_name}.{key}"
        for type_name, found in schema.type_map.items()
        for key in getattr(found, "fields", None) or ()
    ]
    if name not in known:
        raise misused(f"there is no field {name!r}", hint=did_you_mean(name, known))
