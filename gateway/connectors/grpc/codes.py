"""The statuses of gRPC, and what each means for a step.

In charge of one table. The HTTP statuses are those that Google's API guide pairs with
them, so that `retry.errors` and breakers judge both kinds of source alike. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping

from gateway.errors import ErrorClass, UpstreamError

CODES: Mapping[str, int] = {
    "CANCELLED": 1,
    "UNKNOWN": 2,
    "INVALID_ARGUMENT": 3,
    "DEADLINE_EXCEEDED": 4,
    "NOT_FOUND": 5,
    "ALREADY_EXISTS": 6,
    "PERMISSION_DENIED": 7,
    "RESOURCE_EXHAUSTED": 8,
    "FAILED_PRECONDITION": 9,
    "ABORTED": 10,
    "OUT_OF_RANGE": 11,
    "UNIMPLEMENTED": 12,
    "INTERNAL": 13,
    "UNAVAILABLE": 14,
    "DATA_LOSS": 15,
    "UNAUTHENTICATED": 16,
}
"""Every status but OK, by name."""
NAMES: Mapping[int, str] = {number: name for name, number in CODES.items()}
HTTP: Mapping[str, int] = {
    "CANCELLED": 499,
    "UNKNOWN": 500,
    "INVALID_ARGUMENT": 400,
    "DEADLINE_EXCEEDED": 504,
    "NOT_FOUND": 404,
    "ALREADY_EXISTS": 409,
    "PERMISSION_DENIED": 403,
    "RESOURCE_EXHAUSTED": 429,
    "FAILED_PRECONDITION": 400,
    "ABORTED": 409,
    "OUT_OF_RANGE": 400,
    "UNIMPLEMENTED": 501,
    "INTERNAL": 500,
    "UNAVAILABLE": 503,
    "DATA_LOSS": 500,
    "UNAUTHENTICATED": 401,
}


def failure(name: str, said: str | None) -> UpstreamError:
    """A call that ended with this status; ``said`` is the server's own text."""
    if name == "DEADLINE_EXCEEDED":
        message = "The source did not answer in time."
        return UpstreamError(message, kind=ErrorClass.TIMEOUT, detail=said)
    return UpstreamError(
        f"The source answered with status {name}.",
        kind=ErrorClass.STATUS,
        status=HTTP.get(name, HTTP["UNKNOWN"]),
        detail=said,
    )


def named(http: int, among: frozenset[str] = frozenset()) -> str | None:
    """The gRPC status that an HTTP status stands for; one of `among` goes first.

    None for those of success.
    """
    pairs = [name for name, status in HTTP.items() if status == http]
    chosen = [name for name in pairs if name in among] or pairs
    if chosen:
        return chosen[0]
    return None if http < 400 else "UNKNOWN"  # noqa: PLR2004 - HTTP's failures
