"""`headwater run`: one query, or one step, against the real sources."""

from __future__ import annotations

from pathlib import Path
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
from gateway.cli.pictures import Open, Out, check_form, picture, told
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
    out: Out = None,
    opens: Open = False,
    each: Annotated[
        str | None,
        typer.Option(
            "--each",
            metavar="FILE",
            help="Run it for each row of a .csv, .tsv, .jsonl, .json or .parquet file, "
            "or of JSON lines on stdin (-). Columns are variables by name.",
        ),
    ] = None,
    to: Annotated[
        str | None,
        typer.Option(
            "--to",
            metavar="FILE",
            help="With --each: a .jsonl or .parquet file for the answers, or - for "
            "JSON lines on stdout.",
        ),
    ] = None,
    bind: Annotated[
        list[str] | None,
        typer.Option(
            "--bind",
            metavar="COLUMN=VARIABLE",
            help="With --each: a column with another name than its variable. "
            "Repeat it.",
            show_default=False,
        ),
    ] = None,
    var: Annotated[
        list[str] | None,
        typer.Option(
            "--var",
            metavar="NAME=VALUE",
            help="With --each: a variable that is the same for all rows. Repeat it.",
            show_default=False,
        ),
    ] = None,
    concurrency: Annotated[
        int, typer.Option(min=1, max=10_000, help="With --each: rows at a time.")
    ] = 32,
    errors: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="With --each: where rows are told that could not be asked for; "
            "default OUT.errors.jsonl.",
        ),
    ] = None,
    max_errors: Annotated[
        int | None,
        typer.Option(
            "--max-errors", min=0, help="With --each: stop when more rows failed."
        ),
    ] = None,
    restart: Annotated[
        bool,
        typer.Option("--restart", help="With --each: begin anew, over what is there."),
    ] = False,
) -> None:
    """Run one query against the real sources and print the answer.

    The exit status is 1 where the answer has errors.

    With --each and --to it is run for each row of a file. The same command goes on
    after an interruption; the exit status is 2 where rows failed, 130 after Ctrl-C.

    A step is run with values for what it reads, and with the steps before it:
    headwater run --step customer360.fraud customer_id=42
    """
    given = query or []
    asker = Asker(tenant, tuple(flag or ()), claims)
    drawn = out is not None or opens
    if drawn and (step is not None or each is not None):
        raise misused("--out and --open draw the run of one query")
    if step is not None:
        from gateway.cli.step import run_step

        run_step(step, given, asker, config)
        return
    if len(given) != 1:
        raise misused("give one query", hint="quote it: headwater run '{ ... }'")
    if (each is None) != (to is None):
        raise misused("--each and --to go together")
    if each is not None and to is not None:
        from gateway.cli.run_each import Each, run_each

        options = (tuple(bind or ()), tuple(var or ()), concurrency)
        wanted = Each(each, to, *options, errors, max_errors, restart=restart)
        run_each(read_asking(given[0], variables, operation), wanted, asker, config)
        return
    import asyncio

    from gateway.request.model import PlanWish

    asking = read_asking(given[0], variables, operation)
    check_form(out)
    wish = PlanWish.INCLUDE if plan or drawn else PlanWish.NONE
    answer = asyncio.run(_answer(asking, asker, wish, config))
    if drawn and "plan" in answer.extensions:
        told(_drawn(asking, answer, out), opens=opens)
    _print(answer if plan else _without_plan(answer))


async def _answer(
    asking: Asking, asker: Asker, wish: PlanWish, config: list[str] | None
) -> Answer:
    """The answer of the deployment's own sources, which are closed afterwards."""
    from gateway.loading.opening import SourcePool

    pool = SourcePool()
    gateway = calling_gateway(config, pool)
    pipeline, current = gateway.pipeline, gateway.current
    try:
        request = asker.request(gateway, wish)
        return await pipeline.answer(current, asking, request)
    finally:
        current.lease.retire()
        await pool.sources.closed()


def _drawn(asking: Asking, answer: Answer, out: Path | None) -> Path:
    return picture(
        answer.extensions["plan"],
        out,
        query=asking.document,
        completeness=answer.extensions.get("completeness"),
        errors=[error.as_json() for error in answer.errors],
    )


def _without_plan(answer: Answer) -> Answer:
    """The same for whoever wants the plan drawn alone."""
    kept = {name: one for name, one in answer.extensions.items() if name != "plan"}
    return answer._replace(extensions=kept)


def _print(answer: Answer) -> None:
    from gateway.cli.show import print_json

    print_json(answer.as_json())
    if answer.errors:
        raise typer.Exit(Status.PROBLEM)
