"""`headwater test --recordings`: recorded requests under a candidate, with no network.

In charge of finding the candidate and of printing what would change.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

import typer

from gateway.cli.failures import CommandError, Status, misused
from gateway.cli.project import CONFIG, config_files
from gateway.record import Model

if TYPE_CHECKING:
    from gateway.deployment import Deployment
    from gateway.loading.written import Written
    from gateway.release.model import Bundle
    from gateway.testing.replay import Replay


Form: TypeAlias = Literal["text", "json", "markdown"]


class Wanted(Model, frozen=True):
    """What the options ask for."""

    recordings: Path
    candidate: Path | None
    allowed: tuple[str, ...]
    form: Form
    junit: Path | None


def run_replay(wanted: Wanted, config: Sequence[str] | None) -> None:
    """Replay all recordings; ends with status 1 where anything changes.

    Raises:
        CommandError: there are none, or the candidate does not load (status 2).
    """
    from gateway.errors import ProfileError
    from gateway.recording.reading import Recordings
    from gateway.testing.replay import candidate_of, replay

    recordings = Recordings(wanted.recordings)
    if not wanted.recordings.exists() or not recordings.files():
        raise misused(
            f"there are no recordings in {wanted.recordings}",
            hint="a gateway writes them where its deployment has 'record'",
        )
    files, written = _candidate(wanted.candidate, config)
    try:
        generation = candidate_of(files, os.environ, written)
    except ProfileError as error:
        from gateway.cli.problems import print_problems

        print_problems(error.problems)
        message = "the candidate does not load, so nothing can be replayed"
        raise CommandError(message, status=Status.USAGE) from None
    made = replay(recordings, generation, wanted.allowed)
    _tell(made, wanted)
    if not made.recordings:
        raise CommandError("not one recording can be read", status=Status.USAGE)
    if not made.ok:
        raise typer.Exit(Status.PROBLEM)


def _candidate(
    path: Path | None, config: Sequence[str] | None
) -> tuple[list[Path], Callable[[Deployment], Written]]:
    """The deployment's files, and what is loaded under it."""
    from gateway.loading.written import written_in, written_in_folders

    if path is None:
        return config_files(config), written_in_folders
    if path.is_file():
        from gateway.cli.release_desk import read_bundle

        bundle = read_bundle(path)
        return config_files(config), lambda _deployment: written_in(bundle, None)
    if (path / CONFIG).is_file():
        return [path / CONFIG], written_in_folders
    if path.is_dir() or path.suffix or len(path.parts) > 1:
        raise misused(
            f"{path} is neither a bundle nor a folder with {CONFIG}",
            hint="make one with: headwater release bundle",
        )
    stored = _released(str(path), config)
    return config_files(config), lambda _deployment: written_in(stored, None)


def _released(said: str, config: Sequence[str] | None) -> Bundle:
    """A release of the deployment's store."""
    from gateway.cli.diff_sides import released
    from gateway.cli.release_desk import Where, opened

    try:
        with opened(Where(config)) as releases:
            return released(said, releases)[0]
    except CommandError as error:
        error.status = Status.USAGE  # 1 says that answers change
        raise


def _tell(made: Replay, wanted: Wanted) -> None:
    import orjson

    from gateway.cli.problems import print_problems
    from gateway.testing.replay_text import markdown_of, text_of, write_replay_junit

    if wanted.junit is not None:
        write_replay_junit(made, wanted.junit)
    if wanted.form == "json":
        shown = orjson.dumps(made.as_json(), default=str, option=orjson.OPT_INDENT_2)
        typer.echo(shown.decode())
        return
    print_problems(made.problems)
    typer.echo(markdown_of(made) if wanted.form == "markdown" else text_of(made))
