"""What `headwater diff` is asked to compare: folders, bundles, releases of a store.

In charge of finding and reading each side. What cannot be read, or does not load, ends
the command with status 2. Must never print a comparison.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.cli.failures import CommandError, Status, misused
from gateway.cli.project import CONFIG, open_nothing
from gateway.cli.release_desk import Where, deployed, opened, read_bundle
from gateway.record import Model, replace

if TYPE_CHECKING:
    from gateway.cli.release_admin import Desk
    from gateway.deployment import Deployment
    from gateway.loading.examining import Examined
    from gateway.loading.written import Written
    from gateway.release.model import Bundle

ACTIVE = "active"
PREVIOUS = "previous"
HERE = "the files here"


class Asked(Model, frozen=True):
    """What the options say: what is meant by two words, and where to look."""

    before: str | None
    after: str | None
    where: Where


class Found(Model, frozen=True):
    """A side: what people call it, and what it comes to."""

    name: str
    examined: Examined


def both(asked: Asked) -> tuple[Found, Found]:
    """Both sides, the older first.

    Raises:
        CommandError: one of them is not there, or has errors, which were printed.
    """
    try:
        before = _found(asked.before or ACTIVE, asked.where)
        after = _found(asked.after, asked.where)
    except CommandError as error:
        error.status = Status.USAGE  # 1 says that there is a change to look at
        raise
    return before, after


def _found(said: str | None, where: Where) -> Found:
    if said is None:
        deployment, _ = deployed(where.config)
        return _folders(HERE, deployment, where.config)
    path = Path(said)
    if said not in (ACTIVE, PREVIOUS):
        if path.is_dir():
            return _folder(path, where)
        if path.is_file():
            return _bundle(said, read_bundle(path), where)
        if path.suffix or len(path.parts) > 1:
            raise misused(f"there is no {said}")
    with opened(where) as releases:
        bundle, name = released(said, releases)
    return _bundle(name, bundle, where)


def _folder(path: Path, where: Where) -> Found:
    """A project with a deployment of its own, or its files under the one here."""
    own = path / CONFIG
    if own.is_file():
        config = [str(own)]
        deployment, _ = deployed(config)
        return _folders(str(path), deployment, config)
    profiles = path / "profiles"
    if not profiles.is_dir():
        raise misused(
            f"{path} has neither {CONFIG} nor a folder profiles",
            hint="name a project's folder, a bundle, or a release",
        )
    deployment, _ = deployed(where.config)
    operations = deployment.operations
    if operations is not None:
        folder = path / "operations"
        found = operations.model_copy(update={"path": folder})
        operations = found if folder.exists() else None
    moved = replace(
        deployment,
        profiles=deployment.profiles.model_copy(update={"path": profiles}),
        schema_folder=path / "schema",
        operations=operations,
    )
    return _folders(str(path), moved, where.config)


def _folders(name: str, deployment: Deployment, config: Sequence[str] | None) -> Found:
    from gateway.loading.written import written_in_folders

    return _sound(name, deployment, written_in_folders(deployment), config)


def _bundle(name: str, bundle: Bundle, where: Where) -> Found:
    from gateway.loading.written import written_in

    deployment, _ = deployed(where.config)
    return _sound(name, deployment, written_in(bundle, None), where.config)


def released(said: str, releases: Desk) -> tuple[Bundle, str]:
    """The release of a word or of the beginning of an id."""
    from gateway.release.model import SHORT

    if said not in (ACTIVE, PREVIOUS):
        found = releases.find(said)
        return releases.fetch(found), found[:SHORT]
    entry = releases.active()
    if entry is None:
        raise misused(
            f"nothing was ever activated in channel {releases.channel}",
            hint="name two folders or bundles",
        )
    meant = entry.bundle if said == ACTIVE else entry.previous
    if not meant:
        raise misused("there is no previous release: the active one is the first")
    return releases.fetch(meant), f"{meant[:SHORT]} ({said})"


def _sound(
    name: str, deployment: Deployment, written: Written, config: Sequence[str] | None
) -> Found:
    from gateway.cli.problems import print_problems
    from gateway.cli.project import config_files
    from gateway.errors import Problems, Severity
    from gateway.loading.loader import Loader

    loader = Loader(config_files(config), os.environ, open_nothing)
    examined = loader.examine(deployment, written, Problems())
    wrong = [p for p in examined.problems if p.severity is Severity.ERROR]
    if wrong:
        print_problems(wrong)
        raise CommandError(f"{name} does not load, so nothing can be held against it")
    return Found(name, examined)
