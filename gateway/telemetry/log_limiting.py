"""Events of the limits of those who ask as log lines. Part of `log`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from gateway.record import asdict
from gateway.telemetry.limiting import LimitExceeded, RatesShared, RatesUnshared
from gateway.telemetry.lines import Log

LIMITING_LOGGED = {
    "limit.exceeded": "requests asked for more than a limit; one line a minute",
    "rates.unshared": "the store of shared rates fails; each process counts alone",
    "rates.shared": "rates are shared again",
}


def _exceeded(log: Log, event: LimitExceeded) -> None:
    log.warning("limit.exceeded", **asdict(event))


def _sharing(log: Log, event: RatesUnshared | RatesShared) -> None:
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
