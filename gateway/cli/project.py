"""Which deployment a command is about, and a gateway loaded from it.

In charge of finding and loading. What is wrong in the files is shown on stderr, with
its place; a deployment that cannot be loaded ends the command.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.cli.failures import CommandError, misused

if TYPE_CHECKING:
    from gateway.app import Gateway
    from gateway.clock import Clock
    from gateway.deployment import Deployment
    from gateway.execution.upstream import Upstreams
    from gateway.loading.opening import SourcePool
    from gateway.telemetry.events import Observer


CONFIG = "headwater.yaml"


def config_files(given: Sequence[str] | None, path: Path | None = None) -> list[Path]:
    """The deployment's files, relative to here where they were named so.

    Where neither options nor HEADWATER_CONFIG name one, a ``path`` belongs to the
    nearest project around it.

    Raises:
        CommandError: there is nothing here that could be a deployment.
    """
    from gateway.deployment import find_config
    from gateway.deployment.find import CONFIG_VARIABLE

    if path is not None and not given and not os.environ.get(CONFIG_VARIABLE):
        around = (path, *path.parents, *path.absolute().parents)
        own = next((f for each in around if (f := each / CONFIG).is_file()), None)
        if own is not None:
            return [own]
    found = find_config(tuple(given or ()), os.environ, Path())
    if not found and not Path("profiles").is_dir():
        raise misused(
            "there is no headwater.yaml here",
            hint="name one with -c, or start a project with headwater init",
        )
    return found


def planning_gateway(given: Sequence[str] | None) -> Gateway:
    """A gateway that can plan and describe, and has opened no source."""
    from gateway.clock import SystemClock

    return _loaded(given, None, clock=SystemClock())


def calling_gateway(
    given: Sequence[str] | None, pool: SourcePool, observe: Observer | None = None
) -> Gateway:
    """A gateway with the sources of a pool. An observer hears of problems itself."""
    from gateway.clock import LoopClock

    return _loaded(given, pool, clock=LoopClock(), observe=observe)


def _loaded(
    given: Sequence[str] | None,
    pool: SourcePool | None,
    *,
    clock: Clock,
    observe: Observer | None = None,
) -> Gateway:
    from gateway.app import build_gateway
    from gateway.cli.problems import print_problems
    from gateway.errors import ProfileError
    from gateway.telemetry.events import unobserved

    files = config_files(given)
    try:
        gateway = build_gateway(
            files,
            os.environ,
            observe=observe or unobserved,
            clock=clock,
            open_sources=pool.open if pool else open_nothing,
        )
    except ProfileError as error:
        print_problems(error.problems)
        raise CommandError("the configuration cannot be loaded") from error
    if observe is None:
        print_problems(gateway.current.problems)
    return gateway


def open_nothing(_deployment: Deployment) -> tuple[Upstreams, Callable[[], None]]:
    """The sources of a command that calls none."""
    return {}, lambda: None
