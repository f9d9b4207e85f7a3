"""`headwater test --record`: cases without replies get those of the real sources.

In charge of which cases are asked for and of where in their file the replies go; how
they are redacted and written is `mocking`'s. Must never touch a case that has replies,
nor any other line of a file.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from gateway.cli.failures import CommandError
from gateway.cli.project import calling_gateway
from gateway.record import Model

if TYPE_CHECKING:
    from gateway.errors import Problems
    from gateway.testing.document import CaseDocument
    from gateway.testing.runner import Bench
    from gateway.testing.stage import Stage


class Unanswered(Model, frozen=True):
    """A case without replies, and the line and column that they are written at."""

    file: Path
    line: int
    column: int
    case: CaseDocument


def record_cases(paths: Sequence[Path], files: Sequence[Path]) -> Sequence[str]:
    """Ask the real sources for every case without `replies`; what was done, in words.

    Raises:
        CommandError: a case leaves no line of its own to write them on; nothing was
            asked then, nor written.
    """
    from gateway.errors import Problems, ProfileError
    from gateway.testing.runner import Bench, test_files

    try:
        bench = Bench.load(files, os.environ)
    except ProfileError:
        return ()  # told by the tests that follow
    problems = Problems()
    found = [
        case
        for file in test_files(paths or [bench.profiles])
        for case in _unanswered(bench, file, problems)
    ]
    if not found:
        return ()
    replies = asyncio.run(_asked(found, [str(file) for file in files]))
    by_file: dict[Path, list[tuple[Unanswered, Sequence[str]]]] = {}
    for case, lines in zip(found, replies, strict=True):
        by_file.setdefault(case.file, []).append((case, lines))
    return [_written(file, cases) for file, cases in by_file.items()]


def _unanswered(bench: Bench, file: Path, problems: Problems) -> Sequence[Unanswered]:
    """The cases of a file that have no `replies`; none where it cannot run."""
    from gateway.testing.document import read_profile_test

    if not bench.cases(file, problems):
        return ()
    text = file.read_text("utf-8")
    made = read_profile_test(text, str(file), problems)
    if made is None:
        return ()
    document, tree = made
    found = []
    for number, case in enumerate(document.cases):
        if "replies" in case.model_fields_set:
            continue
        place = tree.span(("cases", number, "expect"), key=True)
        before = text.splitlines()[place.line - 1][: place.column - 1]
        if before.strip():
            raise CommandError(
                f"{place}: there is no room for replies before 'expect'",
                hint="write 'expect' on a line of its own, below another key",
            )
        found.append(Unanswered(file, place.line, place.column, case))
    return found


async def _asked(
    cases: Sequence[Unanswered], config: list[str]
) -> Sequence[Sequence[str]]:
    """What the sources replied to each case, as lines of YAML."""
    from gateway.loading.opening import SourcePool
    from gateway.mocking.recording import Recording
    from gateway.mocking.tape import Tape
    from gateway.mocking.testfile import replies_lines
    from gateway.telemetry.events import unobserved
    from gateway.testing.stage import Stage

    pool = SourcePool()
    gateway = calling_gateway(config, pool, unobserved)
    deployment = gateway.loader.deployment
    assert deployment is not None, "a gateway that was built has one"  # noqa: S101
    tape = Tape()
    stage = Stage(Recording(tape)(gateway.current, deployment), gateway.pipeline)
    unwrap = {n: getattr(s, "unwrap", None) for n, s in deployment.sources.items()}
    known: Mapping[str, str] = {name: key for name, key in unwrap.items() if key}
    made = []
    try:
        for each in cases:
            before = len(tape.taken)
            await _ask(stage, each.case)
            made.append(replies_lines(tape.taken[before:], known))
    finally:
        gateway.current.lease.retire()
        await pool.sources.closed()
    loss = tape.loss()
    if loss is not None:
        typer.echo(loss, err=True)
    return made


async def _ask(stage: Stage, case: CaseDocument) -> None:
    """The case's request, and those before it, without the time between them."""
    from gateway.request.model import PlanWish

    for earlier in case.earlier:
        await stage.answer(earlier, case, PlanWish.NONE)
    await stage.answer(case, case, PlanWish.NONE)


def _written(file: Path, cases: Sequence[tuple[Unanswered, Sequence[str]]]) -> str:
    """Write the replies of a file's cases, from the last one up."""
    lines = file.read_text("utf-8").splitlines(keepends=True)
    for case, replies in reversed(cases):
        margin = " " * (case.column - 1)
        lines[case.line - 1 : case.line - 1] = [f"{margin}{each}\n" for each in replies]
    file.write_text("".join(lines), "utf-8")
    count = "1 case" if len(cases) == 1 else f"{len(cases)} cases"
    told = "look at them before you share it"
    return f"recorded the replies of {count} in {file}; {told}"
