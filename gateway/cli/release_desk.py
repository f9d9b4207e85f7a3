"""What the commands of `headwater release` act on: a store, and the files here.

In charge of which store, of who acts, and of a dry load before anything is activated.
What goes wrong ends the command in one line. Must never print.
"""

from __future__ import annotations

import contextlib
import getpass
import os
import socket
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.cli.failures import CommandError, misused
from gateway.cli.project import config_files, open_nothing
from gateway.record import Model

if TYPE_CHECKING:
    from gateway.cli.release_admin import Desk
    from gateway.deployment import Deployment
    from gateway.loading.loader import Loader
    from gateway.loading.written import Written
    from gateway.release.activation import Actor
    from gateway.release.model import Bundle


class Where(Model, frozen=True):
    """Which deployment and which store the options name."""

    config: Sequence[str] | None
    store: str | None = None
    channel: str | None = None
    admin: str | None = None
    token: Path | None = None


@contextlib.contextmanager
def opened(where: Where) -> Iterator[Desk]:
    """The channel that is meant.

    Raises:
        CommandError: no store is named, or what was asked of it cannot be done.
    """
    with reported():
        if where.admin is not None:
            yield _of_gateway(where, where.admin)
            return
        with _of_store(where) as releases:
            yield releases


@contextlib.contextmanager
def reported() -> Iterator[None]:
    """What is wrong with a release is what the command has to say."""
    from gateway.release.model import ReleaseError

    try:
        yield
    except ReleaseError as error:
        raise CommandError(error.message, hint=error.hint) from None


def _of_gateway(where: Where, url: str) -> Desk:
    from gateway.cli.release_admin import AdminReleases, token_of

    if where.store or where.channel:
        raise misused(
            "a gateway has its own store and channel",
            hint="leave out --store and --channel, or --admin",
        )
    return AdminReleases(url, token_of(where.token))


@contextlib.contextmanager
def _of_store(where: Where) -> Iterator[Desk]:
    from gateway.clock import SystemClock
    from gateway.deployment.release import DEFAULT_CHANNEL, channel_name
    from gateway.release.stores.opening import open_store
    from gateway.release.trials import Trials

    url, channel = where.store, where.channel
    if url is None:
        settings = deployed(where.config)[0].release
        if settings is None:
            raise misused(
                "there is no store of releases",
                hint="name one with --store, or write 'release' in headwater.yaml",
            )
        url, channel = settings.store, channel or settings.channel
    try:
        named = channel_name(channel or DEFAULT_CHANNEL)
    except ValueError as error:
        raise misused(f"--channel {channel}: {error}") from None
    with contextlib.closing(open_store(url)) as store:
        yield Trials(store, named, SystemClock())


def deployed(config: Sequence[str] | None) -> tuple[Deployment, Loader]:
    """The deployment here, and what loads under it.

    Raises:
        CommandError: it cannot be read; why was printed.
    """
    from gateway.cli.problems import print_problems
    from gateway.deployment import load_deployment
    from gateway.errors import Problems
    from gateway.loading.loader import Loader

    files = config_files(config)
    problems = Problems()
    deployment = load_deployment(files, os.environ, problems)
    if deployment is None:
        print_problems(problems.found)
        raise CommandError("the deployment cannot be read")
    return deployment, Loader(files, os.environ, open_nothing)


def bundled_here(config: Sequence[str] | None, note: str, by: str | None) -> Bundle:
    """The files here as a bundle.

    Raises:
        CommandError: they have errors, or a secret stands in them; these were printed.
    """
    from importlib.metadata import version

    from gateway.clock import SystemClock
    from gateway.loading.written import bundled, written_in_folders
    from gateway.release.model import Facts, bundle_of

    deployment, loader = deployed(config)
    written = written_in_folders(deployment)
    _require_sound(deployment, loader, written, "what has errors is not bundled")
    created = SystemClock().wall().isoformat(timespec="seconds")
    facts = Facts(created, by or user(), note, version("headwater"))
    return bundle_of(bundled(deployment, written), facts)


def meant(desk: Desk, start: str | None, config: Sequence[str] | None) -> str:
    """The whole id that begins so; where nothing is named, that of the files here.

    Raises:
        CommandError: the files have errors, which were printed.
        ReleaseError: no release begins so, or several do.
    """
    return desk.find(start) if start else bundled_here(config, "", None).id


def prove(config: Sequence[str] | None, bundle: Bundle) -> None:
    """Load a bundle under the deployment here, opening and keeping nothing.

    Raises:
        CommandError: it has errors there, which were printed, or lacks a signature.
    """
    from gateway.clock import SystemClock
    from gateway.loading.stored import stored
    from gateway.loading.written import written_in

    deployment, loader = deployed(config)
    if deployment.release is not None:
        with contextlib.closing(
            stored(deployment.release, deployment, SystemClock())
        ) as here:
            here.proved(bundle)
    written = written_in(bundle, None)
    _require_sound(deployment, loader, written, "this release would not serve here")


def _require_sound(
    deployment: Deployment, loader: Loader, written: Written, otherwise: str
) -> None:
    from gateway.cli.problems import print_problems
    from gateway.errors import Problems, Severity

    found = loader.check_written(deployment, written, Problems())
    if any(problem.severity is Severity.ERROR for problem in found):
        print_problems(found)
        raise CommandError(otherwise)


def read_bundle(path: Path) -> Bundle:
    """The bundle in a file.

    Raises:
        CommandError: it cannot be read, or is none.
    """
    from gateway.release.archive import unpacked
    from gateway.release.model import UnfitBundleError

    try:
        return unpacked(path.read_bytes())
    except UnfitBundleError as error:
        raise CommandError(f"{path}: {error.message}", hint=error.hint) from None


def signed_with(bundle: Bundle, key: Path | None, name: str | None) -> Bundle:
    """The bundle, signed where a key is named.

    Raises:
        CommandError: the key cannot be read, or is none.
    """
    from gateway.release.model import ReleaseError
    from gateway.release.signing import read_private, signed

    if key is None:
        return bundle
    try:
        return signed(bundle, name or key.stem, read_private(key.read_bytes()))
    except ReleaseError as error:
        raise CommandError(f"{key}: {error.message}", hint=error.hint) from None


def actor(by: str | None, reason: str) -> Actor:
    """Who types this, and where."""
    from gateway.release.activation import Actor

    return Actor(by or user(), socket.gethostname(), reason)


def user() -> str:
    """Who the system says is typing."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # no entry for this number, as in some containers
        return f"uid {os.getuid()}"
