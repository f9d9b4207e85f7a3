"""`headwater key`: an API key for somebody, and what the gateway keeps of it."""

from __future__ import annotations

from typing import Annotated

import typer

from gateway.cli.failures import command, misused


@command
def key(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="Who will hold it: billing-app.")
    ],
    tenant: Annotated[
        str | None,
        typer.Option(help="The tenant of its holder.", show_default=False),
    ] = None,
) -> None:
    """Make an API key: it is printed once, its hash goes into the deployment file."""
    import json

    from gateway.identity.keys import hash_of, new_key

    if not name.isprintable() or not name.strip():
        raise misused("this is no name of a holder", hint="write headwater key NAME")
    made = new_key()
    entry = {"hash": hash_of(made), **({"tenant": tenant} if tenant else {})}
    typer.echo("The key, for its holder alone. It is shown this once:", err=True)
    typer.echo(made)
    typer.echo("Its line in headwater.yaml, below auth.keys:", err=True)
    typer.echo(f"{json.dumps(name)}: {json.dumps(entry)}", err=True)
