"""Whether a failed call is made again, and when: decided without waiting.

Back-off is exponential with full jitter, as the Amazon Builders' Library advises:
callers that failed together do not come back together. Must never wait or call.
"""

from __future__ import annotations

from collections.abc import Mapping

from gateway.connectors.base import Reply
from gateway.errors import CODE_OF_CLASS, Code, ErrorClass, UpstreamError
from gateway.execution.reading import evaluated
from gateway.profile.model import Retry, Step
from gateway.record import Model


class Trouble(Model, frozen=True):
    """What was wrong with an attempt.

    ``wanted`` says that the step's ``retry.if`` was true of it. ``retry_after`` is in
    seconds, as the source asked.
    """

    kind: ErrorClass
    status: int | None = None
    retry_after: float | None = None
    wanted: bool = False

    @property
    def code(self) -> Code:
        return CODE_OF_CLASS[self.kind]

    @property
    def is_rejection(self) -> bool:
        """Whether the source worked, and only its answer was not the one wanted."""
        return self.kind is ErrorClass.REJECTED


def decide(
    retry: Retry | None, trouble: Trouble, made: int, *, left: float, jitter: float
) -> float | None:
    """Seconds until the next attempt; None where there is none.

    ``made`` are the attempts so far, ``left`` the seconds until the deadline,
    ``jitter`` a random number between 0 and 1. A pause that the deadline does not
    leave room for is no pause: the last failure is told at once.
    """
    if retry is None or made >= retry.attempts:
        return None
    if not (trouble.wanted or is_listed(retry, trouble)):
        return None
    pause = (trouble.retry_after or 0.0) + jitter * retry.longest_pause(made)
    return pause if pause < left else None


def is_listed(retry: Retry, trouble: Trouble) -> bool:
    """Whether the failure is of a class that the step names."""
    if trouble.kind is not ErrorClass.STATUS:
        return trouble.kind.value in retry.classes
    status = trouble.status or 0
    return not retry.classes.isdisjoint({str(status), f"{status // 100}xx"})


def trouble_with(
    step: Step, came: Reply | UpstreamError, scope: Mapping[str, object]
) -> Trouble | None:
    """What is wrong with an attempt; None where its reply stands.

    A reply is only looked at where the step says what to look for: a rejection is
    decided later for each of those who wait for the reply.
    """
    retry = step.retry
    if isinstance(came, UpstreamError):
        known = came.status is not None and retry is not None
        return Trouble(
            came.kind,
            came.status,
            came.retry_after,
            wanted=known and _wants(retry, _seen(came.status), scope),
        )
    if retry is None:
        return None
    response = _seen(came.status, came.headers, came.body)
    if _wants(retry, response, scope):
        return Trouble(ErrorClass.REJECTED, came.status, wanted=True)
    if step.success_if is None or came.status in step.on_status:
        return None
    truth = evaluated(step.success_if, {**scope, "response": response})
    return Trouble(ErrorClass.REJECTED, came.status) if truth is False else None


def _wants(
    retry: Retry | None, response: Mapping[str, object], scope: Mapping[str, object]
) -> bool:
    if retry is None or retry.condition is None:
        return False
    return evaluated(retry.condition, {**scope, "response": response}) is True


def _seen(
    status: int | None, headers: Mapping[str, str] | None = None, body: object = None
) -> Mapping[str, object]:
    return {"status": status, "headers": headers or {}, "body": body}
