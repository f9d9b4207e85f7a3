"""`headwater check`: everything that is wrong in a deployment's files."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.failures import Status, command, misused
from gateway.cli.options import Config
from gateway.cli.project import CONFIG, config_files, open_nothing

if TYPE_CHECKING:
    from gateway.errors import Problem
    from gateway.loading.loader import Loader


@command
def check(
    path: Annotated[
        Path | None,
        typer.Argument(
            help="A project's folder, or a file or folder of this one.",
            show_default=False,
        ),
    ] = None,
    config: Config = None,
    *,
    json: Annotated[
        bool, typer.Option("--json", help="Print the problems as a JSON list.")
    ] = False,
) -> None:
    """Say what is wrong in profiles, SDL and deployment files, and how to fix it.

    Opens no connection. The exit status is 1 where there is an error; warnings alone
    leave it 0.
    """
    found = _problems(path, config)
    if json:
        from gateway.cli.show import print_json

        print_json([problem.as_json() for problem in found])
    else:
        _print(found)
    if any(problem.severity == "error" for problem in found):
        raise typer.Exit(Status.PROBLEM)


def _problems(path: Path | None, config: list[str] | None) -> tuple[Problem, ...]:
    """The problems of a whole project, or of a part of it."""
    if path is None:
        return _loader(config_files(config)).check()
    if not path.exists():
        raise misused(f"there is no {path}")
    loader = _loader(config_files(config, path))
    if path / CONFIG in loader.config:
        return loader.check()
    _require_part(loader, path)
    return tuple(p for p in loader.check() if _inside(Path(p.span.file), path))


def _loader(files: Sequence[Path]) -> Loader:
    from gateway.loading.loader import Loader

    return Loader(files, os.environ, open_nothing)


def _require_part(loader: Loader, path: Path) -> None:
    """A file that nothing loads has no problems, and saying so would mislead."""
    from gateway.deployment import load_deployment
    from gateway.errors import Problems

    deployment = load_deployment(loader.config, loader.environ, Problems())
    if deployment is None:
        return
    if not any(
        _inside(path, known) or _inside(known, path) for known in deployment.watched
    ):
        raise misused(f"{path} is no part of this deployment")


def _inside(path: Path, folder: Path) -> bool:
    return path.resolve().is_relative_to(folder.resolve())


def _print(found: Sequence[Problem]) -> None:
    from rich.console import Console

    from gateway.cli.problems import print_problems

    console = Console(highlight=False)
    print_problems(found, console)
    if not found:
        console.print("No problems.", style="green")
