"""Events of the store of incidents as log lines. Part of `log`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from gateway.telemetry.alarming import IncidentsShared, IncidentsUnshared
from gateway.telemetry.lines import Log

ALARMING_LOGGED = {
    "incidents.unshared": "the store of incidents fails; each process tells its own",
    "incidents.shared": "an incident is told once for all processes again",
}


def _sharing(
    log: Log,
    event: IncidentsUnshared | IncidentsShared,
) -> None:
    if isinstance(event, IncidentsShared):
        log.info("incidents.shared", seconds=round(event.seconds, 1))
    else:
        log.warning("incidents.unshared", reason=event.reason)


ALARMING: Mapping[type, Callable[[Any, Any], None]] = {
    IncidentsUnshared: _sharing,
    IncidentsShared: _sharing,
}
"""How each is written."""
