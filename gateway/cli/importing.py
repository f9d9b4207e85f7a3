"""`headwater import`: SDL for people to own, from what there is already.

In charge of the options. A command here writes what somebody else decided: where
types come from is in `import_samples`, `import_step` and `import_sql`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from gateway.cli.failures import command, misused
from gateway.cli.import_described import asl, connectors, openapi
from gateway.cli.import_graphql import graphql
from gateway.cli.import_proto import proto, reflection
from gateway.cli.import_supergraph import supergraph
from gateway.cli.imported import (
    Place,
    check_free,
    check_type_name,
    put,
    sdl_file,
    sdl_of,
)
from gateway.cli.options import Config

if TYPE_CHECKING:
    from gateway.cli.import_samples import Samples

importing = typer.Typer(
    name="import",
    help="Write what people then own, from descriptions, samples or a database.",
    no_args_is_help=True,
)

TypeName: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--type", metavar="NAME", help="What the type is called.", show_default=False
    ),
]
Into: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        metavar="FOLDER",
        help="Write a file into this folder of SDL, such as schema/.",
        show_default=False,
    ),
]
Output: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--output",
        "-o",
        metavar="FILE",
        help="Write this file; - is stdout, which is also the default.",
        show_default=False,
    ),
]
Force: TypeAlias = Annotated[
    bool, typer.Option("--force", help="Write over files that are there.")
]


importing.command()(openapi)
importing.command()(connectors)
importing.command()(asl)
importing.command()(graphql)
importing.command()(supergraph)
importing.command()(proto)
importing.command()(reflection)


@importing.callback()
def _importing() -> None:
    """A group."""


@importing.command()
@command
def samples(  # noqa: PLR0913 - one parameter for each option
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="FILE|FOLDER|-",
            help="JSON bodies of one type: files, folders of files, or stdin.",
            show_default=False,
        ),
    ] = None,
    type_name: TypeName = None,
    at: Annotated[
        str | None,
        typer.Option(
            metavar="PATH",
            help="The part of each body that is meant: data.items.",
            show_default=False,
        ),
    ] = None,
    step: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Take the `sample` of a step: customer360.account.",
            show_default=False,
        ),
    ] = None,
    into: Into = None,
    output: Output = None,
    config: Config = None,
    *,
    force: Force = False,
) -> None:
    """Write the SDL of JSON samples: FILE, FOLDER or - for stdin."""
    place = Place(into, output, force)
    place.check()
    found = _found(paths or [], at, step, config)
    _write_samples(found, type_name, place)


def _found(
    paths: list[str], at: str | None, step: str | None, config: list[str] | None
) -> Samples:
    from gateway.cli.import_samples import read_samples
    from gateway.cli.import_step import sample_of

    if step is not None and (paths or at):
        raise misused("--step has a sample of its own", hint="name it alone")
    if step is not None:
        return sample_of(step, config)
    if not paths:
        raise misused(
            "no samples are named", hint="write a FILE, a FOLDER, - or --step NAME"
        )
    return read_samples(paths, at)


def _write_samples(found: Samples, type_name: str | None, place: Place) -> None:
    from gateway.cli.import_samples import drafted, heading
    from gateway.record import replace

    name = check_type_name(type_name or found.name)
    types = drafted(replace(found, name=name))
    file = sdl_file(name, place)
    check_free(types, file, place)
    put({file: sdl_of(types, heading(found))}, place)


@importing.command()
@command
def sql(  # noqa: PLR0913 - one parameter for each option
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="SOURCE",
            help="The source whose tables are all imported, as in headwater.yaml.",
            show_default=False,
        ),
    ] = None,
    source: Annotated[
        str,
        typer.Option(metavar="NAME", help="The source of one table or query."),
    ] = "warehouse",
    schema: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="The database's schema; by default its own first.",
            show_default=False,
        ),
    ] = None,
    table: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="A table or view.", show_default=False),
    ] = None,
    query: Annotated[
        str | None,
        typer.Option(
            metavar="SQL",
            help="A query, as a step has it; @FILE reads it.",
            show_default=False,
        ),
    ] = None,
    type_name: TypeName = None,
    into: Into = None,
    output: Output = None,
    config: Config = None,
    *,
    profile: Annotated[
        bool, typer.Option("--profile", help="Write a profile with the query too.")
    ] = False,
    force: Force = False,
) -> None:
    """Write SDL, entities and look-ups of a database, which it connects to.

    With --table or --query: the SDL of one table or of one query's rows.
    """
    if name is not None and table is None and query is None:
        _import_tables(name, schema, config, into, output, force=force)
        return
    source = name or source
    from gateway.cli.import_sql import Asked, described, heading, profile_of

    place = Place(into, output, force)
    place.check()
    if profile and place.file is not None:
        raise misused("--output is one file, and these are two", hint="use --into")
    asked = Asked.of(source, table, query, type_name)
    found = described(asked, config)
    file = sdl_file(asked.type, place)
    check_free(found.types, file, place)
    files = {file: sdl_of(found.types, heading(asked))}
    if profile:
        files[found.profile_file] = profile_of(asked, found)
    put(files, place)


def _import_tables(  # noqa: PLR0913 - one parameter for each option
    source: str,
    schema: str | None,
    config: list[str] | None,
    into: Path | None,
    output: str | None,
    *,
    force: bool,
) -> None:
    from gateway.cli.import_tables import import_all

    if into is not None or output is not None:
        raise misused(
            "all tables become files of the project", hint="leave --into and -o out"
        )
    import_all(source, schema, config, force=force)
