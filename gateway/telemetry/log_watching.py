"""Events of requests at their end as log lines. Part of `log`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import structlog

from gateway.telemetry.log_releasing import marked
from gateway.telemetry.watching import RequestSlow

WATCHING_LOGGED = {
    "request.slow": "a request took longer than `telemetry.slow`",
}


def _slow(log: structlog.typing.FilteringBoundLogger, event: RequestSlow) -> None:
    log.warning(
        "request.slow",
        request_id=event.request_id,
        trace=event.trace,
        operation=event.operation,
        verdict=event.verdict,
        ms=round(event.seconds * 1000, 2),
        **marked(event.mark),
        plan=event.plan,
        profiles=list(event.profiles),
        steps=[dict(step) for step in event.steps],
    )


WATCHING: Mapping[type, Callable[[Any, Any], None]] = {RequestSlow: _slow}
"""How each is written."""
