"""`headwater run`: one query, or one step, against the real sources."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.failures import Status, command, misused
from gateway.cli.options import (
    Claims,
    Config,
    Flags,
    Operation,
    Tenant,
    Variables,
)
from gateway.cli.project import calling_gateway
from gateway.cli.query import Asker, read_asking

if TYPE_CHECKING:
    from gateway.request.model import Asking, PlanWish
    from gateway.response.model import Answer


@command
def run(  # noqa: PLR0913 - one parameter for each option
    query: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="QUERY | NAME=VALUE...",
            help="GraphQL text, a *.graphql file, @FILE, or - for stdin; with --step "
            "the values that the step reads.",
            show_default=False,
        ),
    ] = None,
    variables: Variables = None,
    operation: Operation = None,
    step: Annotated[
        str | None,
        typer.Option(
            "--step",
            metavar="OPERATION.STEP",
            help="Run one step: the request masked, the reply, what 'select' made "
            "of it.",
        ),
    ] = None,
    tenant: Tenant = None,
    flag: Flags = None,
    claims: Claims = None,
    config: Config = None,
    *,
    plan: Annotated[
        bool, typer.Option("--plan", help="Show the plan and its timings as well.")
    ] = False,
) -> None:
    """Run one query against the real sources and print the answer.

    The exit status is 1 where the answer has errors.

    A step is run with values for what it reads, and with the steps before it:
    headwater run --step customer360.fraud customer_id=42
    """
    given = query or []
    asker = Asker(tenant, tuple(flag or ()), claims)
    if step is not None:
        from gateway.cli.step import run_step

        run_step(step, given, asker, config)
        return
    if len(given) != 1:
        raise misused("give one query", hint="quote it: headwater run '{ ... }'")
    import asyncio

    from gateway.request.model import PlanWish

    asking = read_asking(given[0], variables, operation)
    wish = PlanWish.INCLUDE if plan else PlanWish.NONE
    _print(asyncio.run(_answer(asking, asker, wish, config)))


async def _answer(
    asking: Asking, asker: Asker, wish: PlanWish, config: list[str] | None
) -> Answer:
    """The answer of the deployment's own sources, which are closed afterwards."""
    from gateway.loading.opening import SourcePool

    pool = SourcePool()
    gateway = calling_gateway(config, pool)
    pipeline, current = gateway.pipeline, gateway.current
    try:
        request = asker.request(pipeline.clock, wish)
        return await pipeline.answer(current, asking, request)
    finally:
        current.lease.retire()
        await pool.sources.closed()


def _print(answer: Answer) -> None:
    from gateway.cli.show import print_json

    print_json(answer.as_json())
    if answer.errors:
        raise typer.Exit(Status.PROBLEM)
