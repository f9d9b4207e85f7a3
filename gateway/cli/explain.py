"""`headwater explain`: which profile serves a caller, why, and whence its keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.failures import Status, command, complain
from gateway.cli.holds_here import with_holds
from gateway.cli.options import Claims, Client, Config, Flags, Tenant
from gateway.cli.project import planning_gateway
from gateway.cli.query import Asker
from gateway.cli.release_options import Admin, Token

if TYPE_CHECKING:
    from gateway.profile.explaining import Explanation

_WIDEST = 60


@command
def explain(  # noqa: PLR0913 - one parameter for each option
    operation: Annotated[
        str, typer.Argument(metavar="OPERATION", help="The root field.")
    ],
    tenant: Tenant = None,
    flag: Flags = None,
    client: Client = None,
    claims: Claims = None,
    *,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print it for programs.")
    ] = False,
    config: Config = None,
    admin: Admin = None,
    token: Token = None,
) -> None:
    """Show which profile serves a caller, why no other, and where its keys are from.

    Calls no source; the store of releases is asked which steps are held back.
    """
    from gateway.errors import did_you_mean
    from gateway.request.model import PlanWish

    gateway = with_holds(planning_gateway(config), config, admin, token)
    asker = Asker(tenant, tuple(flag or ()), claims, client)
    request = asker.request(gateway, PlanWish.NONE)
    generation = gateway.current
    found = generation.explained(operation, request)
    if found is None:
        known = {profile.operation for profile in generation.whole.profiles.values()}
        near = did_you_mean(operation, known)
        complain(f"there is no operation {operation!r}{f' — {near}' if near else ''}")
        raise typer.Exit(Status.PROBLEM)
    if as_json:
        from gateway.cli.show import print_json

        print_json(found.as_json())
        return
    typer.echo("\n".join(lines_of(found)))


def lines_of(found: Explanation) -> list[str]:
    """The account as text: the choice first, the merged profile below it."""
    profile = found.profile
    served = f"profile {profile.name}" if profile else "no profile"
    lines = [f"# {found.operation} is served by {served}"]
    if profile is not None and profile.owner:
        lines.append(f"# owner: {profile.owner}")
    for verdict in found.verdicts:
        mark = "->" if verdict.chosen else "  "
        lines.append(f"# {mark} {verdict.name} ({verdict.at}): {verdict.why}")
    if found.hidden:
        lines.append(f"# hidden: {', '.join(found.hidden)}")
    if profile is not None:
        for name, step in profile.steps.items():
            shared = f"shared: {step.share.value}"
            cached = f", cached by {step.cache.scope.value}" if step.cache else ""
            lines.append(
                f"# step {name} asks {step.source or 'nobody'}, {shared}{cached}"
            )
            if step.held is not None:
                lines.append(f"# step {name} is held, {step.held.told()}")
    for one in found.inherited:
        does = "declassifies" if one.lifted else "inherits"
        lines.append(
            f"# step {one.step} {does} the policy of step {one.origin} ({one.span})"
        )
    width = min(max((len(line.text) for line in found.lines), default=0), _WIDEST)
    lines += [f"{line.text:<{width}}  # {line.at}" for line in found.lines]
    return lines
