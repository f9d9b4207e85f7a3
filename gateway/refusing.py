"""Requests that are not answered with data: refused ones, and bugs of ours.

In charge of what a client is told of them. Must never show what a bug said, but in
development.
"""

from __future__ import annotations

from collections.abc import Mapping

from graphql import GraphQLError, OperationType

from gateway.errors import Code, RequestError
from gateway.generation import Generation
from gateway.policy.limits import LimitError
from gateway.request.document import InvalidDocumentError, mentions
from gateway.request.model import Asking, RequestContext
from gateway.response.model import RETRY_AFTER, Answer, FieldError, Verdict, refusal
from gateway.telemetry.events import Crashed, Observer
from gateway.telemetry.scrubbing import without_credentials
from gateway.values import JsonValue

_INTERNAL = 500
_METHOD_NOT_ALLOWED = 405
_LONGEST = 500
"""Characters of what a bug says."""


def crashed(
    error: Exception,
    request: RequestContext,
    observe: Observer,
    generation: Generation,
) -> Answer:
    """What becomes of a bug of ours: an event for operators, a code for the client."""
    if isinstance(error, RecursionError):
        message = "The request is nested too deeply."
        return refusal(FieldError(message, Code.BAD_REQUEST))
    observe(Crashed(request.request_id, "pipeline", error, generation.mark))
    if not generation.admission.development:
        return internal_error()
    said = without_credentials(f"{type(error).__name__}: {error}"[: 4 * _LONGEST])
    return internal_error({"detail": said[:_LONGEST]})


def internal_error(more: Mapping[str, JsonValue] | None = None) -> Answer:
    """What a client learns of a bug of ours; ``more`` are extensions of the error."""
    code = Code.INTERNAL_SERVER_ERROR
    error = FieldError("Internal error.", code, extensions=more or {})
    return refusal(error, status=_INTERNAL)


def refused(error: RequestError, asking: Asking, generation: Generation) -> Answer:
    """What a client is told of a request that cannot run."""
    unavailable = _unavailable(error, asking, generation)
    if unavailable:
        return Answer(data=None, errors=unavailable, verdict=Verdict.FAILED)
    if isinstance(error, InvalidDocumentError):
        errors = [_graphql_error(one, error.code) for one in error.errors]
        return refusal(*errors, status=error.status)
    if isinstance(error, LimitError):
        return refusal(_beyond(error), status=error.status)
    return refusal(FieldError(error.message, error.code), status=error.status)


def _beyond(error: LimitError) -> FieldError:
    """A limit, as programs read it too: which one, what was found, what it allows."""
    excess = error.excess
    told: dict[str, JsonValue] = {"limit": f"limits.{excess.limit}"}
    if excess.found is not None:
        told["found"] = excess.found
    told["allowed"] = excess.allowed or excess.most
    if excess.later is not None:
        told[RETRY_AFTER] = excess.later
    return FieldError(error.message, error.code, None, error.where, told)


def _unavailable(
    error: RequestError, asking: Asking, generation: Generation
) -> tuple[FieldError, ...]:
    """An operation that has no good version is not an unknown field."""
    missing = generation.audience.unavailable
    if not missing or error.code is not Code.GRAPHQL_VALIDATION_FAILED:
        return ()
    return tuple(
        FieldError(
            f"Operation '{name}' has no valid profile at the moment.",
            Code.PROFILE_UNAVAILABLE,
            (name,),
        )
        for name in mentions(asking.document)
        if name in missing
    )


def _graphql_error(error: GraphQLError, code: Code) -> FieldError:
    where = tuple((one.line, one.column) for one in error.locations or ())
    return FieldError(error.message, code, None, where)


def check_way(kind: OperationType, asking: Asking) -> None:
    """What does more than read, or is answered more than once, goes its own way.

    Raises:
        RequestError: it came another way.
    """
    if kind is OperationType.MUTATION and asking.read_only:
        raise RequestError("A mutation is sent by POST.", status=_METHOD_NOT_ALLOWED)
    if kind is OperationType.SUBSCRIPTION and not asking.live:
        raise RequestError(
            "A subscription is asked for over a WebSocket, or with the header 'accept' "
            "as text/event-stream or multipart/mixed;subscriptionSpec=1.0."
        )
