"""An answer of the pipeline → the value that a REST client gets, or its problem.

In charge of what the body is: the operation's own value, and nothing around it. See
Note [one shape].
"""

from __future__ import annotations

from collections.abc import Mapping

import orjson

from gateway.doors.rest.negotiation import Form
from gateway.doors.rest.problems import Problem, of_answer
from gateway.doors.rest.rows import as_csv, as_lines
from gateway.record import Model
from gateway.request.model import OperationKind
from gateway.response.model import Answer, FieldError, Verdict
from gateway.response.written import Written
from gateway.schema.encoding import to_json
from gateway.schema.exchange import REPLAYED
from gateway.values import JsonValue

_MOST_TOLD = 20
_OF_NAME = 100
_CONTENT_TYPES = {
    form: form.value.encode()
    + (b"; charset=utf-8; header=present" if form is Form.CSV else b"")
    for form in Form
}
_HEADER_SAFE = frozenset(map(chr, range(0x20, 0x7F))) - {'"', "\\"}


class Asked(Model, frozen=True):
    """What of a request decides how its answer is said.

    ``root`` is the field whose value is the body; None where ``data`` is. ``strict``:
    a part of the answer will not do. ``columns`` are those of a table.
    """

    form: Form
    kind: OperationKind
    root: str | None
    strict: bool = False
    columns: tuple[tuple[str, ...], ...] = ()


class Value(Model, frozen=True):
    """The representation that is sent: its bytes, and the headers that tell of it."""

    body: bytes
    headers: tuple[tuple[bytes, bytes], ...]


def value_of(answer: Answer, asked: Asked) -> Value | Problem:
    """What the client gets of an answer."""
    dry = answer.data is None and not answer.errors and bool(answer.extensions)
    if dry:
        kind = (b"content-type", _CONTENT_TYPES[Form.GRAPHQL])
        return Value(to_json(answer.as_sent()), (kind,))
    if answer.verdict is Verdict.REFUSED or answer.data is None:
        return of_answer(answer)
    data = answer.data.shown if isinstance(answer.data, Written) else answer.data
    nothing = all(value is None for value in data.values())
    if nothing and (answer.errors or asked.kind is OperationKind.QUERY):
        return of_answer(answer)
    whole = answer.verdict is Verdict.WHOLE and not answer.errors
    if asked.strict and not whole:
        return of_answer(answer)
    body = _body(answer, data, asked)
    headers = [
        (b"content-type", _CONTENT_TYPES[asked.form]),
        (b"headwater-completeness", b"whole" if whole else b"partial"),
    ]
    if answer.replayed:
        headers.append(REPLAYED)
    if answer.errors:
        headers.append((b"headwater-errors", _errors(answer.errors)))
    return Value(body, tuple(headers))


def _body(answer: Answer, data: Mapping[str, object], asked: Asked) -> bytes:
    if asked.form is Form.GRAPHQL:
        return to_json(answer.as_sent())
    value = data if asked.root is None else data[asked.root]
    if asked.form is Form.JSON:
        return to_json(value)
    rows: JsonValue = orjson.loads(to_json(value))
    listed = rows if isinstance(rows, list) else [rows]
    if asked.form is Form.LINES:
        return as_lines(listed)
    return as_csv(listed, asked.columns)


def _errors(errors: tuple[FieldError, ...]) -> bytes:
    """What is missing and why, as a list of RFC 9651: ``"risk";code="TIMEOUT"``."""
    told = [
        f'"{_safe(".".join(map(str, one.path or ())))}";code="{_safe(one.code)}"'
        for one in errors[:_MOST_TOLD]
    ]
    return ", ".join(told).encode("ascii")


def _safe(text: str) -> str:
    return "".join(c if c in _HEADER_SAFE else "?" for c in text[:_OF_NAME])


# Note [one shape]
# A resource is its value: `curl .../customer360?customer_id=42 | jq .account.name` is
# what people of REST expect, and an envelope that is there only where something is
# missing would be two shapes for one thing. So `application/json` is the value.
# What is missing of a partial answer is told in headers, and in full by the media type
# that GraphQL has for it, `application/graphql-response+json`.
# Who must not go on with a part says `prefer: handling=strict`, and gets a problem.
