"""Events as structured log lines. Decides what is worth a line; counts nothing."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict

import structlog

from gateway.errors import Problem, Severity
from gateway.telemetry.events import (
    Answered,
    AttemptFailed,
    BreakerClosed,
    BreakerOpened,
    CacheFound,
    CacheLost,
    Crashed,
    Event,
    GenerationChanged,
    IncidentOpened,
    IncidentResolved,
    IncidentUndelivered,
    Observer,
    PagesCut,
    PlanMade,
    ReloadRejected,
    StepSettled,
    StepWatched,
    WorkerDied,
    WorkerServes,
)

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
    "request.answered": "a request was answered (debug)",
    "worker.serves": "one of several processes answers",
    "worker.died": "one of several processes ended, and a new one is started",
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
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.DEBUG if debug else logging.INFO
        ),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
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

    def observe(event: Event) -> None:
        match event:
            case StepSettled():  # most of what happens
                _step(log, event)
            case GenerationChanged() | ReloadRejected():
                _change(log, event)
            case Crashed(request_id, where, error):
                log.error(
                    "gateway.crashed",
                    request_id=request_id,
                    where=where,
                    exc_info=error,
                )
            case Answered() | AttemptFailed() | PagesCut():
                _debug(log, event)
            case CacheLost() | CacheFound() | BreakerOpened() | BreakerClosed():
                _health(log, event)
            case IncidentOpened() | IncidentResolved() | IncidentUndelivered():
                _incident(log, event)
            case WorkerServes() | WorkerDied():
                _worker(log, event)
            case StepWatched() | PlanMade():
                pass

    return observe


def _debug(
    log: structlog.typing.FilteringBoundLogger,
    event: Answered | AttemptFailed | PagesCut,
) -> None:
    """What is worth a line only to whoever looks for something; rows that lack."""
    match event:
        case PagesCut():
            log.warning("pages.cut", **asdict(event))
        case Answered(request_id, operation, verdict, errors, seconds):
            log.debug(
                "request.answered",
                request_id=request_id,
                operation=operation,
                verdict=verdict,
                errors=errors,
                ms=round(seconds * 1000, 2),
            )
        case AttemptFailed():
            log.debug("attempt.failed", **asdict(event))


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
        ms=round(event.seconds * 1000, 2),
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


def _worker(
    log: structlog.typing.FilteringBoundLogger, event: WorkerServes | WorkerDied
) -> None:
    match event:
        case WorkerServes(worker, pid):
            log.info("worker.serves", worker=worker, pid=pid)
        case WorkerDied():
            log.error("worker.died", **asdict(event))


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
