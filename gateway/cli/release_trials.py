"""`headwater release canary`, `shadow`, `promote`: a release tried beside another."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.failures import command, misused
from gateway.cli.options import Config
from gateway.cli.release_desk import Where, actor, meant, opened, prove
from gateway.cli.release_options import (
    Admin,
    By,
    Channel,
    Found,
    Json,
    Reason,
    Store,
    Token,
    Unchecked,
)

if TYPE_CHECKING:
    from gateway.release.activation import Activation
    from gateway.release.terms import Bounds, Terms


def canary(  # noqa: PLR0913 - one parameter for each option
    bundle_id: Found = None,
    config: Config = None,
    percent: Annotated[
        float | None,
        typer.Option(
            metavar="NUMBER",
            help="Of 100 requests, how many get it; else all that --tenant has.",
            show_default=False,
        ),
    ] = None,
    by_value: Annotated[
        str | None,
        typer.Option(
            "--sticky",
            metavar="CEL",
            help="What keeps requests together, such as request.claims.sub.",
            show_default=False,
        ),
    ] = None,
    tenant: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="Only this tenant's requests.", show_default=False
        ),
    ] = None,
    header: Annotated[
        str | None,
        typer.Option(
            metavar="NAME=VALUE",
            help="Requests with this header get it in any case.",
            show_default=False,
        ),
    ] = None,
    errors: Annotated[
        str,
        typer.Option(metavar="SHARE", help="How many more errors it may have."),
    ] = "+2%",
    latency: Annotated[
        str,
        typer.Option(metavar="FACTOR", help="How much longer 95 of 100 may take."),
    ] = "1.5x",
    least: Annotated[
        int,
        typer.Option("--min", min=1, help="Requests before anything is decided."),
    ] = 200,
    lasts: Annotated[
        str | None,
        typer.Option(
            "--for",
            metavar="TIME",
            help="How long it is tried; else until it is ended.",
            show_default=False,
        ),
    ] = None,
    store: Store = None,
    channel: Channel = None,
    reason: Reason = "",
    by: By = None,
    admin: Admin = None,
    token: Token = None,
    *,
    promote_after: Annotated[
        bool,
        typer.Option("--promote", help="After --for, everybody is served by it."),
    ] = False,
    unchecked: Unchecked = False,
    json: Json = False,
) -> None:
    """Give a release to some requests, and take it back where it does worse."""
    from gateway.release.terms import Terms

    if percent is None and tenant is None and header is None:
        raise misused("who gets it is not said", hint="write --percent 10")
    share = (1.0 if tenant else 0.0) if percent is None else percent / 100
    terms = Terms(
        share=share,
        by=by_value,
        tenant=tenant,
        header=_header(header),
        lasts=_seconds(lasts),
        promotes=promote_after,
        bounds=_bounds(errors, latency, least),
    )
    with opened(Where(config, store, channel, admin, token)) as releases:
        entry = releases.begin(
            "canary",
            meant(releases, bundle_id, config),
            terms,
            actor(by, reason),
            None if unchecked else lambda found: prove(config, found),
        )
        where = releases.channel
    _told(entry, where, f"tried by {whom(terms)}", json=json)


def shadow(  # noqa: PLR0913 - one parameter for each option
    bundle_id: Found = None,
    config: Config = None,
    sample: Annotated[
        str, typer.Option(metavar="SHARE", help="How many requests it runs as well.")
    ] = "5%",
    operation: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Only these.", show_default=False),
    ] = None,
    lasts: Annotated[
        str | None,
        typer.Option("--for", metavar="TIME", help="How long; else until it is ended."),
    ] = None,
    store: Store = None,
    channel: Channel = None,
    reason: Reason = "",
    by: By = None,
    admin: Admin = None,
    token: Token = None,
    *,
    report: Annotated[
        bool,
        typer.Option("--report", help="Show what a gateway (--admin) found out."),
    ] = False,
    unchecked: Unchecked = False,
    json: Json = False,
) -> None:
    """Run requests again in a release, aside, and show where answers differ."""
    from gateway.release.terms import Terms

    if report:
        _report(admin, token, json=json)
        return
    terms = Terms(
        share=_share("--sample", sample),
        lasts=_seconds(lasts),
        operations=tuple(operation or ()),
    )
    with opened(Where(config, store, channel, admin, token)) as releases:
        entry = releases.begin(
            "shadow",
            meant(releases, bundle_id, config),
            terms,
            actor(by, reason),
            None if unchecked else lambda found: prove(config, found),
        )
        where = releases.channel
    _told(entry, where, f"runs {sample} of queries aside", json=json)


def _report(admin: str | None, token: Path | None, *, json: bool) -> None:
    from gateway.cli.release_admin import AdminReleases, token_of
    from gateway.cli.release_shown import print_differences, print_json

    if admin is None:
        raise misused(
            "each gateway has what it found out",
            hint="name one: --admin http://127.0.0.1:4001",
        )
    said = AdminReleases(admin, token_of(token)).differences()
    if json:
        print_json(said)
    elif not said:
        typer.echo("No release is run aside here.")
    else:
        print_differences(said)


def promote(  # noqa: PLR0913 - one parameter for each option
    config: Config = None,
    store: Store = None,
    channel: Channel = None,
    reason: Reason = "",
    by: By = None,
    admin: Admin = None,
    token: Token = None,
    *,
    json: Json = False,
) -> None:
    """Have everybody served by the release that is tried."""
    with opened(Where(config, store, channel, admin, token)) as releases:
        entry = releases.promote(actor(by, reason))
        where = releases.channel
    _told(entry, where, "active, after its trial", json=json)


def whom(terms: Terms) -> str:
    """Who gets a candidate, in words."""
    said = []
    if terms.share:
        of = f" of tenant {terms.tenant}" if terms.tenant else " of requests"
        kept = f", kept together by {terms.by}" if terms.by else ""
        said.append(f"{terms.share * 100:.3g}%{of}{kept}")
    if terms.header:
        said.append(f"requests with {terms.header[0]}: {terms.header[1]}")
    return " and ".join(said)


def _told(entry: Activation, channel: str, said: str, *, json: bool) -> None:
    from gateway.cli.release_shown import print_json
    from gateway.release.model import SHORT

    if json:
        print_json({**entry.as_json(), "channel": channel, "new": True})
        return
    beside = entry.previous if entry.stands else None
    before = f", beside {beside[:SHORT]}" if beside else ""
    number = f"number {entry.number} of {channel}"
    typer.echo(f"{entry.bundle[:SHORT]}: {said} ({number}{before})")


def _header(written: str | None) -> tuple[str, str] | None:
    if written is None:
        return None
    name, sign, value = written.partition("=")
    if not sign or not name.strip():
        raise misused("--header is a name and a value", hint="--header x-canary=1")
    return name.strip().lower(), value


def _seconds(written: str | None) -> float | None:
    from gateway.units import UnitError, duration

    if written is None:
        return None
    try:
        return duration(written)
    except UnitError as error:
        raise misused(f"--for {written}: {error}", hint="--for 30m") from None


def _share(option: str, written: str) -> float:
    from gateway.units import UnitError, percent

    try:
        return percent(written.removeprefix("+"))
    except UnitError as error:
        raise misused(f"{option} {written}: {error}", hint=f"{option} 2%") from None


def _bounds(errors: str, latency: str, least: int) -> Bounds:
    from gateway.release.terms import Bounds

    share = _share("--errors", errors)
    try:
        factor = float(latency.removesuffix("x"))
    except ValueError:
        raise misused(
            f"--latency {latency}: this is no factor", hint="--latency 1.5x"
        ) from None
    return Bounds(share, factor, least)


def add_to(release: typer.Typer) -> None:
    """Have the commands below `release`."""
    release.command()(command(canary))
    release.command()(command(promote))
    release.command()(command(shadow))
