"""What the end of an attempt says of its endpoint, and why one is not made.

Must never wait, and never know a step.
"""

from __future__ import annotations

from gateway.errors import Code, ErrorClass, UpstreamError
from gateway.execution.guards.breaker import Outcome
from gateway.execution.model import Failed, Failure, Skipped, SkipReason

_BUSY = (408, 429)
_SERVER_ERRORS = 500


def no_answer(seconds: float) -> UpstreamError:
    """Nothing came in the time of an attempt, waiting for a slot included."""
    message = f"No answer within {seconds * 1000:g} ms."
    return UpstreamError(message, kind=ErrorClass.TIMEOUT)


def verdict(error: UpstreamError) -> Outcome:
    """What a failure says about the endpoint: refusals are the caller's own doing."""
    if error.kind is ErrorClass.STATUS:
        busy = error.status in _BUSY or (error.status or 0) >= _SERVER_ERRORS
        return Outcome.FAILS if busy else Outcome.WORKS
    refused = error.kind in (ErrorClass.REJECTED, ErrorClass.QUERY)
    return Outcome.UNKNOWN if refused else Outcome.FAILS


UNAVAILABLE = Failed(
    Failure(
        Code.UPSTREAM_UNAVAILABLE,
        "The source is not asked at the moment: it kept failing.",
    )
)
OVERLOADED = Failed(
    Failure(Code.UPSTREAM_OVERLOADED, "Too many calls wait for the source already.")
)
LATE = Skipped(SkipReason.BUDGET)
"""It was not asked: it usually takes longer than is left."""
HELD = Skipped(SkipReason.HELD)
"""It was not asked: operators hold its step back."""
