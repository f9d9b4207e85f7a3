"""`headwater record`: what the real sources answer, kept for mocks and tests."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.failures import CommandError, command, misused
from gateway.cli.options import Claims, Config, Flags, Tenant, Variables
from gateway.cli.project import calling_gateway
from gateway.cli.query import Asker, read_asking

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.mocking.recording import Recording
    from gateway.mocking.tape import Tape
    from gateway.mocking.testfile import Heard
    from gateway.request.model import Asking

_TESTS = (".test.yaml", ".test.yml")


@command
def record(  # noqa: PLR0913 - one parameter for each option
    query: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[QUERY...]",
            help="GraphQL texts, *.graphql files, @FILEs, or - for stdin.",
            show_default=False,
        ),
    ] = None,
    *,
    to: Annotated[
        Path,
        typer.Option(
            metavar="FOLDER|FILE",
            help="A folder of recordings, for `serve --mock --recorded`; or a "
            "*.test.yaml file, to which a case is added for each query.",
            show_default=False,
        ),
    ],
    variables: Variables = None,
    redact: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="A further header, or key of a body, whose value is not written. "
            "Repeat it.",
            show_default=False,
        ),
    ] = None,
    tenant: Tenant = None,
    flag: Flags = None,
    claims: Claims = None,
    config: Config = None,
    recordings: Annotated[
        Path | None,
        typer.Option(
            "--from",
            metavar="FOLDER",
            help="Make cases of the requests that a gateway recorded, in place of "
            "queries.",
            show_default=False,
        ),
    ] = None,
    operation: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="With --from: of which operation.", show_default=False
        ),
    ] = None,
) -> None:
    """Run queries against the real sources and keep what these answer, redacted.

    Passwords, tokens and secrets are masked by their names, and of a reply's headers
    only those are kept that mean something. Look at what was written before you
    share it. A source that is `metered` is not asked again for what the folder has.
    """
    import asyncio

    if recordings is not None or operation is not None:
        if query or recordings is None:
            raise misused("--from FOLDER takes the place of queries")
        from gateway.cli.record_from import record_from

        record_from(recordings, operation, to, config)
        return
    if not query:
        raise misused("there is no query", hint="write one, or --from FOLDER")
    from gateway.mocking.recording import Recording
    from gateway.mocking.redaction import Redaction
    from gateway.mocking.tape import Tape, read_tape

    tape = Tape(Redaction(frozenset(name.lower() for name in redact or ())))
    askings = [read_asking(each, variables) for each in query]
    asker = Asker(tenant, tuple(flag or ()), claims)
    known = read_tape(to) if to.is_dir() else {}
    recording = Recording(tape, known)
    heard, unwrap = asyncio.run(_heard(askings, asker, recording, config))
    loss = tape.loss()
    if loss is not None:
        typer.echo(loss, err=True)
    if to.name.endswith(_TESTS):
        _write_tests(to, heard, unwrap)
    else:
        _write_folder(to, tape)


async def _heard(
    askings: Sequence[Asking],
    asker: Asker,
    recording: Recording,
    config: list[str] | None,
) -> tuple[list[Heard], dict[str, str]]:
    """What came of each query, and which sources wrap their answers in a key."""
    from gateway.loading.opening import SourcePool
    from gateway.mocking.redaction import without
    from gateway.mocking.testfile import Heard
    from gateway.request.model import PlanWish

    pool = SourcePool()
    gateway = calling_gateway(config, pool)
    deployment, pipeline = gateway.loader.deployment, gateway.pipeline
    assert deployment is not None, "a gateway that was built has one"  # noqa: S101
    tape, current = recording.tape, recording(gateway.current, deployment)
    heard = []
    try:
        for asking in askings:
            before = len(tape.taken)
            request = asker.request(gateway, PlanWish.NONE)
            answer = (await pipeline.answer(current, asking, request)).as_json()
            taken = tape.taken[before:]
            variables: Any = tape.redact.masked(asking.variables)
            data: Any = tape.redact.masked(without(answer.get("data"), tape.hidden))
            shown = {**answer, "data": data}
            heard.append(Heard(asking.document, variables, taken, shown))
    finally:
        gateway.current.lease.retire()
        await pool.sources.closed()
    unwrap = {n: getattr(s, "unwrap", None) for n, s in deployment.sources.items()}
    return heard, {name: key for name, key in unwrap.items() if key}


def _write_folder(to: Path, tape: Tape) -> None:
    from gateway.mocking.tape import write_tape

    if to.exists() and not to.is_dir():
        raise misused(f"{to} is no folder", hint="name a folder, or a *.test.yaml file")
    if not tape.taken:
        why = "no reply can be kept" if tape.passed else "no source was called"
        raise CommandError(f"{why}, so there is nothing to write")
    for path in write_tape(tape.taken, to):
        typer.echo(f"wrote {path}")


def _write_tests(to: Path, heard: Sequence[Heard], unwrap: dict[str, str]) -> None:
    """Each query as a case; a file is of one operation."""
    from gateway.mocking.testfile import case_text, file_text

    operations = {one.operation for one in heard}
    if len(operations) > 1:
        names = ", ".join(sorted(operations))
        raise misused(f"a test file is of one operation, and these are {names}")
    before = to.read_text("utf-8") if to.exists() else file_text(*operations)
    if f"operation: {next(iter(operations))}\n" not in before:
        raise misused(f"{to} has cases of another operation")
    cases = "".join(case_text(one, unwrap) for one in heard)
    to.parent.mkdir(parents=True, exist_ok=True)
    to.write_text(before.rstrip("\n") + "\n" + cases, "utf-8")
    typer.echo(f"wrote {len(heard)} cases to {to}; see them pass: headwater test {to}")
