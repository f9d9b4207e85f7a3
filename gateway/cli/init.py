"""`headwater init`: a new project that works at once, offline."""

from __future__ import annotations

from collections.abc import Sequence
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
CONFIG, IGNORED = FILES[0], FILES[-1]


@command
def init(
    directory: Annotated[
        Path, typer.Argument(metavar="DIR", help="Where the project goes.")
    ] = Path(),
    described: Annotated[
        Path | None,
        typer.Option(
            "--from",
            metavar="FILE",
            help="An OpenAPI description: the project serves what it describes.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Start a project: a deployment, one profile and its test. Works offline."""
    if described is not None:
        _from(described, directory)
        return
    _check_free(directory, FILES)
    for name in FILES:
        target = directory / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text_of(name), encoding="utf-8")
        typer.echo(f"wrote {target}")
    _tell(
        directory,
        "headwater check",
        "headwater test",
        """headwater run '{ greeting(name: "Ada") { text language } }'""",
        "headwater serve --dev",
    )


def _from(described: Path, directory: Path) -> None:
    """A project whose profiles call what an OpenAPI description describes."""
    from gateway.cli.import_described import import_into, making_openapi

    _check_free(directory, (CONFIG, IGNORED))
    making = making_openapi(described, None, None, mutations=False, entities=False)
    import_into(directory, making, force=False)
    (directory / IGNORED).write_text(text_of(IGNORED), encoding="utf-8")
    _tell(
        directory,
        "headwater check",
        "headwater serve --mock --dev  # with no system reached",
        "headwater serve --dev",
    )


def _check_free(directory: Path, names: Sequence[str]) -> None:
    if directory.exists() and not directory.is_dir():
        raise CommandError(f"{directory} is a file", hint="name an empty folder")
    taken = [name for name in names if (directory / name).exists()]
    if taken:
        raise CommandError(
            f"{directory / taken[0]} is there already",
            hint="nothing was written; name an empty folder",
        )


def _tell(directory: Path, *commands: str) -> None:
    """What to type next."""
    typer.echo("\nTry:")
    if directory.resolve() != Path.cwd():
        typer.echo(f"  cd {directory}")
    for line in commands:
        typer.echo(f"  {line}")


def text_of(name: str) -> str:
    """What a file of a new project says."""
    shipped = resources.files("gateway.cli") / "starter" / name.lstrip(".")
    return shipped.read_text(encoding="utf-8")
