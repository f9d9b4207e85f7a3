"""Events of the limits of those who ask as log lines. Part of `log`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

import structlog

from gateway.telemetry.limiting import LimitExceeded, RatesShared, RatesUnshared

LIMITING_LOGGED = {
    "limit.exceeded": "requests asked for more than a limit; one line a minute",
    "rates.unshared": "the store of shared rates fails; each process counts alone",
    "rates.shared": "rates are shared again",
}


def _exceeded(log: structlog.typing.FilteringBoundLogger, event: LimitExceeded) -> None:
    log.warning("limit.exceeded", **asdict(event))


def _sharing(
    log: structlog.typing.FilteringBoundLogger, event: RatesUnshared | RatesShared
) -> None:
    if isinstance(event, RatesShared):
        log.info("rates.shared", seconds=round(event.seconds, 1))
    else:
        log.warning("rates.unshared", reason=event.reason)


LIMITING: Mapping[type, Callable[[Any, Any], None]] = {
    LimitExceeded: _exceeded,
    RatesUnshared: _sharing,
    RatesShared: _sharing,
}
"""How each is written."""
