"""A folder of recordings, read again. What is no recording is told, and left out.

In charge of believing nothing that stands in a file: half a line, another version,
values that nobody wrote. Must never fail for one line.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, cast

import orjson

from gateway.connectors.base import Reply
from gateway.connectors.settings import CannedAnswer
from gateway.errors import Code, ErrorClass, Problem, Severity
from gateway.execution.calls.sharing import Landed
from gateway.execution.model import Failed, Failure, Provenance, Skipped, SkipReason
from gateway.record import Model, Struct, field
from gateway.recording.making import VERSION
from gateway.recording.spelling import read
from gateway.recording.writing import SUFFIX
from gateway.request.model import Asking, Caller, RequestContext
from gateway.values import JsonValue, SourceSpan

_KINDS = {
    Code.UPSTREAM_TIMEOUT: ErrorClass.TIMEOUT,
    Code.UPSTREAM_UNREACHABLE: ErrorClass.CONNECT,
}
"""What a test calls a failure that had no status."""


class RecordedCall(Model, frozen=True):
    """One call. ``landed`` is None where nothing had come when the answer left."""

    step: str
    source: str
    key: str
    call: Mapping[str, JsonValue]
    landed: Landed | None
    seconds: float
    derived: bool = False
    """Whether it is made of a hidden value: of its pseudonym it is another one."""

    @property
    def canned(self) -> CannedAnswer | None:
        """What came as a reply of a test; None where nothing did."""
        came = self.landed.reply if self.landed is not None else None
        if isinstance(came, Reply):
            body = came.body if not came.partial else None
            return CannedAnswer(body, came.status, came.headers)
        if not isinstance(came, Failed):
            return None
        if came.failure.status is not None:
            return CannedAnswer(None, came.failure.status)
        return CannedAnswer(error=_KINDS.get(came.failure.code, ErrorClass.INVALID))


class Recording(Model, frozen=True):
    """One request as it was answered. ``place`` is its file and line."""

    place: SourceSpan
    id: str
    operations: tuple[str, ...]
    kind: str
    asking: Asking
    request: RequestContext
    calls: tuple[RecordedCall, ...]
    data: JsonValue
    errors: tuple[Mapping[str, JsonValue], ...]
    verdict: str
    derived: frozenset[str] = frozenset()
    """Paths of the answer whose values are computed of hidden ones."""

    @property
    def operation(self) -> str:
        """Its root fields, for people."""
        return ", ".join(self.operations)


class Recordings(Struct):
    """What a folder, or one file, has. ``problems`` are known when it has been read."""

    place: Path
    problems: list[Problem] = field(default_factory=list)

    def __iter__(self) -> Iterator[Recording]:
        for path in self.files():
            yield from self._in(path)

    def files(self) -> Sequence[Path]:
        """Its files, the oldest first."""
        if self.place.is_file():
            return [self.place]
        return sorted(self.place.glob(f"*{SUFFIX}"))

    def _in(self, path: Path) -> Iterator[Recording]:
        try:
            lines = path.read_bytes().split(b"\n")
        except OSError as error:
            self._broken(SourceSpan(str(path)), error.strerror or "it cannot be read")
            return
        for number, line in enumerate(lines, 1):
            place = SourceSpan(str(path), number)
            if not line:
                continue
            try:
                yield recording_of(line, place)
            except ValueError as error:
                self._broken(place, str(error))

    def _broken(self, place: SourceSpan, why: str) -> None:
        said, hint = f"this is no recording: {why}", "it is left out"
        self.problems.append(Problem(place, said, hint, Severity.WARNING))


def recording_of(line: bytes, place: SourceSpan) -> Recording:
    """The recording of a line.

    Raises:
        ValueError: it is none.
    """
    try:
        return _checked(line, place)
    except (ArithmeticError, RecursionError):
        raise ValueError("a number or a depth that nothing is written with") from None


def _checked(line: bytes, place: SourceSpan) -> Recording:
    made = _json(line)
    if not isinstance(made, dict) or made.get("version") != VERSION:
        raise ValueError(f"its version is not {VERSION}")
    try:
        return _recording(made, place)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{error} is missing, or something else") from None


def _json(line: bytes) -> object:
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError:
        pass
    try:
        return json.loads(line)  # integers of any size, and half characters
    except ValueError:
        raise ValueError("it is no JSON, perhaps half a line") from None


def _recording(made: dict[str, Any], place: SourceSpan) -> Recording:
    who, answer = made["who"], made["answer"]
    subject = made["subject"]
    request = RequestContext(
        request_id=str(made["id"]),
        started=0.0,
        time=datetime.fromisoformat(made["time"]),
        tenant=who["tenant"],
        caller=Caller(subject, _map(who["claims"])),
        client=who["client"],
        region=who["region"],
        headers=cast("dict[str, str]", _map(who["headers"])),
        flags=_map(made["flags"]),
    )
    variables = _map(read(made["variables"]))
    return Recording(
        place,
        str(made["id"]),
        tuple(map(str, made["operations"])),
        str(made["kind"]),
        Asking(str(made["document"]), made["operation_name"], variables),
        request,
        tuple(map(_call, made["calls"])),
        cast("JsonValue", answer["data"]),
        tuple(map(_map, answer["errors"])),
        str(answer["verdict"]),
        frozenset(".".join(map(str, one)) for one in answer.get("derived", ())),
    )


def _map(value: object) -> dict[str, JsonValue]:
    if not isinstance(value, dict):
        raise TypeError("a map")
    return value


def _call(made: dict[str, Any]) -> RecordedCall:
    landed = None
    if made["seconds"] is not None:
        attempts = int(made.get("attempts", 1))
        came = _outcome(made, attempts)
        landed = Landed(came, attempts, Provenance(made["provenance"]))
    seconds = float(made["seconds"] or 0.0)
    step, source, key = str(made["step"]), str(made["source"]), str(made["key"])
    return RecordedCall(
        step,
        source,
        key,
        _map(made["call"]),
        landed,
        seconds,
        made.get("derived") is True,
    )


def _outcome(made: dict[str, Any], attempts: int) -> Reply | Failed | Skipped:
    if "skipped" in made:
        return Skipped(SkipReason(made["skipped"]))
    if "failed" in made:
        said = made["failed"]
        code, upstream = Code(said["code"]), said["upstream_code"]
        status, message = said["status"], str(said["message"])
        failure = Failure(code, message, attempts, status, upstream_code=upstream)
        return Failed(failure)
    said = made["reply"]
    headers = cast("dict[str, str]", _map(said["headers"]))
    partial = said.get("partial") is True
    return Reply(read(said["body"]), int(said["status"]), headers, 0, partial)
