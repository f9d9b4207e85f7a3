"""`headwater import openapi|connectors|asl`: a project from a description.

In charge of the options. What is made of a description is `gateway.importing`'s, where
it goes `import_project`'s.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from gateway.cli.failures import CommandError, command, misused

if TYPE_CHECKING:
    from gateway.importing.made import Made

_MOST_ROUNDS = 3

Description: TypeAlias = Annotated[
    Path, typer.Argument(metavar="FILE", help="The description.", show_default=False)
]
Source: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="What the source is called; by default after the description's title.",
        show_default=False,
    ),
]
Url: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="URL",
        help="Where the API is; by default the description's first server.",
        show_default=False,
    ),
]
Folder: TypeAlias = Annotated[
    Path, typer.Option("--into", metavar="DIR", help="The project's folder.")
]
Mutations: TypeAlias = Annotated[
    bool, typer.Option("--mutations", help="Make what changes something, too.")
]
Entities: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--entities", help="Join objects by keys such as accountId, where one can."
    ),
]
Force: TypeAlias = Annotated[
    bool, typer.Option("--force", help="Write over files that are there.")
]
Making: TypeAlias = "Callable[[frozenset[str]], Made]"
"""Makes the project, without the operations that are named."""


@command
def openapi(  # noqa: PLR0913 - one parameter for each option
    file: Description,
    source: Source = None,
    url: Url = None,
    into: Folder = Path(),
    *,
    mutations: Mutations = False,
    entities: Entities = False,
    force: Force = False,
) -> None:
    """Write SDL, profiles and a source from OpenAPI 3.0, 3.1 or Swagger 2.0."""
    making = making_openapi(file, source, url, mutations=mutations, entities=entities)
    import_into(into, making, force=force)


@command
def connectors(
    file: Description,
    name: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="What the files are called; by default after FILE.",
            show_default=False,
        ),
    ] = None,
    into: Folder = Path(),
    *,
    force: Force = False,
) -> None:
    """Write SDL, profiles and sources from the SDL of Apollo Connectors."""
    from gateway.importing.connectors.importing import import_connectors

    check_options(file, name, None)
    import_into(
        into, lambda besides: import_connectors(file, name, besides), force=force
    )


@command
def asl(
    file: Description,
    operation: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="What the operation is called; by default after FILE.",
            show_default=False,
        ),
    ] = None,
    into: Folder = Path(),
    *,
    force: Force = False,
) -> None:
    """Write an operation of steps from a Step Functions state machine."""
    from gateway.importing.asl.importing import import_asl

    check_options(file, operation, None)
    import_into(into, lambda _: import_asl(file, operation), force=force)


def making_openapi(
    file: Path,
    source: str | None,
    url: str | None,
    *,
    mutations: bool,
    entities: bool,
) -> Making:
    """How an OpenAPI description is made a project of."""
    from gateway.importing.openapi.importing import Wishes, import_openapi

    check_options(file, source, url)

    def make(besides: frozenset[str]) -> Made:
        wishes = Wishes(source, url, mutations, entities, besides)
        return import_openapi(file, wishes)

    return make


def check_options(file: Path, source: str | None, url: str | None) -> None:
    """What can be said of the options before anything is read.

    Raises:
        CommandError: one of them cannot be meant.
    """
    from gateway.profile.samples import is_name

    if not file.exists():
        raise misused(f"there is no {file}")
    if source is not None and not is_name(source):
        raise misused(
            f"{source!r} is no name of a source", hint="write letters, digits and _"
        )
    if url is not None and not url.startswith(("http://", "https://")):
        raise misused(f"{url!r} is no http URL", hint="write https://api.internal")


def import_into(folder: Path, making: Making, *, force: bool) -> None:
    """Make the project, prove that it loads, write it, and tell of it.

    Raises:
        CommandError: it cannot be; nothing was written.
    """
    from rich.console import Console

    from gateway.cli.import_project import Project, written
    from gateway.cli.import_summary import print_summary

    project = Project.at(folder)
    made = proven(making)
    for line in written(made, project, force=force):
        typer.echo(line)
    print_summary(made, Console(highlight=False))


def proven(making: Making) -> Made:
    """The project that loads: what would not is left out, and told.

    Raises:
        CommandError: what is left does not load either.
    """
    from gateway.cli.import_project import broken
    from gateway.importing.made import ImportFailure

    besides: dict[str, str] = {}
    wrong: Mapping[str, str] = {}
    for _ in range(_MOST_ROUNDS):
        try:
            made = making(frozenset(besides))
        except ImportFailure as failure:
            hint = f"{failure.hint}; nothing was written" if failure.hint else None
            raise CommandError(
                str(failure), hint=hint or "nothing was written"
            ) from None
        wrong = broken(made)
        if not wrong:
            for name, why in besides.items():
                made.told.leave_out(name, f"its profile would not load: {why}")
            return made
        if wrong.keys() <= besides.keys() or len(made.files) == len(wrong):
            break
        besides |= wrong
    name, why = next(iter(wrong.items()))
    raise CommandError(
        f"what was made does not load: {name}: {why}", hint="nothing was written"
    )
