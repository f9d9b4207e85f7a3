"""`headwater plan`: what a query would call, and what it would leave out."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.failures import Status, command, complain
from gateway.cli.holds_here import with_holds
from gateway.cli.options import (
    Claims,
    Config,
    Flags,
    Operation,
    Query,
    Tenant,
    Variables,
)
from gateway.cli.project import planning_gateway
from gateway.cli.query import Asker, read_asking
from gateway.cli.release_options import Admin, Token

if TYPE_CHECKING:
    from gateway.app import Gateway
    from gateway.request.model import Asking


class Form(str, Enum):  # noqa: UP042 - typer shows the values of a str
    """How a plan is printed."""

    TEXT = "text"
    JSON = "json"
    MERMAID = "mermaid"


@command
def plan(  # noqa: PLR0913 - one parameter for each option
    query: Query,
    variables: Variables = None,
    operation: Operation = None,
    form: Annotated[
        Form, typer.Option("--format", "-f", help="How the plan is printed.")
    ] = Form.TEXT,
    tenant: Tenant = None,
    flag: Flags = None,
    claims: Claims = None,
    config: Config = None,
    admin: Admin = None,
    token: Token = None,
) -> None:
    """Show which steps a query needs, in which order, and why others stay out.

    Calls no source; the store of releases is asked which steps are held back.
    """
    asking = read_asking(query, variables, operation)
    asker = Asker(tenant, tuple(flag or ()), claims)
    gateway = with_holds(planning_gateway(config), config, admin, token)
    _print(gateway, asking, asker, form)


def _print(gateway: Gateway, asking: Asking, asker: Asker, form: Form) -> None:
    import asyncio

    from gateway.judging import cost_as_text
    from gateway.plan.explain import as_mermaid, as_text
    from gateway.plan.payloads import payloads_as_mermaid, payloads_as_text
    from gateway.request.model import PlanWish

    pipeline = gateway.pipeline
    request = asker.request(gateway, PlanWish.DRY_RUN)
    answer = asyncio.run(pipeline.answer(gateway.current, asking, request))
    if answer.errors:
        for error in answer.errors:
            where = "".join(f" ({line}:{column})" for line, column in error.locations)
            complain(f"{error.message}{where}")
        raise typer.Exit(Status.PROBLEM)
    if form is Form.JSON:
        from gateway.cli.show import print_json

        print_json(answer.extensions["plan"])
        return
    ready = pipeline.prepare(gateway.current, asking, request)
    parted = ready.parted(gateway.current, asking.operation)
    groups, deferral = parted.groups, parted.deferral
    if form is Form.MERMAID:
        boxes = payloads_as_mermaid(groups, deferral) if parted.has_parts else ()
        typer.echo(as_mermaid(ready.plan, boxes))
        return
    typer.echo(as_text(ready.plan))
    typer.echo(cost_as_text(answer.extensions["plan"]))
    if parted.has_parts:
        typer.echo(payloads_as_text(groups, deferral))
