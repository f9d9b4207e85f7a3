"""Events of the limits of those who ask as log lines. Part of `log`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

import structlog

from gateway.telemetry.limiting import LimitExceeded

LIMITING_LOGGED = {
    "limit.exceeded": "requests asked for more than a limit; one line a minute",
}


def _exceeded(log: structlog.typing.FilteringBoundLogger, event: LimitExceeded) -> None:
    log.warning("limit.exceeded", **asdict(event))


LIMITING: Mapping[type, Callable[[Any, Any], None]] = {LimitExceeded: _exceeded}
"""How each is written."""
