"""`headwater run QUERY --each FILE --to FILE`: a query for each row of a file.

In charge of the options, of signals, and of what a person sees meanwhile; the run
itself is the door's, `gateway.doors.export`.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import nullcontext
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from gateway.cli.failures import CommandError, misused
from gateway.cli.query import Asker, read_pairs, read_value
from gateway.record import Model

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop
    from collections.abc import Callable

    from gateway.app import Gateway
    from gateway.doors.export.rows import Rows
    from gateway.doors.export.running import End, Run
    from gateway.request.model import Asking

_STREAM = "-"
_LINES = (".jsonl", ".ndjson")
_WINDOW = 0.005
"""Seconds that a key waits for the keys of other rows; what they come to in a call."""


class Ended(IntEnum):
    """Exit statuses besides those of every command."""

    ROWS_FAILED = 2
    INTERRUPTED = 130
    TERMINATED = 143


class Each(Model, frozen=True):
    """What the options say, as they were typed."""

    each: str
    to: str
    bind: Sequence[str] = ()
    var: Sequence[str] = ()
    concurrency: int = 32
    errors: Path | None = None
    max_errors: int | None = None
    restart: bool = False

    @property
    def is_table(self) -> bool:
        """Whether the output is Parquet."""
        return self.to.lower().endswith(".parquet")

    @property
    def is_known(self) -> bool:
        """Whether the output's name says what it is."""
        return self.is_table or self.to == _STREAM or self.to.lower().endswith(_LINES)

    @property
    def errors_path(self) -> Path:
        """Where bad rows are told."""
        if self.errors is not None:
            return self.errors
        streams = self.to == _STREAM
        return Path("errors.jsonl" if streams else f"{self.to}.errors.jsonl")


def run_each(
    asking: Asking, each: Each, asker: Asker, config: list[str] | None
) -> None:
    """Export, and end with what came of it as the exit status."""
    import asyncio

    from gateway.doors.export.beginning import CannotBeginError
    from gateway.doors.export.lock import TakenError, alone
    from gateway.doors.export.rows import InputError

    if not each.is_known:
        raise misused(f"--to {each.to}: the name ends in .jsonl or .parquet, or is -")
    gateway = _gateway(config)
    streams = each.to == _STREAM
    try:
        with (
            nullcontext() if streams else alone(Path(each.to)),
            asyncio.Runner(loop_factory=_loops()) as runner,
        ):
            code = runner.run(_exported(gateway, asking, each, asker))
    except TakenError:
        raise CommandError(
            f"another export writes to {each.to} at the moment — wait for its end, or"
            " give another --to"
        ) from None
    except InputError as error:
        raise CommandError(f"{each.each}: {error}") from None
    except CannotBeginError as error:
        raise CommandError(str(error)) from None
    if code:
        raise typer.Exit(code)


def _loops() -> Callable[[], AbstractEventLoop] | None:
    """The faster loop, where there is one."""
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop


def _gateway(config: list[str] | None) -> Gateway:
    """The deployment with its sources and its cache; it is not watched."""
    from gateway.app import build_gateway
    from gateway.cli.problems import print_problems
    from gateway.cli.project import config_files
    from gateway.errors import ProfileError
    from gateway.telemetry.events import unobserved

    try:
        gateway = build_gateway(config_files(config), os.environ, observe=unobserved)
    except ProfileError as error:
        print_problems(error.problems)
        raise CommandError("the configuration cannot be loaded") from error
    print_problems(gateway.current.problems)
    gateway.pipeline.commons.window = _WINDOW
    return gateway


async def _exported(gateway: Gateway, asking: Asking, each: Each, asker: Asker) -> int:
    from gateway.doors.export.reading import open_rows

    rows = open_rows(each.each)
    try:
        run = _prepared(gateway, asking, each, asker, rows)
        return await _watched(run, each)
    finally:
        rows.close()
        gateway.current.lease.retire()
        await gateway.pool.closed()
        await gateway.caches.closed()


def _prepared(
    gateway: Gateway, asking: Asking, each: Each, asker: Asker, rows: Rows
) -> Run:
    """A run that can begin: the query is valid, its columns are there.

    Raises:
        CannotBeginError: it cannot.
        InputError: the input cannot be read.
    """
    from gateway.doors.export.beginning import (
        Places,
        bound,
        check_columns,
        check_query,
        opened,
    )
    from gateway.doors.export.parquet import lines_path
    from gateway.doors.export.running import Question, Run
    from gateway.request.model import PlanWish

    generation, pipeline = gateway.current, gateway.pipeline
    request = asker.request(gateway, PlanWish.NONE)
    check_query(pipeline, generation, asking, request)
    bind = read_pairs(each.bind, "a column and its variable")
    given = {n: read_value(v) for n, v in read_pairs(each.var, "a variable").items()}
    binding = bound(generation, asking, bind, {**asking.variables, **given})
    check_columns(binding, rows)
    job = [asking.document, asking.operation, bind, binding.constant, asker.facts]
    places = Places(each.each, each.to, each.errors_path)
    kept = lines_path(Path(each.to)) if each.is_table else None
    writing, mark = opened(places, job, restart=each.restart, kept=kept)
    question = Question(pipeline, generation, asking, request, binding)
    return Run(question, rows, writing, mark, each.concurrency, each.max_errors)


async def _watched(run: Run, each: Each) -> int:
    """The run with its signals and its progress; the exit status."""
    import asyncio
    import signal

    from gateway.cli.run_progress import Progress
    from gateway.doors.export.running import End

    caught: list[int] = []
    loop = asyncio.get_running_loop()

    def told(number: int) -> None:
        caught.append(number)
        run.stop()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, told, number)
    progress = Progress(run)
    showing = asyncio.create_task(progress.show())
    try:
        end = await run.finish()
    finally:
        showing.cancel()
        progress.close()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)
    if end is End.WHOLE:
        await _ended(run, each)
    typer.echo(progress.summary(), err=True)
    if run.bad:
        typer.echo(f"rows that were not asked for: {each.errors_path}", err=True)
    if end is not End.WHOLE:
        typer.echo(_how_to_go_on(each, end), err=True)
    if end is End.STOPPED:
        stopped = caught[0] == signal.SIGTERM
        return Ended.TERMINATED if stopped else Ended.INTERRUPTED
    return Ended.ROWS_FAILED if run.failed or run.bad else 0


async def _ended(run: Run, each: Each) -> None:
    """All rows are there: the table is made of them, and nothing is left to go on."""
    import asyncio

    from gateway.doors.export.columns import columns_of
    from gateway.doors.export.parquet import lines_path, write_parquet

    if each.is_table:
        asked, schema = run.question.asking, run.question.generation.schema
        columns = columns_of(
            asked.document, asked.operation, schema, run.question.binding
        )
        output = Path(each.to)
        await asyncio.to_thread(write_parquet, lines_path(output), output, columns)
    run.writing.finished()


def _how_to_go_on(each: Each, end: End) -> str:
    from gateway.doors.export.running import End

    why = f"more than {each.max_errors} rows failed; stopped"
    said = why if end is End.TOO_MANY else "interrupted"
    if _STREAM in (each.each, each.to):
        return f"{said}; a stream cannot be gone on with"
    return f"{said}; what was done is safe. The same command goes on from there"
