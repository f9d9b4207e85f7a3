"""`headwater cache`: what a running gateway keeps of its sources' replies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import typer

from gateway.cli.answers import refusal_of, told_by
from gateway.cli.failures import CommandError, command, misused
from gateway.cli.options import HERE, Headers

_TIMEOUT = 30.0
_FINE = 200

cache = typer.Typer(
    name="cache",
    help="Take replies out of the cache of a running gateway.",
    no_args_is_help=True,
)


@cache.callback()
def _cache() -> None:
    """A group also with one command."""


@cache.command()
@command
def invalidate(  # noqa: PLR0913 - one parameter for each option
    operation: Annotated[
        str | None,
        typer.Option(
            "--operation",
            "-o",
            metavar="NAME",
            help="All replies of an operation or entity type.",
            show_default=False,
        ),
    ] = None,
    step: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Only those of this step of the operation.",
            show_default=False,
        ),
    ] = None,
    tag: Annotated[
        list[str] | None,
        typer.Option(
            metavar="TAG",
            help="All replies under a tag (`cache.tags`). Repeat it.",
            show_default=False,
        ),
    ] = None,
    key: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KEY",
            help="The reply under a key. Repeat it.",
            show_default=False,
        ),
    ] = None,
    header: Headers = None,
    url: Annotated[
        str, typer.Option(metavar="URL", help="Where the gateway listens.")
    ] = HERE,
) -> None:
    """Take replies out of the cache: all that any of the options names."""
    from gateway.cli.query import read_pairs

    if step is not None and operation is None:
        raise misused("--step is one of an operation's", hint="add --operation NAME")
    wanted = {"operation": operation, "step": step, "tags": tag, "keys": key}
    body = {name: value for name, value in wanted.items() if value}
    if not body:
        raise misused(
            "nothing is named", hint="write --operation, --tag or --key with a name"
        )
    gone = _ask(url, body, read_pairs(header or (), "a header"))
    entries = "1 reply" if gone == 1 else f"{gone} replies"
    typer.echo(f"{entries} went.")


def _ask(url: str, body: Mapping[str, object], headers: Mapping[str, str]) -> int:
    """How many entries went, as the gateway says.

    Raises:
        CommandError: it cannot be reached, or refuses.
    """
    import httpx

    place = f"{url.rstrip('/')}/-/cache/invalidate"
    try:
        answer = httpx.post(place, json=body, headers=dict(headers), timeout=_TIMEOUT)
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise CommandError(
            f"{url} cannot be reached: {error}",
            hint="name the running gateway with --url",
        ) from None
    gone = told_by(answer).get("invalidated")
    if answer.status_code == _FINE and isinstance(gone, int):
        return gone
    raise CommandError(refusal_of(answer))
