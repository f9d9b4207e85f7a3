"""`headwater hold`, `unhold` and `holds`: steps that are not called in an incident."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from gateway.cli.failures import command, misused
from gateway.cli.options import Config
from gateway.cli.release_desk import Where, actor
from gateway.cli.release_options import Admin, By, Channel, Json, Store, Token

if TYPE_CHECKING:
    from gateway.hold import Hold
    from gateway.release.holding import Change

_STEP_HELP = "OPERATION.STEP, TYPE.STEP, or source:NAME for all that call a source."
Step: TypeAlias = Annotated[str, typer.Argument(metavar="STEP", help=_STEP_HELP)]


@command
def hold(  # noqa: PLR0913 - one parameter for each option
    step: Step,
    reason: Annotated[
        str, typer.Option(metavar="TEXT", help="Why, for those who meet it.")
    ],
    span: Annotated[
        str | None,
        typer.Option("--for", metavar="TIME", help="How long: 30m, 2h; 24h at most."),
    ] = None,
    by: By = None,
    config: Config = None,
    store: Store = None,
    channel: Channel = None,
    admin: Admin = None,
    token_file: Token = None,
    *,
    until_unheld: Annotated[
        bool, typer.Option("--until-unheld", help="Until somebody ends it.")
    ] = False,
    json: Json = False,
) -> None:
    """Have a step not called for a while: its fallbacks stand in."""
    from gateway.cli.hold_desk import opened_holds

    where = Where(config, store, channel, admin, token_file)
    seconds = _seconds(span, until_unheld=until_unheld)
    with opened_holds(where) as desk:
        change = desk.hold(step, actor(by, reason), seconds)
        counts_for = desk.counts_for()
    if json:
        _print_json(change)
        return
    held = next(one for one in change.holds if one.step == step)
    typer.echo(f"{step}: held {_until(held)}, on {counts_for}")
    if held.since != change.at:
        typer.echo(f"{held.by} holds it already, for longer; that stays as it is")


@command
def unhold(  # noqa: PLR0913 - one parameter for each option
    step: Step,
    reason: Annotated[
        str, typer.Option(metavar="TEXT", help="Why, for those who ask later.")
    ] = "",
    by: By = None,
    config: Config = None,
    store: Store = None,
    channel: Channel = None,
    admin: Admin = None,
    token_file: Token = None,
    *,
    json: Json = False,
) -> None:
    """End a hold: the step is called again."""
    from gateway.cli.hold_desk import opened_holds

    where = Where(config, store, channel, admin, token_file)
    with opened_holds(where) as desk:
        change = desk.unhold(step, actor(by, reason))
        counts_for = desk.counts_for()
    if json:
        _print_json(change)
        return
    typer.echo(f"{step}: called again, on {counts_for}")


@command
def holds(  # noqa: PLR0913 - one parameter for each option
    config: Config = None,
    store: Store = None,
    channel: Channel = None,
    admin: Admin = None,
    token_file: Token = None,
    *,
    log: Annotated[
        bool, typer.Option("--log", help="Who held and released what, newest first.")
    ] = False,
    json: Json = False,
) -> None:
    """List what is held, until when, by whom and why."""
    from gateway.cli.hold_desk import opened_holds
    from gateway.clock import SystemClock
    from gateway.release.holding import in_force

    where = Where(config, store, channel, admin, token_file)
    with opened_holds(where) as desk:
        history = desk.history()
    found = in_force(history[-1] if history else None, SystemClock().wall())
    if json:
        from gateway.cli.release_shown import print_json

        past = [change.as_json() for change in reversed(history)]
        current = [one.as_json() for one in found]
        print_json({"holds": current, **({"log": past} if log else {})})
        return
    for one in found:
        typer.echo(f"{one.step}: held {_until(one)} by {one.by}: {one.reason}")
    if not found:
        typer.echo("nothing is held")
    for change in reversed(history) if log else ():
        when = change.at[:19].replace("T", " ")
        why = f": {change.reason}" if change.reason else ""
        act, who = f"{change.act} {change.step}", f"{change.by} ({change.origin})"
        typer.echo(f"{change.number}  {when}  {act}  {who}{why}")


def _seconds(span: str | None, *, until_unheld: bool) -> float | None:
    """How long.

    Raises:
        CommandError: neither is said, or both; or it is no time.
    """
    from gateway.units import UnitError, duration

    if (span is None) is not until_unheld:
        raise misused("a hold has one end", hint="write --for 30m, or --until-unheld")
    if span is None:
        return None
    try:
        return duration(span)
    except UnitError as error:
        raise misused(f"--for {span}: {error.message}", hint=error.hint) from None


def _until(held: Hold) -> str:
    if held.until is None:
        return "until it is ended"
    return f"until {held.until[:19].replace('T', ' ')} UTC"


def _print_json(change: Change) -> None:
    from gateway.cli.release_shown import print_json

    print_json(change.as_json())
