"""Events of those who prove who asks as log lines. Part of `log`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from gateway.telemetry.identifying import (
    CallersRefused,
    Identifying,
    IssuerKeysLost,
    IssuerKeysTaken,
)
from gateway.telemetry.lines import Log

IDENTIFYING_LOGGED = {
    "issuer.keys": "an issuer of tokens publishes other keys, and they are believed",
    "issuer.keys_lost": "an issuer's keys cannot be had; its last ones hold a while",
    "callers.refused": "callers did not prove who they are; one line a minute",
}


def _identifying(log: Log, event: Identifying) -> None:
    match event:
        case IssuerKeysTaken(issuer, keys):
            log.info("issuer.keys", issuer=issuer, keys=keys)
        case IssuerKeysLost(issuer, reason, left):
            lost = {"issuer": issuer, "reason": reason, "left_s": round(left)}
            log.warning("issuer.keys_lost", **lost)
        case CallersRefused(reason, detail, count):
            told = {"reason": reason, "detail": detail, "count": count}
            log.warning("callers.refused", **told)


IDENTIFYING: Mapping[type, Callable[[Any, Any], None]] = {
    IssuerKeysTaken: _identifying,
    IssuerKeysLost: _identifying,
    CallersRefused: _identifying,
}
"""How each is written."""
