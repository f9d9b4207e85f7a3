"""`headwater release report`: how a release that is tried does, in the whole fleet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import typer

from gateway.cli.failures import command
from gateway.cli.options import Config
from gateway.cli.release_desk import Where, opened
from gateway.cli.release_options import Admin, Channel, Json, Store, Token
from gateway.cli.release_trials import whom

if TYPE_CHECKING:
    from gateway.cli.release_admin import Desk
    from gateway.release.activation import Activation


def report(  # noqa: PLR0913 - one parameter for each option
    config: Config = None,
    store: Store = None,
    channel: Channel = None,
    admin: Admin = None,
    token: Token = None,
    *,
    json: Json = False,
) -> None:
    """Show how the release that is tried does, by what all gateways count."""
    from gateway.cli.release_shown import print_json
    from gateway.release.activation import standing_of

    with opened(Where(config, store, channel, admin, token)) as releases:
        log = releases.history()
        trial = standing_of(log).trial
        ended = None if trial else _ended(log)
        said = _said(releases, trial, ended)
        where = releases.channel
    if json:
        print_json(said)
    elif trial is not None:
        _print_trial(trial, where, said)
    elif ended is not None:
        _print_ended(ended, where, said)
    else:
        typer.echo(f"No release was ever tried in channel {where}.")


def _ended(log: Sequence[Activation]) -> Activation | None:
    """How the last trial ended."""
    ends = (e for e in reversed(log) if e.act in ("withdraw", "promote"))
    return next(ends, None)


def _said(
    desk: Desk, trial: Activation | None, ended: Activation | None
) -> Mapping[str, Any]:
    entry = trial or ended
    if entry is None:
        return {}
    told = {"channel": desk.channel, **entry.as_json()}
    if trial is None:
        return told
    return {**told, **(_counted(desk, trial) if trial.act == "canary" else {})}


def _counted(desk: Desk, trial: Activation) -> Mapping[str, Any]:
    """The sum, by a gateway's word or by what is noted in the store."""
    from gateway.cli.release_admin import AdminReleases
    from gateway.release.trials import Trials
    from gateway.trying.fleet import heard_in, reported, topic_of

    if isinstance(desk, AdminReleases):
        said = desk.counted()
        return {k: said[k] for k in ("processes", "figures") if k in said}
    assert isinstance(desk, Trials), "a desk is one of these two"  # noqa: S101
    notes = desk.store.notes(topic_of(desk.channel))
    return reported(heard_in(notes, trial.number))


def _print_trial(trial: Activation, channel: str, said: Mapping[str, Any]) -> None:
    from gateway.release.model import SHORT
    from gateway.release.terms import read_terms

    terms = read_terms(trial.terms)
    since = f"since {trial.at[:19].replace('T', ' ')} by {trial.by}"
    number = f"number {trial.number} of {channel}"
    if trial.act == "shadow":
        typer.echo(f"{trial.bundle[:SHORT]}: run aside ({number}), {since}")
        typer.echo(
            "Each gateway has what it found out: "
            "headwater release shadow --report --admin URL"
        )
        return
    typer.echo(f"{trial.bundle[:SHORT]}: tried by {whom(terms)} ({number}), {since}")
    figures, least = said.get("figures") or {}, terms.bounds.least
    seen = figures.get("candidate", {}).get("requests", {}).get("count", 0)
    count = said.get("processes", 0)
    who = f"{count} process{'' if count == 1 else 'es'} told what they count"
    enough = f"{seen} requests of the {least} that something is decided by"
    typer.echo(f"{who}; {enough}")
    _print(figures)


def _print_ended(ended: Activation, channel: str, said: Mapping[str, Any]) -> None:
    from gateway.release.model import SHORT

    how = "promoted" if ended.act == "promote" else "tried no more"
    why = f": {ended.reason}" if ended.reason else ""
    number = f"number {ended.number} of {channel}"
    typer.echo(f"{ended.bundle[:SHORT]}: {how} ({number}, by {ended.by}){why}")
    _print(said.get("figures") or {})


def _print(figures: Mapping[str, Any]) -> None:
    from gateway.cli.release_shown import print_figures

    if figures.get("stable") or figures.get("candidate"):
        print_figures(figures)


def add_to(release: typer.Typer) -> None:
    """Have the command below `release`."""
    release.command()(command(report))
