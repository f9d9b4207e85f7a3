"""Whether an export can begin, or go on where it was left: decided before any call.

In charge of the query's validity, of the columns that it needs, and of what stands at
the output already. Nothing is deleted here unless somebody said so.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from gateway.doors.export.binding import Binding, binding_of, missing, operation_of
from gateway.doors.export.mark import Mark, digest_of, mark_path, read_mark
from gateway.doors.export.reading import STREAM
from gateway.doors.export.rows import InputError, Rows
from gateway.doors.export.writing import Sink, Stdout, Writing
from gateway.errors import Code, RequestError
from gateway.generation import Generation
from gateway.pipeline import Pipeline
from gateway.record import Model
from gateway.request.model import Asking, RequestContext
from gateway.values import JsonValue, canonical, digest


class CannotBeginError(Exception):
    """The export cannot begin as it was asked for; the text says why."""


class Places(Model, frozen=True):
    """Where rows come from and go to."""

    input: str
    output: str
    errors: Path

    @property
    def goes_on(self) -> bool:
        """Whether a second start can go on: neither end is a stream."""
        return STREAM not in (self.input, self.output)


def check_query(
    pipeline: Pipeline, generation: Generation, asking: Asking, request: RequestContext
) -> None:
    """The document is read and found valid; values of variables are not looked at.

    Raises:
        CannotBeginError: it is not valid.
    """
    try:
        pipeline.prepare(generation, asking, request)
    except RequestError as error:
        if error.code is not Code.BAD_USER_INPUT:
            raise CannotBeginError(str(error)) from None


def bound(
    generation: Generation,
    asking: Asking,
    renamed: Mapping[str, str],
    constant: Mapping[str, JsonValue],
) -> Binding:
    """Which columns are which variables.

    Raises:
        CannotBeginError: the query is no query, or has no such variables.
    """
    try:
        operation = operation_of(asking.document, asking.operation)
        binding = binding_of(operation, generation.schema, renamed, constant)
    except InputError as error:
        raise CannotBeginError(str(error)) from None
    if not binding.columns:
        message = "no variable of the query takes its value from a column"
        raise CannotBeginError(message)
    return binding


def check_columns(binding: Binding, rows: Rows) -> None:
    """The file has what the query needs; said before any source is called.

    Raises:
        InputError: it cannot be read, or a column is not there.
    """
    gone = missing(binding, rows.columns())
    if gone is not None:
        raise InputError(f"{gone} — name the right one with --bind COLUMN=VARIABLE")


def opened(
    places: Places, job: object, *, restart: bool, kept: Path | None = None
) -> tuple[Writing, Mark]:
    """The files to write, and the mark to go on from; that of nothing at first.

    ``kept`` is where lines are kept until the output is made of them.

    Raises:
        CannotBeginError: another export is half done there, or a file in the way.
    """
    _check_apart(places)
    errors = Sink(places.errors)
    name = digest(canonical(job))
    if places.output == STREAM:
        return Writing(Stdout(), errors, None), Mark(name, "")
    if not places.goes_on:
        output = _free(places, restart=restart)
        return Writing(Sink(kept or output), errors, None), Mark(name, "")
    output = Path(places.output)
    path, found = mark_path(output), digest_of(Path(places.input))
    writing = Writing(Sink(kept or output), errors, path)
    before = None if restart else read_mark(path)
    if before is None:
        if path.exists() and not restart:
            raise CannotBeginError(f"{path} cannot be read; --restart begins anew")
        _free(places, restart=restart)
        return writing, Mark(name, found)
    _check_same(before, Mark(name, found), path)
    lines = kept or output
    if lines.stat().st_size < before.output if lines.exists() else before.output:
        raise CannotBeginError(f"{lines} lost rows since; --restart begins anew")
    return writing, before


def _check_apart(places: Places) -> None:
    """No file is written over another that the export is about."""
    given = (places.input, places.output, str(places.errors))
    files = [Path(one).resolve() for one in given if one != STREAM]
    if len(set(files)) < len(files):
        raise CannotBeginError("input, output and errors are files of their own")


def _free(places: Places, *, restart: bool) -> Path:
    output = Path(places.output)
    if output.exists() and not restart:
        raise CannotBeginError(f"{output} is there already; --restart writes it anew")
    return output


def _check_same(before: Mark, now: Mark, path: Path) -> None:
    changed = [
        what
        for what, same in (
            ("the query or its values", before.job == now.job),
            ("the input", before.input == now.input),
        )
        if not same
    ]
    if changed:
        raise CannotBeginError(
            f"{path} is of an export that was not finished, and {' and '.join(changed)}"
            " changed since — give what it was begun with, or --restart to begin anew"
        )
