"""`headwater release prune`: bundles that nobody needs any more."""

from __future__ import annotations

from typing import Annotated

import typer

from gateway.cli.failures import command
from gateway.cli.options import Config
from gateway.cli.release_desk import Where, opened
from gateway.cli.release_options import Json, Store


@command
def prune(
    keep: Annotated[
        int,
        typer.Option(
            min=2,
            max=1_000,
            help="Bundles that each channel served last, and as many that never "
            "served, which stay.",
        ),
    ],
    config: Config = None,
    store: Store = None,
    *,
    yes: Annotated[
        bool, typer.Option("--yes", help="Do it; else only what would go is shown.")
    ] = False,
    json: Json = False,
) -> None:
    """Take bundles out of the store that no channel serves, tries or goes back to."""
    from gateway.cli.release_shown import print_json
    from gateway.release import pruning
    from gateway.release.model import SHORT
    from gateway.release.trials import Trials

    with opened(Where(config, store)) as releases:
        assert isinstance(releases, Trials), "no gateway is asked"  # noqa: S101
        act = pruning.prune if yes else pruning.planned
        found = act(releases.store, keep)
    if json:
        print_json({"gone": found.gone, "kept": found.kept, "done": yes})
        return
    for name, why in sorted(found.kept.items(), key=lambda one: (one[1], one[0])):
        typer.echo(f"{name[:SHORT]}: stays, {why}")
    for name in found.gone:
        typer.echo(f"{name[:SHORT]}: {'gone' if yes else 'would go'}")
    if not found.gone:
        typer.echo("There is nothing to take away.")
    elif not yes:
        typer.echo("Nothing was changed; --yes does it.", err=True)
