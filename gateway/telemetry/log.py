"""Events as structured log lines. Decides what is worth a line; counts nothing."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from gateway.errors import Problem, Severity
from gateway.record import Struct, asdict
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
from gateway.telemetry.lines import (
    Entry,
    JsonLog,
    Log,
    explained,
    leveled,
    stamped,
)
from gateway.telemetry.log_parts import PARTS, PARTS_LOGGED
from gateway.telemetry.log_releasing import marked
from gateway.telemetry.log_watching import traced
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


class _Chosen(Struct):
    """Where this process logs to; None where nobody said."""

    log: Log | None = None


_CHOSEN = _Chosen()


def configure(*, json: bool, debug: bool, worker: int | None = None) -> None:
    """Log to stderr: JSON lines for machines, colours for a terminal.

    Every line of one of several processes carries its number, ``worker``.
    """
    least = logging.DEBUG if debug else logging.INFO
    usual = (leveled, stamped, explained, traced, scrubbed)
    processors = usual if worker is None else (partial(_numbered, worker), *usual)
    if json:
        _CHOSEN.log = JsonLog(sys.stderr, processors, least=least)
        return
    from gateway.telemetry.terminal import colourful

    _CHOSEN.log = colourful(sys.stderr, processors, least=least)


def unconfigure() -> None:
    """As it was before: to structlog, as that is set up."""
    _CHOSEN.log = None


def _numbered(worker: int, _log: object, _level: str, entry: Entry) -> Entry:
    entry["worker"] = worker
    return entry


def _log() -> Log:
    if _CHOSEN.log is not None:
        return _CHOSEN.log
    from gateway.telemetry.terminal import as_set_up

    return as_set_up()


def debugs() -> bool:
    """Whether even the usual is written: that a request was answered."""
    return _log().is_enabled_for(logging.DEBUG)


def log_observer() -> Observer:
    """An observer that writes what people who get paged want to read."""
    log = _log()
    all_of_it = debugs()

    def observe(event: Event) -> None:
        kind = event.__class__
        if kind is StepSettled and event.code is None:  # type: ignore[union-attr]
            return  # nobody reads of what is as usual, and it is most of all that is
        if kind is Answered and not all_of_it:
            return
        if (said := _SAID.get(kind)) is not None:
            said(log, event)

    return observe


def _crashed(log: Log, event: Crashed) -> None:
    log.error(
        "gateway.crashed",
        request_id=event.request_id,
        where=event.where,
        **(marked(event.mark) if event.mark else {}),
        exc_info=event.error,
    )


def _cut(log: Log, event: PagesCut) -> None:
    log.warning("pages.cut", **asdict(event))


def _attempt(log: Log, event: AttemptFailed) -> None:
    log.debug("attempt.failed", **asdict(event))


def _answered(log: Log, event: Answered) -> None:
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


def _step(log: Log, event: StepSettled) -> None:
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
    log: Log,
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
    log: Log,
    event: GenerationChanged | ReloadRejected,
) -> None:
    match event:
        case GenerationChanged():
            _generation(log, event)
        case ReloadRejected(problems):
            _rejected(log, problems)


def _rejected(log: Log, problems: Sequence[Problem]) -> None:
    for problem in problems:
        log.error("generation.problem", problem=str(problem))
    log.error("reload.rejected", problems=len(problems))


def _health(
    log: Log,
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
    log: Log,
    event: InvalidationFailed | AnswerForgotten,
) -> None:
    match event:
        case InvalidationFailed(request, step, why):
            log.warning(
                "cache.not_invalidated", request_id=request, step=step, reason=why
            )
        case AnswerForgotten(request, why):
            log.warning("idempotency.not_remembered", request_id=request, reason=why)


def _flag(log: Log, event: FlagDefaulted) -> None:
    log.warning(
        "flag.defaulted",
        request_id=event.request_id,
        flag=event.flag,
        reason=event.reason,
    )


def _generation(log: Log, event: GenerationChanged) -> None:
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
