"""The holds in force, for commands that plan and describe.

In charge of asking the deployment's store, or a gateway's admin API. A store that is
away is told, and changes nothing. Must never write anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from gateway.cli.failures import CommandError
from gateway.cli.hold_desk import opened_holds
from gateway.cli.release_desk import Where

if TYPE_CHECKING:
    from gateway.app import Gateway


def with_holds(
    gateway: Gateway,
    config: Sequence[str] | None,
    admin: str | None = None,
    token: Path | None = None,
) -> Gateway:
    """The gateway, whose steps that operators hold back are known to be held.

    Raises:
        CommandError: the gateway that is named cannot be asked.
    """
    from gateway.loading.withheld import withheld
    from gateway.release.holding import in_force

    deployment = gateway.loader.deployment
    if admin is None and (deployment is None or deployment.release is None):
        return gateway
    try:
        with opened_holds(Where(config, None, None, admin, token)) as desk:
            history = desk.history()
    except CommandError as error:
        if admin is not None:
            raise
        typer.echo(f"Steps may be held back: {error}", err=True)
        return gateway
    if history:
        now = gateway.pipeline.clock.wall()
        gateway.current = withheld(gateway.current, in_force(history[-1], now))
    return gateway
