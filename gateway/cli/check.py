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
    from gateway.cli.check_live import Tried
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
        bool, typer.Option("--json", help="Print JSON: a list of the problems.")
    ] = False,
    rules: Annotated[
        list[str] | None,
        typer.Option(
            "--rules",
            metavar="FILE",
            help="Rules to hold it to as well; repeat it. 'recommended' are those "
            "that are built in.",
            show_default=False,
        ),
    ] = None,
    live: Annotated[
        bool,
        typer.Option(
            "--live",
            help="Then try every source: connection, token, statements prepared. "
            "Changes nothing.",
        ),
    ] = False,
) -> None:
    """Say what is wrong in profiles, SDL and deployment files, and how to fix it.

    Opens no connection without --live. The exit status is 1 where there is an error or
    a source that does not work; warnings alone leave it 0.
    """
    if live and path is not None:
        raise misused("--live tries all sources", hint="leave the path out")
    found = _problems(path, config, rules or ())
    broken = any(problem.severity == "error" for problem in found)
    if not json:
        _print(found)
    tried = _tried(config) if live and not broken else ()
    if json:
        _print_json(found, tried if live else None)
    elif live and not broken:
        from gateway.cli.check_live import print_tried

        print_tried(tried)
    if broken or any(row.works is False for row in tried):
        raise typer.Exit(Status.PROBLEM)


def _tried(config: list[str] | None) -> Sequence[Tried]:
    from gateway.cli.check_live import try_sources

    return try_sources(config)


def _print_json(found: Sequence[Problem], tried: Sequence[Tried] | None) -> None:
    """The problems as a list; with what was tried, a map of both."""
    from gateway.cli.show import print_json

    problems = [problem.as_json() for problem in found]
    if tried is None:
        print_json(problems)
        return
    sources = [row.as_json() for row in tried]
    print_json({"problems": problems, "sources": sources})


def _problems(
    path: Path | None, config: list[str] | None, rules: Sequence[str]
) -> tuple[Problem, ...]:
    """The problems of a whole project, or of a part of it."""
    if path is None:
        return _judged(_loader(config_files(config)), rules)
    if not path.exists():
        raise misused(f"there is no {path}")
    loader = _loader(config_files(config, path))
    if path / CONFIG in loader.config:
        return _judged(loader, rules)
    _require_part(loader, path)
    found = _judged(loader, rules)
    return tuple(p for p in found if _inside(Path(p.span.file), path))


def _judged(loader: Loader, rules: Sequence[str]) -> tuple[Problem, ...]:
    """What is wrong by itself; where nothing is, what breaks the rules as well."""
    from gateway.cli.judging import judged
    from gateway.errors import Severity

    examined = loader.examine_files()
    broken = any(p.severity is Severity.ERROR for p in examined.problems)
    if broken or not rules:
        return examined.problems
    return tuple(sorted({*examined.problems, *judged(examined, rules)}))


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
