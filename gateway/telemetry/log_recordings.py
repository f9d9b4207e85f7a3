"""Events of recordings as log lines. Part of `log`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from gateway.record import asdict
from gateway.telemetry.lines import Log
from gateway.telemetry.recordings import (
    Recordings,
    RecordingsDropped,
    RecordingsKept,
    RecordingsLost,
)

RECORDINGS_LOGGED = {
    "recordings.dropped": "requests that were chosen were not recorded",
    "recordings.lost": "the folder of recordings cannot be written",
    "recordings.kept": "the folder of recordings can be written again",
}


def _recordings(log: Log, event: Recordings) -> None:
    said = asdict(event)
    match event:
        case RecordingsDropped():
            log.warning("recordings.dropped", **said)
        case RecordingsLost():
            log.error("recordings.lost", **said)
        case RecordingsKept():
            log.info("recordings.kept", **said)


RECORDINGS: Mapping[type, Callable[[Any, Any], None]] = {
    RecordingsDropped: _recordings,
    RecordingsLost: _recordings,
    RecordingsKept: _recordings,
}
"""How each is written."""
