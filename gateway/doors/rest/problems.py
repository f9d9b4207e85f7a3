"""What a REST client is told when it gets no value: ``application/problem+json``.

In charge of statuses by code, and of RFC 9457's members. Must never say more of a
failure than the GraphQL answer would: it is made of that answer's errors.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from gateway.errors import Code, RequestError
from gateway.record import Model, field
from gateway.response.model import Answer, FieldError, Verdict
from gateway.schema.saying import headers_of_answer
from gateway.values import JsonValue

TYPE = "urn:headwater:problem:"
MEDIA_TYPE = b"application/problem+json"
RETRY_AFTER = b"1"
"""Seconds: whoever is shed may ask again at once, and should not hurry."""
_BAD_GATEWAY = 502
_REPEATABLE = (429, 503)
STATUS_OF: Mapping[str, int] = {
    # what the caller wrote, or may not
    Code.BAD_USER_INPUT: 400,
    Code.UNAUTHENTICATED: 401,
    Code.FORBIDDEN: 403,
    Code.STEP_INPUT: 422,
    # what the gateway or its profiles do wrong
    Code.INTERNAL_SERVER_ERROR: 500,
    Code.EXPRESSION_ERROR: 500,
    # what is limited, or left alone for a moment
    Code.OVERLOADED: 503,
    Code.PROFILE_UNAVAILABLE: 503,
    Code.SHUTTING_DOWN: 503,
    Code.STEP_BUDGET: 503,
    Code.STEP_HELD: 503,
    Code.UPSTREAM_OVERLOADED: 503,
    Code.UPSTREAM_UNAVAILABLE: 503,
    # what came too late
    Code.UPSTREAM_TIMEOUT: 504,
    Code.DEADLINE_EXCEEDED: 504,
}
"""Of an operation that ran, by the kind of its failure; all others are a source's: 502.

A profile's own ``error.code`` is what the client reads, and decides no status.
"""


class RefusedError(RequestError):
    """A request that is not run. ``more`` are further members of its problem.

    ``headers`` go with the answer, such as ``allow``.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        code: Code = Code.BAD_USER_INPUT,
        more: Mapping[str, JsonValue] | None = None,
        headers: tuple[tuple[bytes, bytes], ...] = (),
    ) -> None:
        super().__init__(message, code=code, status=status)
        self.more = more or {}
        self.headers = headers


class Problem(Model, frozen=True):
    """One problem as it is sent. ``more`` are members besides RFC 9457's."""

    status: int
    code: str
    detail: str
    more: Mapping[str, JsonValue] = field(default_factory=dict)
    headers: tuple[tuple[bytes, bytes], ...] = ()

    def as_json(self, request_id: str) -> dict[str, JsonValue]:
        return {
            "type": f"{TYPE}{quote(self.code, safe='')}",
            "title": self.code.replace("_", " ").capitalize(),
            "status": self.status,
            "detail": self.detail,
            "instance": f"urn:headwater:request:{quote(request_id, safe='')}",
            "code": self.code,
            **self.more,
        }

    @property
    def sent_headers(self) -> tuple[tuple[bytes, bytes], ...]:
        """Those of the problem, and when to come again where that may help."""
        if self.status in _REPEATABLE and b"retry-after" not in dict(self.headers):
            return (*self.headers, (b"retry-after", RETRY_AFTER))
        return self.headers


def of_error(error: RequestError) -> Problem:
    """The problem that a refused request has."""
    if isinstance(error, RefusedError):
        return Problem(
            error.status, error.code, error.message, error.more, error.headers
        )
    return Problem(error.status, error.code, error.message, headers=error.headers)


def of_answer(answer: Answer) -> Problem:
    """The problem of an answer without a value: its errors, the first one in front."""
    errors = answer.errors
    first = _first(errors)
    if first is None:
        return Problem(404, "NOT_FOUND", "There is nothing of this kind.")
    status = STATUS_OF.get(first.kind, _BAD_GATEWAY)
    if answer.verdict is Verdict.REFUSED:
        status = max(answer.status, 400)
    messages = [_entry(one) for one in errors]
    more: Mapping[str, JsonValue] = {"errors": messages}
    headers = headers_of_answer(answer)
    return Problem(status, first.code, _plain(first.message), more, headers)


def _first(errors: tuple[FieldError, ...]) -> FieldError | None:
    """The error that says most: the cause before what only followed from it."""
    causes = (one for one in errors if one.kind != Code.DEPENDENCY_FAILED)
    return next(causes, errors[0] if errors else None)


def _entry(error: FieldError) -> JsonValue:
    """An error as GraphQL has it, without places in a document nobody wrote."""
    entry = error.as_json()
    entry.pop("locations", None)
    return {**entry, "message": _plain(error.message)}


def _plain(message: str) -> str:
    """In words of parameters: the document's variables are those of the request."""
    return message.replace("Variable '$", "Parameter '").replace("'$", "'")
