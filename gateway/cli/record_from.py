"""`headwater record --from`: recorded requests of a gateway as cases of profile tests.

In charge of which of them become cases: one for each document that called the same
steps to the same end. Must never write a case that is there already.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from gateway.cli.failures import CommandError, misused
from gateway.cli.project import config_files

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gateway.mocking.testfile import Heard
    from gateway.recording.reading import Recording
    from gateway.values import JsonValue

_TESTS = (".test.yaml", ".test.yml")


def record_from(
    folder: Path, operation: str | None, to: Path, config: Sequence[str] | None
) -> None:
    """Write cases of an operation's recordings.

    Raises:
        CommandError: there are none, or they are of several operations.
    """
    from gateway.cli.problems import print_problems
    from gateway.mocking.testfile import case_text, file_text
    from gateway.recording.reading import Recordings

    recordings = Recordings(folder)
    found = [one for one in recordings if operation in (None, *one.operations)]
    print_problems(recordings.problems)
    names = {one.operations[0] for one in found if one.operations}
    if not names:
        of = f" of {operation}" if operation else ""
        raise misused(f"there are no recordings{of} in {folder}")
    if operation is None and len(names) > 1:
        known = ", ".join(sorted(names))
        raise misused(f"these are of {known}", hint="name one with --operation")
    name = operation or next(iter(names))
    path = to if to.name.endswith(_TESTS) else to / f"{name}.recorded.test.yaml"
    before = path.read_text("utf-8") if path.exists() else file_text(name)
    if f"operation: {name}\n" not in before:
        raise misused(f"{path} has cases of another operation")
    wrapped, cases = _wrapped(config), list(_distinct(found).values())
    fresh = [one for one in cases if one.id not in before]
    made = "".join(case_text(_heard(one), wrapped) for one in fresh)
    if made:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(before.rstrip("\n") + "\n" + made, "utf-8")
    typer.echo(
        f"wrote {len(fresh)} cases to {path}, of {len(found)} recordings; see them "
        f"pass: headwater test {path}"
    )


def _distinct(found: Sequence[Recording]) -> Mapping[tuple[object, ...], Recording]:
    """The first recording of each kind."""
    kinds: dict[tuple[object, ...], Recording] = {}
    for one in found:
        steps = tuple(sorted({call.step for call in one.calls}))
        codes = tuple(sorted(str(error.get("code")) for error in one.errors))
        asking = one.asking
        kinds.setdefault((asking.document, asking.operation, steps, codes), one)
    return kinds


def _wrapped(config: Sequence[str] | None) -> Mapping[str, str]:
    """Which sources wrap their answers in a key: a test's replies have it too."""
    from gateway.deployment import load_deployment
    from gateway.errors import Problems

    deployment = load_deployment(config_files(config), os.environ, Problems())
    if deployment is None:
        raise CommandError("the configuration cannot be loaded")
    unwrap = {n: getattr(s, "unwrap", None) for n, s in deployment.sources.items()}
    return {name: key for name, key in unwrap.items() if key}


def _heard(one: Recording) -> Heard:
    """A recording as one request that was heard."""
    from gateway.mocking.tape import Taken
    from gateway.mocking.testfile import Heard

    request = one.request
    said = {
        "tenant": request.tenant,
        "client": request.client,
        "region": request.region,
        "headers": request.headers,
        "flags": request.flags,
        "claims": request.caller.claims,
    }
    who = {name: value for name, value in said.items() if value}
    if request.caller.subject is not None:
        who["claims"] = {**request.caller.claims, "sub": request.caller.subject}
    taken = [
        Taken(call.step, call.source, call.key, call.call, canned)
        for call in one.calls
        if (canned := call.canned) is not None
    ]
    errors: list[JsonValue] = [
        {"path": error.get("path"), "extensions": {"code": error.get("code")}}
        for error in one.errors
    ]
    answer: dict[str, JsonValue] = {"data": one.data, "errors": errors}
    document, variables = one.asking.document, one.asking.variables
    who["time"] = request.time.isoformat()
    return Heard(document, variables, taken, answer, f"as recorded, {one.id}", who)
