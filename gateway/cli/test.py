"""`headwater test`: the profiles' own tests, with no network."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.failures import Status, command, misused
from gateway.cli.options import Config
from gateway.cli.project import config_files

if TYPE_CHECKING:
    from rich.console import Console

    from gateway.cli.test_replay import Form
    from gateway.testing.report import CaseResult, Report


@command
def run_tests(  # noqa: PLR0913 - one parameter for each option
    path: Annotated[
        list[Path] | None,
        typer.Argument(
            help="Test files, or folders of them. Default: all below the profiles.",
            show_default=False,
        ),
    ] = None,
    junit: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write a JUnit report as well."),
    ] = None,
    config: Config = None,
    recordings: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Replay these recorded requests instead, and say whose answers "
            "change.",
            show_default=False,
        ),
    ] = None,
    bundle: Annotated[
        Path | None,
        typer.Option(
            metavar="BUNDLE|FOLDER|ID",
            help="With --recordings: the candidate, a release of the store by its id; "
            "else the files here.",
            show_default=False,
        ),
    ] = None,
    allow: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PATH",
            help="With --recordings: a path that may change, such as "
            "customer360.risk.*. Repeat it.",
            show_default=False,
        ),
    ] = None,
    *,
    record: Annotated[
        bool,
        typer.Option(
            "--record",
            help="First ask the real sources for every case without `replies`, and "
            "write theirs into its file.",
        ),
    ] = False,
    json: Annotated[
        bool, typer.Option("--json", help="With --recordings: print JSON.")
    ] = False,
    markdown: Annotated[
        bool,
        typer.Option(
            "--markdown", help="With --recordings: print Markdown, for a pull request."
        ),
    ] = False,
) -> None:
    """Run the profile tests (*.test.yaml), or recorded requests, with no network."""
    paths = path or []
    if recordings is not None:
        if paths or record or (json and markdown):
            raise misused(
                "recordings are replayed without test files, --record, or two forms"
            )
        from gateway.cli.test_replay import Wanted, run_replay

        form: Form = "json" if json else "markdown" if markdown else "text"
        wanted = Wanted(recordings, bundle, tuple(allow or ()), form, junit)
        run_replay(wanted, config)
        return
    if bundle is not None or allow or json or markdown:
        raise misused(
            "--bundle, --allow, --json and --markdown are about recordings",
            hint="name them with --recordings FOLDER",
        )
    for one in paths:
        if not one.exists():
            raise misused(f"there is no {one}")
    files = config_files(config, paths[0] if paths else None)
    if record:
        from gateway.cli.record_cases import record_cases

        for told in record_cases(paths, files):
            typer.echo(told)
    from gateway.testing.runner import run_profile_tests

    report = run_profile_tests(paths, files, os.environ)
    if junit is not None:
        from gateway.testing.report import write_junit

        write_junit(report, junit)
    _print(report)
    if not report.ok:
        raise typer.Exit(Status.PROBLEM)


def _print(report: Report) -> None:
    """What failed, in full; what passed, in a line."""
    from rich.console import Console

    from gateway.cli.problems import print_problems

    console = Console(highlight=False)
    print_problems(report.problems, console)
    for case in report.cases:
        _print_case(console, case)
    for missed in report.not_run:
        console.print(str(missed), style="bold red", soft_wrap=True, markup=False)
    if not report.cases and report.ok:
        console.print("There are no tests: profiles/**/*.test.yaml.", soft_wrap=True)
        return
    style = "green" if report.ok else "bold red"
    console.print(report.counts, style=style, soft_wrap=True)


def _print_case(console: Console, case: CaseResult) -> None:
    from rich.text import Text

    style, word = ("green", "passed") if case.passed else ("bold red", "FAILED")
    where = "" if case.passed else f"  ({case.span})"
    line = Text.assemble((word, style), f"  {case.operation}: {case.name}{where}")
    console.print(line, soft_wrap=True)
    for difference in case.differences:
        console.print(Text(f"        {difference}"), soft_wrap=True)
