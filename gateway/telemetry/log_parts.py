"""The parts of the log, joined: each says how the events of one matter are written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from gateway.telemetry.log_alarming import ALARMING, ALARMING_LOGGED
from gateway.telemetry.log_auditing import AUDITING, AUDITING_LOGGED
from gateway.telemetry.log_identifying import IDENTIFYING, IDENTIFYING_LOGGED
from gateway.telemetry.log_limiting import LIMITING, LIMITING_LOGGED
from gateway.telemetry.log_listening import LISTENING, LISTENING_LOGGED
from gateway.telemetry.log_processes import PROCESSES, PROCESSES_LOGGED
from gateway.telemetry.log_recordings import RECORDINGS, RECORDINGS_LOGGED
from gateway.telemetry.log_releasing import RELEASING, RELEASING_LOGGED
from gateway.telemetry.log_watching import WATCHING, WATCHING_LOGGED

PARTS_LOGGED: Mapping[str, str] = {
    **ALARMING_LOGGED,
    **AUDITING_LOGGED,
    **IDENTIFYING_LOGGED,
    **LIMITING_LOGGED,
    **LISTENING_LOGGED,
    **PROCESSES_LOGGED,
    **RECORDINGS_LOGGED,
    **RELEASING_LOGGED,
    **WATCHING_LOGGED,
}
"""Every log event of theirs by name."""
PARTS: Mapping[type, Callable[[Any, Any], None]] = {
    **ALARMING,
    **AUDITING,
    **IDENTIFYING,
    **LIMITING,
    **LISTENING,
    **PROCESSES,
    **RECORDINGS,
    **RELEASING,
    **WATCHING,
}
"""How each event of theirs is written."""
