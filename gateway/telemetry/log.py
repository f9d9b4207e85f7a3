"""Events as structured log lines. Decides what is worth a line; counts nothing."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import structlog

from gateway.errors import Problem, Severity
from gateway.telemetry.events import (
    Answered,
    AnswerForgotten,
    AttemptFailed,
    BreakerClosed,
    BreakerOpened,
    CacheFound,
    CacheLost,
    Crashed,
    Event,
    FlagDefaulted,
    GenerationChanged,
    IncidentOpened,
    IncidentResolved,
    IncidentUndelivered,
    InvalidationFailed,
    Observer,
    PagesCut,
    PlanMade,
    ReloadRejected,
    StepSettled,
    StepWatched,
)
from gateway.telemetry.log_parts import PARTS, PARTS_LOGGED
from gateway.telemetry.log_releasing import marked
from gateway.telemetry.scrubbing import scrubbed

LOGGED = {
    "generation.serves": "a generation became current",
    "generation.problem": "something in a configuration file is wrong",
    "reload.rejected": "a change could not become a generation; the old one serves",
    "step.failed": "a step of a request failed",
    "pages.cut": "a list has more pages than its step may ask for",
    "attempt.failed": "one attempt at a step's call failed (debug)",
    "breaker.opened": "an endpoint kept failing and is left alone for a while",
    "breaker.closed": "an endpoint that was left alone works again",
    "incident.opened": "a step kept failing, and the source that it names is told",
    "incident.resolved": "an incident is over, and the source is told",
    "incident.undelivered": "the source could not be told of an incident",
    "cache.unavailable": "the shared cache fails; calls are made without it",
    "cache.available": "the shared cache serves again",
    "cache.not_invalidated": "the cache may still give what a mutation changed",
    "idempotency.not_remembered": "a mutation's answer could not be remembered",
    "flag.defaulted": "the provider of flags said nothing of one: its default holds",
    "request.answered": "a request was answered (debug)",
    **PARTS_LOGGED,
    "gateway.crashed": "our own code failed; a bug",
}
"""Every log event by name. The operations guide lists the same."""


def configure(*, json: bool, debug: bool, worker: int | None = None) -> None:
    """Log to stderr: JSON lines for machines, colours for a terminal.

    Every line of one of several processes carries its number, ``worker``.
    """
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if json
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[
            *_numbered(worker),
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            scrubbed,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.DEBUG if debug else logging.INFO
        ),
        # One write a line: lines of several processes never run into each other.
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
    )


def _numbered(worker: int | None) -> Iterator[structlog.typing.Processor]:
    def add(
        _logger: object, _method: str, entry: structlog.typing.EventDict
    ) -> structlog.typing.EventDict:
        entry["worker"] = worker
        return entry

    if worker is not None:
        yield add


def log_observer() -> Observer:
    """An observer that writes what people who get paged want to read."""
    log = structlog.get_logger().bind()  # once, not for every line
    debugs = log.is_enabled_for(logging.DEBUG)

    def observe(event: Event) -> None:
        kind = event.__class__
        if kind is StepSettled and event.code is None:  # type: ignore[union-attr]
            return  # nobody reads of what is as usual, and it is most of all that is
        if kind is Answered and not debugs:
            return
        if (said := _SAID.get(kind)) is not None:
            said(log, event)

    return observe


def _crashed(log: structlog.typing.FilteringBoundLogger, event: Crashed) -> None:
    log.error(
        "gateway.crashed",
        request_id=event.request_id,
        where=event.where,
        **(marked(event.mark) if event.mark else {}),
        exc_info=event.error,
    )


def _cut(log: structlog.typing.FilteringBoundLogger, event: PagesCut) -> None:
    log.warning("pages.cut", **asdict(event))


def _attempt(log: structlog.typing.FilteringBoundLogger, event: AttemptFailed) -> None:
    log.debug("attempt.failed", **asdict(event))


def _answered(log: structlog.typing.FilteringBoundLogger, event: Answered) -> None:
    if log.is_enabled_for(logging.DEBUG):  # what it says is worth nothing else
        log.debug(
            "request.answered",
            request_id=event.request_id,
            operation=event.operation,
            verdict=event.verdict,
            errors=event.errors,
            ms=round(event.seconds * 1000, 2),
            **(marked(event.mark) if event.mark else {}),
            profiles=list(event.profiles),
        )


def _step(log: structlog.typing.FilteringBoundLogger, event: StepSettled) -> None:
    if event.code is None:
        return
    log.warning(
        "step.failed",
        request_id=event.request_id,
        step=str(event.step),
        source=event.source,
        code=event.code,
        detail=event.detail,
        owner=event.owner,
        ms=round(event.seconds * 1000, 2),
        **(marked(event.mark) if event.mark else {}),
    )


def _incident(
    log: structlog.typing.FilteringBoundLogger,
    event: IncidentOpened | IncidentResolved | IncidentUndelivered,
) -> None:
    said = asdict(event)
    match event:
        case IncidentOpened():
            log.error("incident.opened", **said)
        case IncidentResolved():
            log.info("incident.resolved", **said)
        case IncidentUndelivered():
            log.error("incident.undelivered", **said)


def _change(
    log: structlog.typing.FilteringBoundLogger,
    event: GenerationChanged | ReloadRejected,
) -> None:
    match event:
        case GenerationChanged():
            _generation(log, event)
        case ReloadRejected(problems):
            _rejected(log, problems)


def _rejected(
    log: structlog.typing.FilteringBoundLogger, problems: Sequence[Problem]
) -> None:
    for problem in problems:
        log.error("generation.problem", problem=str(problem))
    log.error("reload.rejected", problems=len(problems))


def _health(
    log: structlog.typing.FilteringBoundLogger,
    event: CacheLost | CacheFound | BreakerOpened | BreakerClosed,
) -> None:
    match event:
        case BreakerOpened(source, endpoint):
            log.warning("breaker.opened", source=source, endpoint=endpoint)
        case BreakerClosed(source, endpoint, seconds):
            open_s = round(seconds, 1)
            log.info("breaker.closed", source=source, endpoint=endpoint, open_s=open_s)
        case CacheLost(part, reason):
            log.warning("cache.unavailable", part=part, reason=reason)
        case CacheFound(part, seconds):
            log.info("cache.available", part=part, lost_s=round(seconds, 1))


def _mutation(
    log: structlog.typing.FilteringBoundLogger,
    event: InvalidationFailed | AnswerForgotten,
) -> None:
    match event:
        case InvalidationFailed(request, step, why):
            log.warning("cache.not_invalidated", request=request, step=step, reason=why)
        case AnswerForgotten(request, why):
            log.warning("idempotency.not_remembered", request=request, reason=why)


def _flag(log: structlog.typing.FilteringBoundLogger, event: FlagDefaulted) -> None:
    log.warning(
        "flag.defaulted",
        request=event.request_id,
        flag=event.flag,
        reason=event.reason,
    )


def _generation(
    log: structlog.typing.FilteringBoundLogger, event: GenerationChanged
) -> None:
    for problem in event.problems:
        write: Callable[..., object] = (
            log.error if problem.severity is Severity.ERROR else log.warning
        )
        write("generation.problem", problem=str(problem))
    log.info(
        "generation.serves",
        number=event.number,
        digest=event.digest[:12],
        operations=event.operations,
        stale=list(event.stale),
        unavailable=list(event.unavailable),
        ms=round(event.seconds * 1000, 1),
    )


_SAID: Mapping[type, Callable[[Any, Any], None]] = {
    StepSettled: _step,
    Answered: _answered,
    GenerationChanged: _change,
    ReloadRejected: _change,
    Crashed: _crashed,
    AttemptFailed: _attempt,
    PagesCut: _cut,
    InvalidationFailed: _mutation,
    AnswerForgotten: _mutation,
    FlagDefaulted: _flag,
    CacheLost: _health,
    CacheFound: _health,
    BreakerOpened: _health,
    BreakerClosed: _health,
    IncidentOpened: _incident,
    IncidentResolved: _incident,
    IncidentUndelivered: _incident,
    **PARTS,
}
"""How each event is written."""
UNSAID = (PlanMade, StepWatched)
"""Those that are not worth a line."""
