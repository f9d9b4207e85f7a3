"""`headwater diff`: what a change of profiles and schema changes, and for whom."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.failures import Status, command, misused
from gateway.cli.options import Config
from gateway.cli.release_desk import Where
from gateway.cli.release_options import Admin, Token

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.cli.diff_sides import Asked
    from gateway.comparing.model import Comparison
    from gateway.usage.reading import Usage


class FailOn(str, Enum):  # noqa: UP042 - typer shows the values of a str
    """Which changes end the command with status 1."""

    BREAKING = "breaking"
    DANGEROUS = "dangerous"
    ANY = "any"
    USED = "used"
    NEVER = "never"


@command
def diff(  # noqa: PLR0913 - one parameter for each option
    before: Annotated[
        str | None,
        typer.Argument(
            metavar="A",
            help="A project's folder, a bundle, a release's id, 'active' or "
            "'previous'; else the active release.",
            show_default=False,
        ),
    ] = None,
    after: Annotated[
        str | None,
        typer.Argument(
            metavar="B", help="The same; else the files here.", show_default=False
        ),
    ] = None,
    config: Config = None,
    store: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="The store of releases; else the deployment's.",
            show_default=False,
        ),
    ] = None,
    channel: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="The line of activations; else the deployment's, else stable.",
            show_default=False,
        ),
    ] = None,
    fail_on: Annotated[
        FailOn, typer.Option("--fail-on", help="Which changes give status 1.")
    ] = FailOn.BREAKING,
    admin: Admin = None,
    token: Token = None,
    usage: Annotated[
        list[Path] | None,
        typer.Option(
            "--usage",
            metavar="FOLDER",
            help="Counts of use: say whom breaking changes would hurt. Repeat it.",
            show_default=False,
        ),
    ] = None,
    since: Annotated[
        str, typer.Option(metavar="TIME", help="How far back use is looked at.")
    ] = "30d",
    *,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    markdown: Annotated[
        bool, typer.Option("--markdown", help="Print Markdown, for a pull request.")
    ] = False,
) -> None:
    """Say what a change changes: for clients, and in which systems are called, when.

    Opens no source. Status 0: nothing that --fail-on names; 1: something; 2: one side
    cannot be read.
    """
    from gateway.cli.diff_sides import Asked

    if json and markdown:
        raise misused("--json and --markdown exclude each other")
    if fail_on is FailOn.USED and not usage:
        raise misused("--fail-on used asks who uses what", hint="name it with --usage")
    counted = _counted(usage, since)
    found = _compared(
        Asked(before, after, Where(config, store, channel, admin, token)), counted
    )
    _print(found, json=json, markdown=markdown)
    if _fails(found, fail_on):
        raise typer.Exit(Status.PROBLEM)


def _counted(folders: Sequence[Path] | None, since: str) -> Usage | None:
    from gateway.cli.usage import first_day, read

    found = read(folders, first_day(since)) if folders else None
    if found is not None and not found.rows:
        raise misused(
            f"nothing was counted in {', '.join(map(str, folders or ()))}",
            hint="let a gateway with 'usage' serve first, or look further back",
        )
    return found


def _compared(asked: Asked, usage: Usage | None) -> Comparison:
    from gateway.cli.diff_sides import both
    from gateway.comparing.changes import compare
    from gateway.loading.askers import askers_of
    from gateway.loading.sides import side_of

    before, after = both(asked)
    askers = askers_of(before.examined) | askers_of(after.examined)
    old = side_of(before.examined, before.name, askers)
    found = compare(old, side_of(after.examined, after.name, askers))
    if usage is None:
        return found
    from gateway.comparing.harming import with_harms

    return with_harms(found, old, usage)


def _print(comparison: Comparison, *, json: bool, markdown: bool) -> None:
    if json:
        from gateway.cli.show import print_json
        from gateway.comparing.shown import as_json

        print_json(as_json(comparison))
    elif markdown:
        from gateway.comparing.markdown import as_markdown

        typer.echo(as_markdown(comparison), nl=False)
    else:
        from gateway.cli.diff_shown import print_comparison

        print_comparison(comparison)


def _fails(comparison: Comparison, fail_on: FailOn) -> bool:
    from gateway.comparing.model import LEVELS, Level

    if fail_on is FailOn.USED:
        return any(one.harms for one in comparison.at(Level.BREAKING))
    if fail_on is FailOn.ANY:
        return bool(comparison.changes)
    names = [level.value for level in LEVELS]
    if fail_on.value not in names or comparison.worst is None:
        return False
    return LEVELS.index(comparison.worst) <= names.index(fail_on.value)
