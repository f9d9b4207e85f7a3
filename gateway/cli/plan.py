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
from gateway.cli.pictures import Open, Out, check_form, picture, told
from gateway.cli.project import planning_gateway
from gateway.cli.query import Asker, read_asking
from gateway.cli.release_options import Admin, Token

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.app import Gateway
    from gateway.request.model import Asking, RequestContext
    from gateway.response.model import Answer


class Form(str, Enum):  # noqa: UP042 - typer shows the values of a str
    """How a plan is printed."""

    TEXT = "text"
    JSON = "json"
    MERMAID = "mermaid"
    SVG = "svg"


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
    out: Out = None,
    *,
    opens: Open = False,
) -> None:
    """Show which steps a query needs, in which order, and why others stay out.

    Calls no source; the store of releases is asked which steps are held back.
    """
    check_form(out)
    asking = read_asking(query, variables, operation)
    asker = Asker(tenant, tuple(flag or ()), claims)
    gateway = with_holds(planning_gateway(config), config, admin, token)
    from gateway.request.model import PlanWish

    request = asker.request(gateway, PlanWish.DRY_RUN)
    answer = _planned(gateway, asking, request)
    if out is not None or opens:
        told(_drawn(gateway, asking, request, answer, out), opens=opens)
    else:
        _print(gateway, asking, request, answer, form)


def _planned(gateway: Gateway, asking: Asking, request: RequestContext) -> Answer:
    """The answer of a dry run; its errors end the command."""
    import asyncio

    pipeline = gateway.pipeline
    from gateway.workbench.lacking import lacking

    answer = asyncio.run(pipeline.answer(gateway.current, asking, request))
    lacks = lacking(gateway.current, asking.document, files=False)  # all are listed
    for one in lacks:
        complain(str(one["message"]))
    plan = answer.extensions.get("plan")
    if lacks and not (isinstance(plan, dict) and plan.get("steps")):
        raise typer.Exit(Status.PROBLEM)
    for error in answer.errors:
        where = "".join(f" ({line}:{column})" for line, column in error.locations)
        complain(f"{error.message}{where}")
    if answer.errors:
        raise typer.Exit(Status.PROBLEM)
    return answer


def _drawn(
    gateway: Gateway,
    asking: Asking,
    request: RequestContext,
    answer: Answer,
    out: Path | None,
) -> Path:
    from gateway.explorer.details import details_of
    from gateway.explorer.estimating import estimate_of

    current = gateway.current
    plan = gateway.pipeline.prepare(current, asking, request).plan
    return picture(
        answer.extensions["plan"],
        out,
        query=asking.document,
        estimate=estimate_of(plan),
        steps=details_of(plan, current.texts),
    )


def _print(
    gateway: Gateway,
    asking: Asking,
    request: RequestContext,
    answer: Answer,
    form: Form,
) -> None:
    from gateway.judging import cost_as_text
    from gateway.plan.explain import as_mermaid, as_text
    from gateway.plan.payloads import payloads_as_mermaid, payloads_as_text

    pipeline = gateway.pipeline
    if form is Form.JSON:
        from gateway.cli.show import print_json

        print_json(answer.extensions["plan"])
        return
    ready = pipeline.prepare(gateway.current, asking, request)
    parted = ready.parted(gateway.current, asking.operation)
    groups, deferral = parted.groups, parted.deferral
    if form is Form.SVG:
        from gateway.drawing.drawn import file_of
        from gateway.explorer.estimating import estimate_of

        plan = answer.extensions["plan"]
        typer.echo(file_of(plan, estimate_of(ready.plan)))
        return
    if form is Form.MERMAID:
        boxes = payloads_as_mermaid(groups, deferral) if parted.has_parts else ()
        typer.echo(as_mermaid(ready.plan, boxes))
        return
    typer.echo(as_text(ready.plan))
    typer.echo(cost_as_text(answer.extensions["plan"]))
    if parted.has_parts:
        typer.echo(payloads_as_text(groups, deferral))
