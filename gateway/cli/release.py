"""`headwater release`: what gateways serve, bundled, activated and rolled back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.failures import command
from gateway.cli.options import Config
from gateway.cli.release_desk import (
    Where,
    actor,
    bundled_here,
    meant,
    opened,
    prove,
    read_bundle,
    reported,
    signed_with,
)
from gateway.cli.release_options import (
    Admin,
    By,
    Channel,
    Found,
    Json,
    Key,
    KeyName,
    Note,
    Reason,
    Store,
    Token,
    Unchecked,
)
from gateway.cli.release_prune import prune
from gateway.cli.release_report import add_to as add_report
from gateway.cli.release_trials import add_to

if TYPE_CHECKING:
    from gateway.release.activation import Activation

release = typer.Typer(
    name="release",
    help="Bundle profiles and schema, and say which bundle gateways serve.",
    no_args_is_help=True,
)


@release.command()
@command
def bundle(  # noqa: PLR0913 - one parameter for each option
    config: Config = None,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Where to; else release-ID.zip.", show_default=False
        ),
    ] = None,
    note: Note = "",
    by: By = None,
    key: Key = None,
    key_name: KeyName = None,
    *,
    json: Json = False,
) -> None:
    """Make one immutable file of profiles, schema and saved operations."""
    from gateway.cli.release_shown import print_json
    from gateway.release.archive import packed
    from gateway.release.model import SHORT

    made = signed_with(bundled_here(config, note, by), key, key_name)
    path = out or Path(f"release-{made.id[:SHORT]}.zip")
    with reported():
        path.write_bytes(packed(made))
    if json:
        print_json({**made.manifest(), "path": str(path)})
    else:
        files = "1 file" if len(made.files) == 1 else f"{len(made.files)} files"
        typer.echo(f"{made.id[:SHORT]}: {files} in {path}")


@release.command()
@command
def publish(  # noqa: PLR0913 - one parameter for each option
    file: Annotated[
        Path | None,
        typer.Argument(
            help="A bundle; else one is made of the files here.", show_default=False
        ),
    ] = None,
    config: Config = None,
    store: Store = None,
    note: Note = "",
    by: By = None,
    key: Key = None,
    key_name: KeyName = None,
    admin: Admin = None,
    token: Token = None,
    *,
    json: Json = False,
) -> None:
    """Put a bundle into the store, where nothing serves it yet."""
    from gateway.cli.release_shown import print_json
    from gateway.release.model import SHORT

    found = read_bundle(file) if file else bundled_here(config, note, by)
    made = signed_with(found, key, key_name)
    with opened(Where(config, store, None, admin, token)) as releases:
        fresh, place = releases.publish(made), releases.place
    if json:
        print_json({**made.manifest(), "store": place, "new": fresh})
    else:
        said = "published to" if fresh else "is already in"
        signed = f", signed by {', '.join(sorted(made.signatures))}"
        typer.echo(
            f"{made.id[:SHORT]}: {said} {place}{signed if made.signatures else ''}"
        )


@release.command()
@command
def activate(  # noqa: PLR0913 - one parameter for each option
    bundle_id: Found = None,
    config: Config = None,
    store: Store = None,
    channel: Channel = None,
    reason: Reason = "",
    by: By = None,
    admin: Admin = None,
    token: Token = None,
    *,
    unchecked: Unchecked = False,
    json: Json = False,
) -> None:
    """Have every gateway of the channel serve a release, once it loads here."""
    with opened(Where(config, store, channel, admin, token)) as releases:
        known = releases.active()
        entry = releases.activate(
            meant(releases, bundle_id, config),
            actor(by, reason),
            None if unchecked else lambda found: prove(config, found),
        )
    _acted(entry, releases.channel, json=json, fresh=entry != known)


@release.command()
@command
def rollback(  # noqa: PLR0913 - one parameter for each option
    config: Config = None,
    store: Store = None,
    channel: Channel = None,
    reason: Reason = "",
    by: By = None,
    admin: Admin = None,
    token: Token = None,
    *,
    unchecked: Unchecked = False,
    json: Json = False,
) -> None:
    """End what is tried; else go back to the release that was active before."""
    with opened(Where(config, store, channel, admin, token)) as releases:
        entry = releases.roll_back(
            actor(by, reason), None if unchecked else lambda found: prove(config, found)
        )
    _acted(entry, releases.channel, json=json)


def _acted(entry: Activation, channel: str, *, json: bool, fresh: bool = True) -> None:
    from gateway.cli.release_shown import print_json
    from gateway.release.model import SHORT

    if json:
        print_json({**entry.as_json(), "channel": channel, "new": fresh})
        return
    said = "active" if fresh else "active already"
    if entry.act == "withdraw":
        said = "tried no more"
    before = f", after {entry.previous[:SHORT]}" if entry.previous else ""
    number = f"number {entry.number} of {channel}"
    typer.echo(f"{entry.bundle[:SHORT]}: {said} ({number}{before})")


@release.command()
@command
def history(  # noqa: PLR0913 - one parameter for each option
    config: Config = None,
    store: Store = None,
    channel: Channel = None,
    most: Annotated[
        int, typer.Option("--most", min=1, max=1_000, help="How many entries.")
    ] = 20,
    admin: Admin = None,
    token: Token = None,
    *,
    json: Json = False,
) -> None:
    """Show who activated what, when, from where and why."""
    from gateway.cli.release_shown import print_history, print_json

    with opened(Where(config, store, channel, admin, token)) as releases:
        entries = releases.history(most)
    if json:
        print_json([entry.as_json() for entry in reversed(entries)])
    elif entries:
        print_history(entries)
    else:
        typer.echo(f"Nothing was ever activated in channel {releases.channel}.")


@release.command()
@command
def show(  # noqa: PLR0913 - one parameter for each option
    bundle_id: Annotated[
        str, typer.Argument(metavar="ID|FILE", help="A release's id, or a bundle.")
    ],
    config: Config = None,
    store: Store = None,
    admin: Admin = None,
    token: Token = None,
    *,
    json: Json = False,
) -> None:
    """Show what is in a release, who made it and who signed it."""
    from gateway.cli.release_shown import print_bundle, print_json

    if Path(bundle_id).is_file():
        found = read_bundle(Path(bundle_id))
    else:
        with opened(Where(config, store, None, admin, token)) as releases:
            found = releases.fetch(releases.find(bundle_id))
    if json:
        print_json({**found.manifest(), "signed_by": sorted(found.signatures)})
    else:
        print_bundle(found)


add_to(release)
add_report(release)
release.command()(prune)
