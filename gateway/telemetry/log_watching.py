"""Events of requests at their end as log lines. Part of `log`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping
from typing import Any

from gateway.telemetry.lines import Log
from gateway.telemetry.log_releasing import marked
from gateway.telemetry.watching import RequestSlow, TracesUnsent
from gateway.values import TracedId

WATCHING_LOGGED = {
    "request.slow": "a request took longer than `telemetry.slow`",
    "traces.unsent": "spans could not be sent to their collector",
}


def _slow(log: Log, event: RequestSlow) -> None:
    log.warning(
        "request.slow",
        request_id=event.request_id,
        trace_id=event.trace,
        operation=event.operation,
        verdict=event.verdict,
        ms=round(event.seconds * 1000, 2),
        **marked(event.mark),
        plan=event.plan,
        profiles=list(event.profiles),
        steps=[dict(step) for step in event.steps],
    )


def _unsent(log: Log, event: TracesUnsent) -> None:
    log.warning("traces.unsent", reason=event.reason, number=event.number)


WATCHING: Mapping[type, Callable[[Any, Any], None]] = {
    RequestSlow: _slow,
    TracesUnsent: _unsent,
}
"""How each is written."""


def traced(
    _logger: object, _method: str, entry: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """A processor: lines of a request name the trace that it is part of.

    All lines of a request have its id, which knows the trace.
    """
    id_ = entry.get("request_id")
    if isinstance(id_, TracedId):
        entry["trace_id"] = id_.trace
    return entry
