"""Every failure by whose fault it is; each with a stable code and a hint.

The four kinds follow Haxl's split (author, caller, source, us): policy keys on the
class and the code, never on the text. `Problem` is what is wrong in a file; a
`ProfileError` carries all of them at once.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from gateway.confided import CONFIDED

if TYPE_CHECKING:
    from gateway.values import JsonValue, SourceSpan


class Code(StrEnum):
    """Every code a client can meet in ``extensions.code``."""

    GRAPHQL_PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
    GRAPHQL_VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"
    BAD_USER_INPUT = "BAD_USER_INPUT"
    BAD_REQUEST = "BAD_REQUEST"
    BODY_TOO_LARGE = "BODY_TOO_LARGE"
    REQUEST_TIMEOUT = "REQUEST_TIMEOUT"
    HEAD_TOO_LARGE = "HEAD_TOO_LARGE"
    MAX_TOKENS_LIMIT = "MAX_TOKENS_LIMIT"
    MAX_DEPTH_LIMIT = "MAX_DEPTH_LIMIT"
    MAX_FIELDS_LIMIT = "MAX_FIELDS_LIMIT"
    MAX_ROOT_FIELDS_LIMIT = "MAX_ROOT_FIELDS_LIMIT"
    MAX_ALIASES_LIMIT = "MAX_ALIASES_LIMIT"
    MAX_DIRECTIVES_LIMIT = "MAX_DIRECTIVES_LIMIT"
    MAX_LIST_LIMIT = "MAX_LIST_LIMIT"
    MAX_NESTING_LIMIT = "MAX_NESTING_LIMIT"
    MAX_VARIABLES_LIMIT = "MAX_VARIABLES_LIMIT"
    MAX_CALLS_LIMIT = "MAX_CALLS_LIMIT"
    MAX_COST_LIMIT = "MAX_COST_LIMIT"
    PLANNING_TIME_LIMIT = "PLANNING_TIME_LIMIT"
    CLIENT_RATE_LIMITED = "CLIENT_RATE_LIMITED"
    TENANT_RATE_LIMITED = "TENANT_RATE_LIMITED"
    OPERATION_RATE_LIMITED = "OPERATION_RATE_LIMITED"
    CONCURRENCY_LIMITED = "CONCURRENCY_LIMITED"
    RESULT_TOO_LARGE = "RESULT_TOO_LARGE"
    FORBIDDEN = "FORBIDDEN"
    OVERLOADED = "OVERLOADED"
    UNAUTHENTICATED = "UNAUTHENTICATED"
    OPERATION_NOT_LISTED = "OPERATION_NOT_LISTED"
    INTROSPECTION_DISABLED = "INTROSPECTION_DISABLED"
    PERSISTED_QUERY_HASH_MISMATCH = "PERSISTED_QUERY_HASH_MISMATCH"
    PERSISTED_QUERY_ID_REQUIRED = "PERSISTED_QUERY_ID_REQUIRED"
    PERSISTED_QUERY_NOT_FOUND = "PERSISTED_QUERY_NOT_FOUND"
    PERSISTED_QUERY_NOT_SUPPORTED = "PERSISTED_QUERY_NOT_SUPPORTED"
    SUBSCRIPTION_LIMIT = "SUBSCRIPTION_LIMIT"
    SLOW_CONSUMER = "SLOW_CONSUMER"
    SCHEMA_CHANGED = "SCHEMA_CHANGED"
    SHUTTING_DOWN = "SHUTTING_DOWN"
    OPERATION_RESOLUTION_FAILURE = "OPERATION_RESOLUTION_FAILURE"
    UPSTREAM_STATUS = "UPSTREAM_STATUS"
    UPSTREAM_TIMEOUT = "UPSTREAM_TIMEOUT"
    UPSTREAM_UNREACHABLE = "UPSTREAM_UNREACHABLE"
    UPSTREAM_INVALID = "UPSTREAM_INVALID"
    UPSTREAM_MISSING = "UPSTREAM_MISSING"
    UPSTREAM_REJECTED = "UPSTREAM_REJECTED"
    UPSTREAM_UNAVAILABLE = "UPSTREAM_UNAVAILABLE"
    UPSTREAM_OVERLOADED = "UPSTREAM_OVERLOADED"
    DEADLINE_EXCEEDED = "DEADLINE_EXCEEDED"
    STEP_INPUT = "STEP_INPUT"
    STEP_BUDGET = "STEP_BUDGET"
    STEP_HELD = "STEP_HELD"
    DEPENDENCY_FAILED = "DEPENDENCY_FAILED"
    EXPRESSION_ERROR = "EXPRESSION_ERROR"
    INVALID_VALUE = "INVALID_VALUE"
    IDEMPOTENCY_KEY_MISSING = "IDEMPOTENCY_KEY_MISSING"
    IDEMPOTENCY_KEY_REUSED = "IDEMPOTENCY_KEY_REUSED"
    IDEMPOTENCY_IN_PROGRESS = "IDEMPOTENCY_IN_PROGRESS"
    IDEMPOTENCY_UNAVAILABLE = "IDEMPOTENCY_UNAVAILABLE"
    AUDIT_UNAVAILABLE = "AUDIT_UNAVAILABLE"
    PROFILE_UNAVAILABLE = "PROFILE_UNAVAILABLE"
    INTERNAL_SERVER_ERROR = "INTERNAL_SERVER_ERROR"


class GatewayError(Exception):
    """The base of everything this package raises on purpose."""

    code: Code = Code.INTERNAL_SERVER_ERROR

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class RequestError(GatewayError):
    """The caller's request cannot be answered as it stands."""

    def __init__(
        self,
        message: str,
        *,
        code: Code = Code.BAD_REQUEST,
        status: int = 400,
        hint: str | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.code = code
        self.status = status
        self.headers: tuple[tuple[bytes, bytes], ...] = ()
        """What goes with the answer, such as ``www-authenticate``."""


class ErrorClass(StrEnum):
    """What kind of trouble a source gave; `retry.errors` names these."""

    TIMEOUT = "timeout"
    CONNECT = "connect"
    RESET = "reset"
    STATUS = "status"
    INVALID = "invalid"
    REJECTED = "rejected"
    QUERY = "query"


CODE_OF_CLASS = {
    ErrorClass.TIMEOUT: Code.UPSTREAM_TIMEOUT,
    ErrorClass.CONNECT: Code.UPSTREAM_UNREACHABLE,
    ErrorClass.RESET: Code.UPSTREAM_UNREACHABLE,
    ErrorClass.STATUS: Code.UPSTREAM_STATUS,
    ErrorClass.INVALID: Code.UPSTREAM_INVALID,
    ErrorClass.REJECTED: Code.UPSTREAM_REJECTED,
    ErrorClass.QUERY: Code.UPSTREAM_INVALID,
}


class UpstreamError(GatewayError):
    """A source failed. Connectors raise nothing else.

    ``message`` is shown to clients: it names no host, body or secret. ``detail`` is
    for the log and for those who may see plans. ``status`` is the HTTP status, where
    there was one. ``retry_after`` is in seconds, where the source named a time.
    ``content`` and ``headers`` are the failed reply's: nobody is shown them.
    """

    def __init__(
        self,
        message: str,
        *,
        kind: ErrorClass,
        status: int | None = None,
        detail: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.content = b""
        self.headers: Mapping[str, str] = {}
        self.kind = kind
        self.status = status
        self.detail = detail
        self.retry_after = retry_after
        self.code = CODE_OF_CLASS[kind]

    @property
    def detail(self) -> str | None:
        """What is known besides, without the secrets that the process was given."""
        return self._detail

    @detail.setter
    def detail(self, said: str | None) -> None:
        self._detail = None if said is None else CONFIDED.without(said)

    def with_reply(self, content: bytes, headers: Mapping[str, str]) -> UpstreamError:
        """The same error, knowing the reply that it was."""
        self.content, self.headers = content, headers
        return self


class PartError(UpstreamError):
    """A part of an answer that its source could not give: it stands in its place.

    ``step`` is the name of the step whose answer it is.
    """

    def __init__(self, message: str, step: str, detail: str | None = None) -> None:
        super().__init__(message, kind=ErrorClass.REJECTED, detail=detail)
        self.step = step


class InternalError(GatewayError):
    """Our own bug. The client learns a code, the log learns the rest."""


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing wrong in a file: where, what, and the fix."""

    span: SourceSpan
    message: str
    hint: str | None = field(default=None, compare=False)
    severity: Severity = field(default=Severity.ERROR, compare=False)

    def __str__(self) -> str:
        tail = f" — {self.hint}" if self.hint else ""
        return f"{self.span}: {self.message}{tail}"

    def as_json(self) -> Mapping[str, JsonValue]:
        """The problem for tools: file, line, column, severity, message, hint."""
        return {
            "file": self.span.file,
            "line": self.span.line,
            "column": self.span.column,
            "severity": str(self.severity),
            "message": self.message,
            "hint": self.hint,
        }


@dataclass(slots=True)
class Problems:
    """Collects everything wrong, so that an author sees it all at once.

    The idea is tailcall's ``Valid``: validation goes on after the first problem.
    """

    found: list[Problem] = field(default_factory=list)

    def add(self, span: SourceSpan, message: str, *, hint: str | None = None) -> None:
        self.found.append(Problem(span, message, hint))

    def warn(self, span: SourceSpan, message: str, *, hint: str | None = None) -> None:
        self.found.append(Problem(span, message, hint, Severity.WARNING))

    def extend(self, others: Iterable[Problem]) -> None:
        self.found.extend(others)

    @property
    def errors(self) -> tuple[Problem, ...]:
        return tuple(p for p in self.found if p.severity is Severity.ERROR)

    def raise_if_any(self) -> None:
        """Raise a `ProfileError` with all problems where one of them is an error."""
        if self.errors:
            raise ProfileError(tuple(sorted(set(self.found))))


class ProfileError(GatewayError):
    """The configuration's author has to change something: all of it, at once."""

    code = Code.PROFILE_UNAVAILABLE

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """A hint that names the nearest known word, or None where nothing is near."""
    names = sorted(known)
    folded = {name.casefold(): name for name in names}
    near = difflib.get_close_matches(word.casefold(), folded, n=1, cutoff=0.6)
    return f"did you mean {folded[near[0]]!r}?" if near else None
