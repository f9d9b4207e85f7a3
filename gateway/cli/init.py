"""`headwater init`: a new project that works at once, offline."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.failures import CommandError, command

FILES = (
    "headwater.yaml",
    "profiles/greeting.yaml",
    "profiles/greeting.test.yaml",
    "README.md",
    ".gitignore",
)


@command
def init(
    directory: Annotated[
        Path, typer.Argument(metavar="DIR", help="Where the project goes.")
    ] = Path(),
) -> None:
    """Start a project: a deployment, one profile and its test. Works offline."""
    taken = [name for name in FILES if (directory / name).exists()]
    if taken:
        raise CommandError(
            f"{directory / taken[0]} is there already",
            hint="nothing was written; name an empty folder",
        )
    for name in FILES:
        target = directory / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text_of(name), encoding="utf-8")
        typer.echo(f"wrote {target}")
    typer.echo("\nTry:")
    if directory.resolve() != Path.cwd():
        typer.echo(f"  cd {directory}")
    typer.echo("  headwater check")
    typer.echo("  headwater test")
    typer.echo("""  headwater run '{ greeting(name: "Ada") { text language } }'""")
    typer.echo("  headwater serve --dev")


def text_of(name: str) -> str:
    """What a file of a new project says."""
    shipped = resources.files("gateway.cli") / "starter" / name.lstrip(".")
    return shipped.read_text(encoding="utf-8")
