"""Everything that can happen, as one union, and the one observer that hears it.

The core calls an `Observer` and nothing else to be seen; sinks decide what to show
(PostgREST's Observation). Must never format, count or write anything.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from gateway.errors import Problem
from gateway.record import Model, Record
from gateway.telemetry.alarming import Alarming
from gateway.telemetry.auditing import Auditing
from gateway.telemetry.identifying import Identifying
from gateway.telemetry.limiting import Limiting
from gateway.telemetry.listening import Listening
from gateway.telemetry.processes import Processes
from gateway.telemetry.recordings import Recordings
from gateway.telemetry.releasing import Mark, Releasing
from gateway.telemetry.watching import Watching
from gateway.values import StepId


class PlanMade(Model, frozen=True):
    """A plan was not in the cache and was made. ``seconds`` is what it took."""

    request_id: str
    digest: str
    steps: int
    seconds: float


class StepSettled(Record, frozen=True):
    """A step of a request came to its result. ``status`` is ok, failed or skipped.

    ``owner`` is the team that is asked about one that failed, ``mark`` by which
    configuration it ran.
    """

    request_id: str
    step: StepId
    source: str | None
    status: str
    seconds: float
    code: str | None = None
    detail: str | None = None
    owner: str | None = None
    mark: Mark | None = None


class AttemptFailed(Model, frozen=True):
    """One attempt at a step's call came to nothing, or to no success.

    ``attempt`` counts the calls that were sent, ``kind`` is a class of `retry.errors`.
    ``next_in`` is how many seconds later the next one follows; None where none does,
    or another runs still. ``hedged``: it was the second one beside a slow one.
    """

    request_id: str
    step: str
    source: str
    attempt: int
    code: str
    kind: str
    status: int | None = None
    next_in: float | None = None
    hedged: bool = False


class StepWatched(Model, frozen=True):
    """A request is done with a step of whose failures somebody wants to be told.

    ``step`` is its alarm's key. ``code`` is None where the step answered; else it is
    the last failure's, with its ``message`` and the source's ``status``.
    """

    request_id: str
    step: str
    code: str | None = None
    message: str | None = None
    status: int | None = None


class IncidentOpened(Model, frozen=True):
    """A step failed so often that ``source`` is told. ``hurt`` counts requests."""

    incident: str
    step: str
    source: str
    hurt: int


class IncidentResolved(Model, frozen=True):
    """An incident is over, by ``reason``: answered, removed, held or stopped."""

    incident: str
    step: str
    source: str
    hurt: int
    reason: str


class IncidentUndelivered(Model, frozen=True):
    """A ``state`` of an incident (open, resolved) never reached ``source``."""

    incident: str
    step: str
    source: str
    state: str
    detail: str


class PagesCut(Model, frozen=True):
    """A list goes on, and its step may not ask for more than so many ``pages``.

    ``step`` is the operation or entity type and the step, ``rows`` what was given.
    """

    request_id: str
    step: str
    source: str | None
    pages: int
    rows: int


class BreakerOpened(Model, frozen=True):
    """An endpoint kept failing and is left alone for a while."""

    source: str
    endpoint: str


class BreakerClosed(Model, frozen=True):
    """An endpoint works again, ``seconds`` after its breaker opened."""

    source: str
    endpoint: str
    seconds: float


class Answered(Record, frozen=True):
    """A GraphQL request was answered. ``verdict`` is whole, partial or failed.

    ``profiles`` are those of its root fields, by name and digest.
    """

    request_id: str
    operation: str | None
    verdict: str
    errors: int
    seconds: float
    mark: Mark | None = None
    profiles: tuple[str, ...] = ()


class Crashed(Model, frozen=True):
    """Our own code raised where it must not. The client saw only a code."""

    request_id: str
    where: str
    error: BaseException
    mark: Mark | None = None


class GenerationChanged(Model, frozen=True):
    """A new generation serves. ``unavailable`` operations have no good version."""

    number: int
    digest: str
    operations: int
    stale: tuple[str, ...]
    unavailable: tuple[str, ...]
    problems: tuple[Problem, ...]
    seconds: float


class ReloadRejected(Model, frozen=True):
    """A change could not become a generation; the running one goes on serving."""

    problems: tuple[Problem, ...]


class InvalidationFailed(Model, frozen=True):
    """A mutation changed something, and the cache may still give what was before.

    ``step`` is the operation's and the step's name.
    """

    request_id: str
    step: str
    reason: str


class AnswerForgotten(Model, frozen=True):
    """A mutation's answer is not remembered: asked again, it would be done again."""

    request_id: str
    reason: str


class CacheLost(Model, frozen=True):
    """The shared store of replies fails; calls are made without it until it is back.

    ``part`` is all, or writing, where it can be read but takes nothing new.
    """

    part: str
    reason: str


class CacheFound(Model, frozen=True):
    """The shared store of replies serves again, after so many seconds."""

    part: str
    seconds: float


class FlagDefaulted(Model, frozen=True):
    """The provider said nothing of a flag, whose default holds; told once a minute."""

    request_id: str
    flag: str
    reason: str


Event: TypeAlias = (
    PlanMade
    | StepSettled
    | AttemptFailed
    | StepWatched
    | IncidentOpened
    | IncidentResolved
    | IncidentUndelivered
    | PagesCut
    | BreakerOpened
    | BreakerClosed
    | Answered
    | Crashed
    | GenerationChanged
    | ReloadRejected
    | InvalidationFailed
    | AnswerForgotten
    | CacheLost
    | Auditing
    | Alarming
    | FlagDefaulted
    | CacheFound
    | Processes
    | Listening
    | Releasing
    | Recordings
    | Identifying
    | Limiting
    | Watching
)
Observer: TypeAlias = Callable[[Event], None]


def unobserved(_event: Event) -> None:
    """The observer of those who do not want to know."""
